import type { StoredEvent } from '../../store/store.ts'

/** One series that is unlike itself, from when it began. Times are Unix milliseconds. */
export interface OpenAnomaly {
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly startMs: number
  /** Last sample that was unusual. */
  endMs: number
  surprise: number
  value: number
  expectedLow: number
  expectedHigh: number
  /** Samples since that were usual. */
  calm: number
}

/** As it is kept: the event is of the time when it had passed, its data tell from when to when it was. */
export function anomalyEvent(open: OpenAnomaly): Omit<StoredEvent, 'unixMs'> {
  const { metric, labels, startMs, endMs, surprise, value, expectedLow, expectedHigh } = open
  const lasted = Math.round((endMs - startMs) / 1000)
  const data = {
    metric,
    labels: JSON.stringify(labels),
    start_ms: startMs,
    end_ms: endMs,
    surprise,
    value,
    expected_low: expectedLow,
    expected_high: expectedHigh,
  }
  return { kind: 'anomaly', severity: 'info', message: `${nameOf(open)} was unlike itself for ${lasted} s`, data }
}

/** `undefined` for an event of another kind, or of a version that writes them otherwise. */
export function anomalyOfEvent({ kind, data }: StoredEvent): OpenAnomaly | undefined {
  if (kind !== 'anomaly') return undefined
  const number = (name: string): number => Number(data[name])
  const open: OpenAnomaly = {
    metric: String(data.metric),
    labels: labelsOf(String(data.labels)),
    startMs: number('start_ms'),
    endMs: number('end_ms'),
    surprise: number('surprise'),
    value: number('value'),
    expectedLow: number('expected_low'),
    expectedHigh: number('expected_high'),
    calm: 0,
  }
  return Object.values(open).some((value) => Number.isNaN(value)) ? undefined : open
}

export const nameOf = ({ metric, labels }: Pick<OpenAnomaly, 'metric' | 'labels'>): string => {
  const values = Object.entries(labels).flatMap(([name, value]) => (name === 'role' ? [] : [value]))
  return values.length === 0 ? metric : `${metric} (${values.join(' ')})`
}

function labelsOf(text: string): Readonly<Record<string, string>> {
  try {
    const labels: unknown = JSON.parse(text)
    return typeof labels === 'object' && labels !== null ? (labels as Record<string, string>) : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}
