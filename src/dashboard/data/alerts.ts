import type { AlertsResponse } from '../../api/alert-contract.ts'
import { every } from '../browser.ts'
import { read } from './api.ts'
import { createCell } from './cell.ts'
import { link } from './feed.ts'

/** What is not well now, and what was lately; undefined: not known yet, or there are no alerts in this daemon. */
export const alerts = createCell<AlertsResponse | undefined>(undefined)

const periodMs = 15_000

/** Without an answer the last one stays: that nobody answers is what the link says. */
export async function loadAlerts(): Promise<void> {
  alerts.set(await read<AlertsResponse>('/api/v1/alerts'))
}

export function startAlerts(): void {
  const load = (): void => {
    if (link.get() !== 'denied' && link.get() !== 'offline') loadAlerts().catch(() => undefined)
  }
  load()
  every(periodMs, load)
}
