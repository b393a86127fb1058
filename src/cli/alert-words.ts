import type { AlertSeverity, AlertState } from '../api/alert-contract.ts'
import { formatTimeSpan, formatValue } from './format.ts'
import { type Span, type Style, span } from './output/span.ts'

/** How alerts are told on a terminal. */
const severityStyles: Readonly<Record<AlertSeverity, Style>> = { info: 'plain', warning: 'warn', critical: 'bad' }
const stateStyles: Readonly<Record<AlertState, Style>> = {
  ok: 'good',
  pending: 'warn',
  raised: 'bad',
  clearing: 'warn',
  no_data: 'faint',
}

export const severitySpan = (severity: AlertSeverity): Span => span(severityStyles[severity], severity)
export const stateSpan = (state: AlertState): Span => span(stateStyles[state], state.replace('_', ' '))

export const valueText = (value: number | null, unit: string | undefined): string =>
  value === null ? '-' : unit === undefined ? String(Number(value.toPrecision(4))) : formatValue(value, unit)

export const labelText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')

export const spanText = (ms: number): string => formatTimeSpan(Math.max(0, ms) / 1000)
