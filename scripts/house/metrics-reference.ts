import { derived, metrics } from '../../src/catalogue/catalogue.ts'
import type { DerivedDef, LabelDef, MetricDef, Sources } from '../../src/catalogue/define.ts'
import { type ColumnDef, processColumns } from '../../src/catalogue/process-columns.ts'

/** docs/metrics.md, from the catalogue. */
export function metricsReference(): string {
  const sections = [
    intro,
    '## Measured',
    table(
      ['Metric', 'Kind', 'Unit', 'Labels', 'What it is', 'Source'],
      Object.entries(metrics).map(([name, def]) => metricRow(name, def)),
    ),
    '## Derived',
    'Computed when read, from what was measured; the same formula for now, for history and for alerts.',
    table(
      ['Metric', 'Unit', 'Labels', 'What it is', 'Formula', 'From'],
      Object.entries(derived).map(([name, def]) => derivedRow(name, def)),
    ),
    '## Process columns',
    'Recorded each second for every process, or, where it says *on demand*, read when somebody asks.',
    table(
      ['Column', 'Kind', 'Unit', 'What it is', 'Source'],
      Object.entries(processColumns).map(([name, def]) => columnRow(name, def)),
    ),
  ]
  return `${sections.join('\n\n')}\n`
}

const intro = `# Metrics
Generated from \`src/catalogue\` by \`npm run docs\`: edit there, not here.

Names follow the OpenTelemetry system conventions. Units are base units in [UCUM](https://ucum.org/ucum) notation:
\`s\` seconds, \`By\` bytes, \`1\` a ratio, \`{thing}\` a count. A *counter* only grows and is shown as a rate; a *gauge* is a
level; a *state* is 0 or 1 or a small enumeration. Where a source is missing the value is absent, never 0.`

function metricRow(name: string, def: MetricDef): string[] {
  const notes = [
    def.help,
    ...(def.lane === 'slow' ? ['Read every few seconds.'] : []),
    ...(def.deprecated === undefined
      ? []
      : [`**Deprecated** since ${def.deprecated.since}: use \`${def.deprecated.use}\`.`]),
  ]
  return [code(name), def.kind, code(def.unit), labels(def.labels), notes.join(' '), sources(def.source)]
}

function derivedRow(name: string, def: DerivedDef): string[] {
  return [code(name), code(def.unit), labels(def.labels), def.help, def.formula, def.from.map(code).join(', ')]
}

function columnRow(name: string, def: ColumnDef): string[] {
  const when = def.when === 'demand' ? ' *On demand.*' : ''
  return [code(name), def.kind, code(def.unit), def.help + when, sources(def.source)]
}

function labels(defs: Readonly<Record<string, LabelDef>>): string {
  return Object.entries(defs)
    .map(([name, def]) =>
      'values' in def ? `${code(name)}: ${def.values.join(', ')}` : `${code(name)}: ${def.perDevice}`,
    )
    .join('; ')
}

const osNames = { linux: 'Linux', windows: 'Windows', darwin: 'macOS' } as const
function sources(defs: Sources): string {
  return Object.entries(osNames)
    .flatMap(([os, label]) => {
      const source = defs[os as keyof typeof osNames]
      if (source === undefined) return []
      return [`${label}: ${typeof source === 'string' ? source : `none, ${source.none}`}`]
    })
    .join('; ')
}

const code = (text: string): string => `\`${text}\``

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
