import type { HistoryResponse, HistorySeries } from '../../api/contract.ts'
import type { CommandContext } from '../command.ts'
import { formatCell, formatRawUnit, formatTimeSpan, formatUnit, formatValue } from '../format.ts'
import { checkMetric, commonLabels, labelText, parseLabels } from '../metric-names.ts'
import { chartLines } from '../output/chart.ts'
import { faint, type Span, type Style, span, strong, type Text } from '../output/span.ts'
import { type TableColumn, tableLines } from '../output/table.ts'
import type { TimeRange } from '../times.ts'
import { hasLabels } from '../values.ts'

/** `sysmon history`: a chart to a terminal, a table to a pipe. */
const usualSpan = '15m'
const chartHeight = 11
const seriesStyles: readonly Style[] = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth']

export async function run(context: CommandContext): Promise<number> {
  const { client, out, options, times } = context
  const metric = checkMetric(context.arguments[0] ?? '')
  const labels = parseLabels(options.repeated('label'))
  const range = times.range(usualSpan)
  const resolution = times.resolution()
  const response = await client.history({
    metric,
    labels,
    ...range,
    ...(resolution === undefined ? {} : { resolution }),
  })
  const found: HistoryResponse = {
    ...response,
    series: response.series.filter((each) => hasLabels(each.labels, labels)),
  }
  if (options.flag('json')) out.json(found)
  else if (found.series.length === 0 || found.unixMs.length === 0) {
    out.note(`nothing recorded of ${metric} from ${times.stamp(range.start)} to ${times.stamp(range.end)}`)
  } else if (out.width === undefined || options.flag('table')) showTable(context, found)
  else for (const line of chartPage(context, found, range, out.width)) out.clipped(line)
  return 0
}

/** The busiest first: those the eye would look for. */
const byReach = (series: readonly HistorySeries[]): readonly HistorySeries[] =>
  [...series].sort((left, right) => highest(right) - highest(left))

const highest = ({ max }: HistorySeries): number =>
  max.reduce<number>((most, each) => Math.max(most, each ?? most), Number.NEGATIVE_INFINITY)
const lowest = ({ min }: HistorySeries): number =>
  min.reduce<number>((least, each) => Math.min(least, each ?? least), Number.POSITIVE_INFINITY)

function chartPage(
  { times }: CommandContext,
  response: HistoryResponse,
  range: TimeRange,
  width: number,
): readonly Text[] {
  const { metric, unit, help, resolutionMs, tier, unixMs } = response
  const shown = byReach(response.series).slice(0, seriesStyles.length)
  const rest = response.series.length - shown.length
  const common = commonLabels(response.series.map(({ labels }) => labels))
  const first = response.series[0]?.labels ?? {}
  const told = Object.fromEntries(
    Object.entries(first).filter(([name]) => response.series.length === 1 || common.has(name)),
  )
  return [
    [strong(metric), `  ${labelText(told)}`],
    [faint(help)],
    '',
    ...chartLines(
      {
        ...range,
        unixMs,
        gapMs: resolutionMs * 2.5,
        series: shown.map(({ min, max }, place) => ({ min, max, style: seriesStyles[place] ?? 'plain' })),
        formatValue: (value) => formatValue(value, unit),
        formatTime: (each) => (times.isRaw ? String(Math.round(each)) : clockTime(times.stamp(each), range)),
        scale: unit.startsWith('By') ? 'binary' : 'decimal',
      },
      width,
      chartHeight,
    ),
    '',
    ...tableLines(
      legendColumns(response, common),
      shown.map((series, place) => ({ series, place })),
      width,
    ),
    ...(rest > 0 ? [faint(`and ${rest} more series: choose with --label, or see all with --table`)] : []),
    faint(`one point is ${formatTimeSpan(resolutionMs / 1000)}, from the ${tier} record`),
  ]
}

const dayMs = 86_400_000

/** Within a day the time is enough; over several, the day and the minute. */
const clockTime = (stamp: string, { start, end }: TimeRange): string =>
  end - start <= dayMs ? stamp.slice(11) : stamp.slice(5, 16)

interface LegendRow {
  readonly series: HistorySeries
  readonly place: number
}

function legendColumns(
  { unit, series, resolutionMs }: HistoryResponse,
  common: ReadonlySet<string>,
): readonly TableColumn<LegendRow>[] {
  const hasNames = series.length > 1
  const isExact = resolutionMs <= 1000
  const number = (header: string, value: (series: HistorySeries) => number | undefined): TableColumn<LegendRow> => ({
    header,
    align: 'right',
    cell: ({ series }) => valueOrAbsent(value(series), unit),
  })
  const name: TableColumn<LegendRow> = {
    header: 'SERIES',
    align: 'left',
    cell: ({ series, place }) => [span(seriesStyles[place] ?? 'plain', '━━ '), labelText(series.labels, common)],
    shrinkTo: 12,
  }
  return [
    ...(hasNames ? [name] : []),
    number('LAST', ({ avg }) => avg.findLast((each) => each !== null) ?? undefined),
    number('LEAST', (series) => finite(lowest(series))),
    ...(isExact ? [number('MEAN', meanOf)] : []),
    number('MOST', (series) => finite(highest(series))),
  ]
}

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined)

/** Only of single ticks: an average of averages would weigh a bucket with few ticks as much as a full one (Q3). */
function meanOf({ avg }: HistorySeries): number | undefined {
  const known = avg.filter((each) => each !== null)
  return known.length === 0 ? undefined : known.reduce((sum, each) => sum + each, 0) / known.length
}

const valueOrAbsent = (value: number | undefined, unit: string): string | Span =>
  value === undefined ? faint('-') : formatValue(value, unit)

/** Time, then the values of each series; with its reach where a point stands for several seconds. */
function showTable({ out, times }: CommandContext, response: HistoryResponse): void {
  const { unit, unixMs, series, resolutionMs } = response
  const common = commonLabels(series.map(({ labels }) => labels))
  const hasReach = resolutionMs > 1000 || response.tier !== '1s'
  const columns: TableColumn<number>[] = [
    { header: 'TIME', align: 'left', cell: (index) => times.stamp(unixMs[index] ?? 0) },
  ]
  const add = (header: string, values: readonly (number | null)[]): void => {
    columns.push({
      header,
      align: 'right',
      cell: (index) => {
        const value = values[index] ?? null
        if (value === null) return faint('-')
        return times.isRaw ? String(value) : formatCell(value, unit)
      },
    })
  }
  for (const { labels, avg, min, max } of series) {
    const name =
      labelText(labels, common).replaceAll(' ', ',') || (times.isRaw ? formatRawUnit(unit) : formatUnit(unit))
    add(name, avg)
    if (hasReach) add('MIN', min)
    if (hasReach) add('MAX', max)
  }
  out.table(
    columns,
    unixMs.map((_, index) => index),
  )
}
