import { derivedDef, derivedNames, type MetricName, metricDef, metricNames } from '../catalogue/catalogue.ts'
import type { OsName } from '../catalogue/define.ts'
import { collectorOf } from '../collect/emitters.ts'
import type { CollectorState } from '../collect/registry.ts'
import { planDerived } from '../derive/plan.ts'
import { selectMetric, shownUnit } from '../query/selection.ts'
import type { Sources } from '../query/sources.ts'
import type { MetricInfo, MetricsResponse } from './contract.ts'

type Labels = Readonly<Record<string, string>>

/** The catalogue with the series that exist, and why others do not. */
export function describeMetrics(
  sources: Sources,
  collectors: readonly CollectorState[],
  os: OsName | 'unsupported' = 'linux',
): MetricsResponse {
  const all = sources.series.all()
  const labelsOf = new Map<string, Labels[]>()
  const note = (metric: string, labels: Labels): void => {
    const list = labelsOf.get(metric)
    if (list === undefined) labelsOf.set(metric, [labels])
    else list.push(labels)
  }
  for (const series of all) if (series !== undefined) note(series.metric, series.labels)
  for (const { derived, labels } of planDerived(all)) note(derived, labels)

  const whyAbsent = reasons(collectors)
  const stored = metricNames.map((name): MetricInfo => {
    const def = metricDef(name)
    const source = os === 'unsupported' ? undefined : def.source[os]
    const series = labelsOf.get(name) ?? []
    return {
      name,
      kind: def.kind,
      unit: def.kind === 'counter' ? shownUnit(selectMetric(name, {})) : def.unit,
      help: def.help,
      ...(typeof source === 'string' ? { source } : {}),
      labels: Object.keys(def.labels),
      series,
      ...(series.length === 0 ? absent([typeof source === 'object' ? source.none : whyAbsent(name)]) : {}),
    }
  })
  const computed = derivedNames.map((name): MetricInfo => {
    const def = derivedDef(name)
    const series = labelsOf.get(name) ?? []
    const missing = def.from.filter((each) => !labelsOf.has(each))
    return {
      name,
      kind: 'derived',
      unit: def.unit,
      help: def.help,
      formula: def.formula,
      labels: Object.keys(def.labels),
      series,
      ...(series.length === 0 ? absent(missing.map((each) => whyAbsent(each as MetricName))) : {}),
    }
  })
  return { metrics: [...computed, ...stored] }
}

/** Each reason once. */
function absent(whys: readonly (string | undefined)[]): { absent?: string } {
  const told = [...new Set(whys.filter((why) => why !== undefined))]
  return told.length === 0 ? {} : { absent: told.join('; ') }
}

/** The reason of the metric's own collector, in words. `undefined`: nobody said one. */
function reasons(collectors: readonly CollectorState[]): (metric: MetricName) => string | undefined {
  const states = new Map(collectors.map((state) => [state.name, state]))
  return (metric) => {
    const collector = collectorOf(metric)
    if (collector === undefined || states.size === 0) return undefined
    const state = states.get(collector)
    if (state === undefined) return `${collector}: turned off in the configuration`
    if (state.why !== undefined) return `${collector}: ${state.why}`
    if (state.durationSeconds === undefined) return `${collector}: has not been read yet`
    return `${collector}: this machine has none, or does not tell`
  }
}
