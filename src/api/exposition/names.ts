import type { MetricDef, Unit } from '../../catalogue/define.ts'

/** Base units as Prometheus spells them in names (https://prometheus.io/docs/practices/naming/). */
const unitWords: Readonly<Record<Exclude<Unit, `{${string}}` | `{${string}}/s`>, string>> = {
  s: 'seconds',
  By: 'bytes',
  'By/s': 'bytes_per_second',
  '1': 'ratio',
  Hz: 'hertz',
  Cel: 'celsius',
  W: 'watts',
  V: 'volts',
  J: 'joules',
  rpm: 'rpm',
}

export interface ExposedName {
  /** Of the family: without `_total`. */
  readonly family: string
  /** Of the samples. */
  readonly sample: string
  /** Ends the family's name; undefined where things are counted that have no unit. */
  readonly unit: string | undefined
}

/**
 * The name of a metric in the exposition: the catalogue's, its unit in words, and `_total` for what only grows.
 * `_count` is kept for histograms there, so that a number of things is called by the things: `system_processes`.
 */
export function exposedName(metric: string, { kind, unit }: Pick<MetricDef, 'kind' | 'unit'>): ExposedName {
  const thing = /^\{(.+)\}(\/s)?$/.exec(unit)
  const base = (thing?.[1] === undefined ? metric : nameOfThings(metric, thing[1])).replaceAll('.', '_')
  const word = unitWord(kind, unit, thing?.[2] !== undefined)
  const family = word === undefined || base.endsWith(`_${word}`) ? base : `${base}_${word}`
  return { family, sample: kind === 'counter' ? `${family}_total` : family, unit: word }
}

function unitWord(kind: MetricDef['kind'], unit: Unit, isRate: boolean): string | undefined {
  if (isRate) return 'per_second'
  // 0 and 1 of a state mean no and yes, not a share; a counter of ones counts.
  if (unit === '1' && kind !== 'gauge') return undefined
  return unitWords[unit as keyof typeof unitWords]
}

function nameOfThings(metric: string, thing: string): string {
  if (!metric.endsWith('.count')) return metric
  const rest = metric.slice(0, -'.count'.length)
  return rest.endsWith(`.${thing}`) ? rest.slice(0, -thing.length) + plural(thing) : `${rest}.${plural(thing)}`
}

const plural = (thing: string): string =>
  thing.endsWith('ies') ? thing : /(?:s|x|ch|sh)$/.test(thing) ? `${thing}es` : `${thing}s`
