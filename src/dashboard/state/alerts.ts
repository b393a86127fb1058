import type { AlertDto, AlertSeverity } from '../../api/alert-contract.ts'

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
