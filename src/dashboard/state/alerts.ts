import type { AlertDto, AlertSeverity, RuleBody } from '../../api/alert-contract.ts'
import { formatValue } from '../format/values.ts'

/** Somebody is meant to know of it: raised, also while it is on its way back. */
export const raisedOf = (active: readonly AlertDto[]): readonly AlertDto[] =>
  active.filter(({ state }) => state === 'raised' || state === 'clearing')

/** Raised, and nobody has said that he is at it or does not want to know. */
export const unheededOf = (active: readonly AlertDto[], severity: AlertSeverity): readonly AlertDto[] =>
  raisedOf(active).filter(
    (alert) => alert.severity === severity && alert.acknowledged === undefined && alert.silencedBy.length === 0,
  )

/** Labels that tell one alert of a rule from another; those of a rule that has only one tell nothing. */
export const sayLabels = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .filter(([name]) => name !== 'role')
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')

/** A comparison has levels of its own: that it holds is all there is to say. */
const isCondition = ({ raiseLevel, clearLevel, unit }: AlertDto): boolean =>
  unit === '1' && raiseLevel === 1 && clearLevel === 0

/** Where the value is, and where it would have to be. */
export function sayLevel(alert: AlertDto): string {
  const { value, unit = '', raiseLevel, clearLevel, direction, state } = alert
  if (value === null || state === 'no_data') return 'The value is not known now'
  if (isCondition(alert)) return value >= 1 ? 'The condition holds' : 'The condition no longer holds'
  const raises = direction === 'above' ? 'at' : 'below'
  const levels = `raised ${raises} ${formatValue(raiseLevel, unit)}, over at ${formatValue(clearLevel, unit)}`
  return `${formatValue(value, unit)} now; ${levels}`
}

/** What a rule looks for, in its own words. */
export function sayRule({ value, raise, clear, runs_out_within: within, labels, ...rule }: RuleBody): string {
  const when = raise === undefined ? (within === undefined ? '' : ` runs out within ${within}`) : ` ${sayRaise(raise)}`
  return [
    `${value}${when}`,
    clear === undefined ? '' : `over at ${clear}`,
    rule.for === undefined ? '' : `for ${rule.for}`,
    labels === undefined ? '' : sayLabels(labels),
  ]
    .filter(Boolean)
    .join(', ')
}
const sayRaise = (raise: string | number): string => (/^below/.test(String(raise)) ? String(raise) : `at ${raise}`)

/** `device=sda, role=physical`, as people write labels; undefined: not like that. */
export function parseLabels(text: string): Readonly<Record<string, string>> | undefined {
  const pairs = text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)
    .map((one) => /^([a-z_]+)\s*=\s*(.+)$/.exec(one))
  if (pairs.some((pair) => pair === null)) return undefined
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']))
}
