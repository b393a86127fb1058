import type { CurrentValue, MetricInfo } from '../../api/contract.ts'
import type { CommandContext } from '../command.ts'
import { formatCell, formatRawUnit, formatUnit, formatValue } from '../format.ts'
import { checkLabels, checkPatterns, labelText, matches, parseLabels } from '../metric-names.ts'
import { misuse } from '../mistake.ts'
import { wrap } from '../output/fit.ts'
import { faint, strong, type Text } from '../output/span.ts'
import type { TableColumn } from '../output/table.ts'
import { hasLabels } from '../values.ts'

/** `sysmon metrics`: the catalogue with what exists here, all about one metric, or the present values. */
export async function run(context: CommandContext): Promise<number> {
  const { options } = context
  const patterns = checkPatterns(context.arguments)
  if (options.flag('values')) return showValues(context, patterns)
  if (options.text('at') !== undefined) throw misuse('--at goes with --values')
  return showCatalogue(context, patterns)
}

async function showCatalogue({ client, out, options }: CommandContext, patterns: readonly string[]): Promise<number> {
  const labels = checkLabels(parseLabels(options.repeated('label')), patterns)
  const all = (await client.metrics()).metrics
  const found = all
    .filter(({ name }) => patterns.length === 0 || patterns.some((pattern) => matches(name, pattern)))
    .map((metric) => ({ ...metric, series: metric.series.filter((series) => hasLabels(series, labels)) }))
  const [only] = found
  if (options.flag('json')) out.json({ metrics: found })
  else if (only !== undefined && patterns.length === 1 && only.name === patterns[0]) {
    for (const line of description(only, out.width)) out.line(line)
  } else {
    out.table(
      [
        { header: 'METRIC', align: 'left', cell: ({ name }) => name },
        { header: 'KIND', align: 'left', cell: ({ kind }) => kind, spare: 2 },
        { header: 'UNIT', align: 'left', cell: ({ unit }) => formatUnit(unit), spare: 3 },
        { header: 'SERIES', align: 'right', cell: seriesCount },
        { header: 'WHAT', align: 'left', cell: ({ help }) => help, shrinkTo: 12, spare: 1 },
      ],
      found,
    )
  }
  return 0
}

const seriesCount = ({ series, absent }: MetricInfo): Text =>
  series.length === 0 ? faint(absent === undefined ? '-' : 'absent') : String(series.length)

const widest = 100

function description(metric: MetricInfo, width: number | undefined): readonly Text[] {
  const room = Math.min(width ?? widest, widest)
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['kind', metric.kind],
    ['unit', formatUnit(metric.unit)],
    ['formula', metric.formula],
    ['source', metric.source],
    ['labels', metric.labels.length === 0 ? 'none' : metric.labels.join(', ')],
    ['absent', metric.absent],
  ]
  const lines: Text[] = [[strong(metric.name)], ...wrap(metric.help, room), '']
  for (const [name, what] of facts) {
    if (what === undefined) continue
    for (const [index, line] of wrap(what, room - 9).entries())
      lines.push([faint((index === 0 ? name : '').padEnd(9)), line])
  }
  const series = metric.series.filter((labels) => Object.keys(labels).length > 0)
  if (series.length > 0)
    lines.push('', [faint(`${series.length} series`)], ...series.map((labels) => `  ${labelText(labels)}`))
  else if (metric.series.length === 1) lines.push([faint('series'.padEnd(9)), 'one'])
  return lines
}

async function showValues(
  { client, out, options, times }: CommandContext,
  patterns: readonly string[],
): Promise<number> {
  const labels = checkLabels(parseLabels(options.repeated('label')), patterns)
  const at = times.at()
  const response = await client.current({
    ...(patterns.length === 0 ? {} : { metrics: patterns }),
    ...(at === undefined ? {} : { at }),
  })
  const values = response.values.filter((value) => hasLabels(value.labels, labels))
  if (options.flag('json')) {
    out.json({ ...response, values })
    return 0
  }
  if (values.length === 0) {
    out.note(faint('nothing has these names and labels now'))
    return 0
  }
  // A person reads the unit with the number, a program in a column of its own.
  const isPlain = !out.isTerminal || times.isRaw
  const shown = ({ value, unit }: CurrentValue): string =>
    times.isRaw ? String(value) : isPlain ? formatCell(value, unit).replace('%', '') : formatValue(value, unit)
  const unitText = ({ unit }: CurrentValue): string => (times.isRaw ? formatRawUnit(unit) : formatUnit(unit))
  const unitColumn: TableColumn<CurrentValue> = { header: 'UNIT', align: 'left', cell: unitText }
  out.table(
    [
      { header: 'METRIC', align: 'left', cell: ({ metric }) => metric, shrinkTo: 20 },
      { header: 'LABELS', align: 'left', cell: (value) => labelText(value.labels) || faint('-'), shrinkTo: 16 },
      { header: 'VALUE', align: 'right', cell: shown },
      ...(isPlain ? [unitColumn] : []),
    ],
    values,
  )
  return 0
}
