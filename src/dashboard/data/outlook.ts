import type { AnomalyBand } from '../../api/anomaly-contract.ts'
import type { Forecast } from '../../api/forecast-contract.ts'
import { after, type Cancel, every } from '../browser.ts'
import { createCell } from './cell.ts'
import { anomalies, forecast } from './explain-api.ts'
import { link } from './feed.ts'
import { currentSpan, place } from './place-store.ts'

/** Times in the window of the page in which a metric was unlike itself, for charts. */
export const bands = createCell<readonly AnomalyBand[]>([])
/** What runs out at the present trend, and what was looked at. */
export const forecasts = createCell<readonly Forecast[]>([])

const bandsPeriodMs = 60_000
const forecastPeriodMs = 300_000
/** Windows that one only passes are not asked for. */
const restMs = 400

/** They are beside the numbers, so they come after them; without an answer nothing is marked. */
export function startOutlook(): void {
  const isThere = (): boolean => link.get() === 'stream' || link.get() === 'polling'
  const loadBands = (): void => {
    if (!isThere()) return
    const { startMs, endMs } = currentSpan()
    anomalies({ start: Math.round(startMs), end: Math.round(endMs) }).then(
      (answer) => bands.set(answer.bands),
      () => bands.set([]),
    )
  }
  const loadForecasts = (): void => {
    if (isThere())
      forecast().then(
        ({ forecasts: all }) => forecasts.set(all),
        () => undefined,
      )
  }
  let { view } = place.get()
  let cancel: Cancel | undefined
  place.subscribe(() => {
    if (place.get().view === view) return
    view = place.get().view
    cancel?.()
    cancel = after(restMs, loadBands)
  })
  loadBands()
  loadForecasts()
  every(bandsPeriodMs, loadBands)
  every(forecastPeriodMs, loadForecasts)
}
