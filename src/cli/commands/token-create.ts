import { parseDuration } from '../../base/duration.ts'
import type { CommandContext } from '../command.ts'
import { misuse } from '../mistake.ts'
import { roleOf, webOnly } from './web.ts'

/** Ten years: as long as the daemon gives. */
const longestMs = 3650 * 86_400_000
const shortestMs = 60_000

/** `sysmon token create`: for programs that ask the web API. It is shown once and kept nowhere. */
export async function run({ out, options, client }: CommandContext): Promise<number> {
  const role = roleOf(options.text('role') ?? 'viewer')
  const text = options.text('for') ?? '30d'
  const durationMs = parseDuration(text)
  if (durationMs === undefined || durationMs < shortestMs || durationMs > longestMs)
    throw misuse(`--for takes a duration from 1m to 3650d, not '${text}'`)
  const created = await webOnly(() => client.createToken(role, Math.floor(durationMs / 1000)))
  if (options.flag('json')) out.json(created)
  else {
    out.line(created.token)
    out.note(`${role}, until ${new Date(created.expiresUnixMs).toISOString()}`)
  }
  return 0
}
