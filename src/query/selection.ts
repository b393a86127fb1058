import { nearest } from '../base/nearest.ts'
import {
  type DerivedName,
  derivedDef,
  derivedNames,
  isDerivedName,
  isMetricName,
  type MetricName,
  metricDef,
  metricNames,
} from '../catalogue/catalogue.ts'
import type { LabelDef } from '../catalogue/define.ts'
import { QueryError } from './sources.ts'

export type Labels = Readonly<Record<string, string>>

/** What a question is about, checked against the catalogue. */
export type Selected =
  | { readonly kind: 'stored'; readonly metric: MetricName; readonly isCounter: boolean }
  | { readonly kind: 'derived'; readonly metric: DerivedName; readonly isCounter: false }

/** Throws QueryError with the nearest right name. */
export function selectMetric(name: string, labels: Labels): Selected {
  if (isMetricName(name)) {
    checkLabels(name, metricDef(name).labels, labels)
    return { kind: 'stored', metric: name, isCounter: metricDef(name).kind === 'counter' }
  }
  if (isDerivedName(name)) {
    checkLabels(name, derivedDef(name).labels, labels)
    return { kind: 'derived', metric: name, isCounter: false }
  }
  const near = nearest(name, [...metricNames, ...derivedNames])
  throw new QueryError('unknown_metric', `no metric "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`)
}

function checkLabels(metric: string, defined: Readonly<Record<string, LabelDef>>, labels: Labels): void {
  for (const [name, value] of Object.entries(labels)) {
    const def = Object.hasOwn(defined, name) ? defined[name] : undefined
    if (def === undefined) {
      const names = Object.keys(defined)
      const has = names.length === 0 ? 'has no labels' : `has ${names.join(', ')}`
      const near = nearest(name, names)
      const hint = near === undefined ? '' : `; did you mean "${near}"?`
      throw new QueryError('unknown_label', `no label "${name}": ${metric} ${has}${hint}`)
    }
    if ('values' in def && !def.values.includes(value)) {
      throw new QueryError('unknown_label', `${name}: "${value}" is none of ${def.values.join(', ')}`)
    }
  }
}

export const labelsFit = (own: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([name, value]) => own[name] === value)

/** The unit a value is shown in: a counter is shown as a rate. */
export function shownUnit(selected: Selected): string {
  if (selected.kind === 'derived') return derivedDef(selected.metric).unit
  const { unit } = metricDef(selected.metric)
  if (!selected.isCounter) return unit
  return unit === 's' ? 's/s' : unit === 'J' ? 'W' : `${unit}/s`
}
