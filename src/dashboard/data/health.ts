import type { HealthResponse } from '../../api/contract.ts'
import { every } from '../browser.ts'
import { api } from './api.ts'
import { createCell } from './cell.ts'
import { link } from './feed.ts'

export const health = createCell<HealthResponse | undefined>(undefined)

const periodMs = 30_000

export function startHealth(): void {
  const load = (): void => {
    if (link.get() === 'denied') return
    // Without an answer the last one stays; that nobody answers is what the link says.
    api.health().then(health.set, () => undefined)
  }
  load()
  every(periodMs, load)
}
