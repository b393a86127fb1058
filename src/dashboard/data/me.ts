import type { LoggedIn } from '../../api/contract.ts'
import { api } from './api.ts'
import { createCell } from './cell.ts'

/** Who is logged in; undefined: not asked yet. */
export const me = createCell<LoggedIn | undefined>(undefined)

/** Without an answer it stays unknown, and the daemon refuses what the role does not allow. */
export function loadMe(): void {
  if (me.get() === undefined) api.me().then(me.set, () => undefined)
}
