import type { Forecast } from '../../api/forecast-contract.ts'
import type { CommandContext } from '../command.ts'
import { formatTimeSpan, formatValue } from '../format.ts'
import { faint, type Span, span } from '../output/span.ts'

/** `sysmon forecast`: what runs out first stands first. */
export async function run({ client, out, options, times }: CommandContext): Promise<number> {
  const within = options.text('within')
  const { unixMs, forecasts } = await client.forecast(within === undefined ? {} : { within })
  if (options.flag('json')) {
    out.json({ unixMs, forecasts })
    return 0
  }
  if (forecasts.length === 0) {
    out.note(
      faint(within === undefined ? 'nothing is recorded that could run out' : `nothing runs out within ${within}`),
    )
    return 0
  }
  const day = (atMs: number | undefined): string =>
    atMs === undefined ? '-' : times.stamp(atMs).slice(0, times.isRaw ? undefined : 16)
  out.table(
    [
      {
        header: 'WHAT',
        align: 'left',
        cell: ({ resource, instance }) => `${resource} ${instance ?? ''}`.trimEnd(),
        shrinkTo: 16,
      },
      { header: 'USED', align: 'right', cell: ({ value, unit }) => formatValue(value, unit), spare: 3 },
      { header: 'LIMIT', align: 'right', cell: ({ limit, unit }) => formatValue(limit, unit), spare: 2 },
      { header: 'RUNS OUT', align: 'left', cell: (forecast) => runsOut(forecast, unixMs) },
      { header: 'NOT BEFORE', align: 'left', cell: ({ earliestMs }) => day(earliestMs), spare: 1 },
      {
        header: 'NOT AFTER',
        align: 'left',
        cell: ({ earliestMs, latestMs }) =>
          earliestMs === undefined ? '-' : latestMs === undefined ? 'open' : day(latestMs),
        spare: 1,
      },
    ],
    forecasts,
  )
  return 0
}

/** Within so long somebody should look. */
const soonMs = 24 * 3_600_000

function runsOut({ status, atMs }: Forecast, nowMs: number): Span {
  if (status === 'unknown') return faint('too little is recorded')
  if (atMs === undefined) return faint('no trend')
  return span(atMs - nowMs < soonMs ? 'warn' : 'plain', `in ${formatTimeSpan(Math.max(0, atMs - nowMs) / 1000)}`)
}
