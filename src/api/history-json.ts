import { othersTurn } from '../base/turns.ts'
import type { HistoryResponse } from './contract.ts'

/**
 * The history as JSON. Of single ticks average, least and most are one array: it is written once and repeated, which is
 * most of the work for a day of seconds.
 */
export async function historyJson({ unixMs, series, ...rest }: HistoryResponse): Promise<string> {
  const lines: string[] = []
  for (const { labels, avg, min, max } of series) {
    const text = JSON.stringify(avg)
    const textOf = (values: typeof avg): string => (values === avg ? text : JSON.stringify(values))
    lines.push(`{"labels":${JSON.stringify(labels)},"avg":${text},"min":${textOf(min)},"max":${textOf(max)}}`)
    // A day of a core is ten milliseconds of writing, and there may be hundreds of cores.
    if (avg.length > shortLine) await othersTurn()
  }
  return `${JSON.stringify(rest).slice(0, -1)},"unixMs":${JSON.stringify(unixMs)},"series":[${lines.join(',')}]}`
}

/** Values that are written in well under a millisecond. */
const shortLine = 5000
