import type { Difference, ExplainComparison, ExplainResponse, Level, ResourceUse } from '../../api/explain-contract.ts'
import { count, quantity } from './phrases.ts'

/** Differences told at most. */
const mostDifferences = 12
/** Less than half as much again, and less than this of the whole range, is the same. */
const leastFactor = 1.5
const leastShare = 0.05

/** This window against another: what was different, most first. */
export function compared(
  now: Pick<ExplainResponse, 'resources' | 'findings'>,
  against: Pick<ExplainResponse, 'resources' | 'findings' | 'window' | 'coverage'>,
): ExplainComparison {
  const differences = now.resources
    .flatMap((use) => {
      const other = against.resources.find((one) => one.resource === use.resource && one.instance === use.instance)
      return other === undefined ? [] : differencesOf(use, other)
    })
    .sort((a, b) => weightOf(b) - weightOf(a))
    .slice(0, mostDifferences)
  const same = now.findings.filter((finding) => against.findings.some((other) => isSame(finding, other))).length
  const fresh = now.findings.length - same
  const summary =
    against.coverage.share === 0
      ? 'nothing is recorded of the time compared with'
      : now.findings.length === 0 && against.findings.length === 0
        ? 'nothing was short in either'
        : `${count(fresh)} of ${count(now.findings.length)} shortages were not there in the time compared with`
  return {
    window: against.window,
    summary,
    findings: against.findings.map(({ resource, instance, sentence }) => ({
      resource,
      ...(instance === undefined ? {} : { instance }),
      sentence,
    })),
    differences,
  }
}

const isSame = (
  a: { readonly resource: string; readonly instance?: string },
  b: { readonly resource: string; readonly instance?: string },
): boolean => a.resource === b.resource && a.instance === b.instance

function differencesOf(use: ResourceUse, other: ResourceUse): Difference[] {
  const of = (what: string, level: Level | undefined, before: Level | undefined): Difference[] => {
    if (level === undefined || before === undefined || !isDifferent(level, before)) return []
    const name = use.instance === undefined ? use.resource : `${use.resource} ${use.instance}`
    return [
      {
        resource: use.resource,
        ...(use.instance === undefined ? {} : { instance: use.instance }),
        metric: level.metric,
        labels: level.labels,
        value: level.mean,
        against: before.mean,
        unit: level.unit,
        sentence: `${name} was ${what} ${quantity(level.mean, level.unit)}, against ${quantity(before.mean, level.unit)}`,
      },
    ]
  }
  return [
    ...of('used', use.used, other.used),
    ...of('saturated', use.saturated, other.saturated),
    ...of('failing at', use.errors, other.errors),
  ]
}

function isDifferent({ mean, unit }: Level, { mean: before }: Level): boolean {
  const isShare = unit === '1'
  if (isShare && Math.abs(mean - before) < leastShare) return false
  const [low, high] = mean < before ? [mean, before] : [before, mean]
  return high > 0 && (low <= 0 || high / low >= leastFactor || (isShare && high - low >= 0.1))
}

/** Shares by their distance, others by their factor. */
const weightOf = ({ value, against, unit }: Difference): number =>
  unit === '1'
    ? Math.abs(value - against)
    : Math.min(1, Math.abs(Math.log10(Math.max(value, 1e-9) / Math.max(against, 1e-9))) / 3)
