import { type MetricName, metricDef } from '../catalogue/catalogue.ts'
import type { LabelDef } from '../catalogue/define.ts'

/** A series in one text, as a column is headed: `system.disk.io{device="sda",direction="read"}`. */
export type Labels = Readonly<Record<string, string>>

export function formatSeriesName(metric: string, labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? metric : `${metric}{${pairs.join(',')}}`
}

const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

export interface SeriesName {
  readonly metric: string
  readonly labels: Labels
  /** What stands behind the name: `.avg`, ` [By]`. */
  readonly rest: string
}

/** `undefined`: it is no name of a series. */
export function parseSeriesName(text: string): SeriesName | undefined {
  const [head, metric = ''] = /^([A-Za-z_:][A-Za-z0-9_:.]*)/.exec(text) ?? []
  if (head === undefined) return undefined
  if (text[head.length] !== '{') return { metric, labels: {}, rest: text.slice(head.length) }
  const labels: Record<string, string> = {}
  let at = head.length + 1
  while (text[at] !== '}') {
    const pair = /^\s*([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,?)/s.exec(text.slice(at))
    if (pair === null) return undefined
    const [all, name = '', value = '', comma] = pair
    labels[name] = unescaped(value)
    at += all.length
    if (comma === '' && text[at] !== '}') return undefined
  }
  return { metric, labels, rest: text.slice(at + 1) }
}

const unescaped = (text: string): string => text.replace(/\\(.)/gs, (_, char: string) => (char === 'n' ? '\n' : char))

/** The labels in the order of the catalogue; or what is wrong with them. */
export function checkLabels(metric: MetricName, labels: Labels): Labels | string {
  const defined: Readonly<Record<string, LabelDef>> = metricDef(metric).labels
  const names = Object.keys(defined)
  const strange = Object.keys(labels).find((name) => !names.includes(name))
  if (strange !== undefined) {
    return `${metric} has no label "${strange}"; it has ${names.length === 0 ? 'none' : names.join(', ')}`
  }
  for (const [name, def] of Object.entries(defined)) {
    const value = labels[name]
    if (value === undefined) return `${metric} needs the label "${name}"`
    if ('values' in def && !def.values.includes(value)) return `${name}: "${value}" is none of ${def.values.join(', ')}`
  }
  return Object.fromEntries(names.map((name) => [name, labels[name] as string]))
}
