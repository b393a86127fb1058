import {
  type DerivedName,
  derivedDef,
  derivedNames,
  type MetricName,
  metricDef,
  metricNames,
} from '../catalogue/catalogue.ts'
import { meant } from './meant.ts'
import { misuse } from './mistake.ts'
import type { Labels } from './values.ts'

/** Names of metrics as people type them: exact, or a beginning with `*`. */
export const allMetricNames: readonly string[] = [...derivedNames, ...metricNames]

const known: ReadonlySet<string> = new Set(allMetricNames)

/** Throws with the nearest right name when there is no such metric. */
export function checkMetric(name: string): string {
  if (known.has(name)) return name
  throw misuse(
    `unknown metric '${name}'`,
    meant(name, allMetricNames) ?? endingIn(name) ?? 'they are listed by: sysmon metrics',
  )
}

/** Each must name at least one metric. */
export function checkPatterns(patterns: readonly string[]): readonly string[] {
  for (const pattern of patterns) {
    if (!pattern.endsWith('*')) checkMetric(pattern)
    else if (!allMetricNames.some((name) => matches(name, pattern))) {
      throw misuse(`no metric begins with '${pattern.slice(0, -1)}'`, 'they are listed by: sysmon metrics')
    }
  }
  return patterns
}

export const matches = (name: string, pattern: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern

/** `cpu.utilization` for `system.cpu.utilization`. */
function endingIn(name: string): string | undefined {
  const found = allMetricNames.find((each) => each.endsWith(`.${name}`))
  return found === undefined ? undefined : `did you mean '${found}'?`
}

/** `key=value` pairs of `--label`. */
export function parseLabels(pairs: readonly string[]): Labels {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)]
      throw misuse(`--label takes key=value, not '${pair}'`, 'such as --label device=sda')
    }),
  )
}

/** Each must be a label of one of the metrics that the patterns name; no pattern names all. */
export function checkLabels(labels: Labels, patterns: readonly string[]): Labels {
  const of = new Set(
    allMetricNames
      .filter((name) => patterns.length === 0 || patterns.some((pattern) => matches(name, pattern)))
      .flatMap(labelsOf),
  )
  for (const label of Object.keys(labels)) {
    if (of.has(label)) continue
    const [only] = patterns
    const whose = patterns.length === 1 && only !== undefined ? ` of ${only}` : ''
    const there = of.size === 0 ? 'there are none' : `there are: ${[...of].sort().join(', ')}`
    throw misuse(`unknown label '${label}'${whose}`, meant(label, [...of]) ?? there)
  }
  return labels
}

function labelsOf(name: string): readonly string[] {
  const isDerived = (derivedNames as readonly string[]).includes(name)
  return Object.keys((isDerived ? derivedDef(name as DerivedName) : metricDef(name as MetricName)).labels)
}

/** `device=sda direction=read`; what all of the series have in common may be left out. */
export const labelText = (labels: Labels, common: ReadonlySet<string> = new Set()): string =>
  Object.entries(labels)
    .filter(([name]) => !common.has(name))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')

/** Labels that have the same value in every series: said once, not in every line. */
export function commonLabels(all: readonly Labels[]): ReadonlySet<string> {
  const [first] = all
  if (first === undefined || all.length < 2) return new Set()
  return new Set(Object.keys(first).filter((name) => all.every((labels) => labels[name] === first[name])))
}
