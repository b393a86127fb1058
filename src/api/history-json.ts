import type { HistoryResponse } from './contract.ts'

/**
 * The history as JSON. Of single ticks average, least and most are one array: it is written once and repeated, which is
 * most of the work for a day of seconds.
 */
export function historyJson({ unixMs, series, ...rest }: HistoryResponse): string {
  const lines = series.map(({ labels, avg, min, max }) => {
    const text = JSON.stringify(avg)
    const textOf = (values: typeof avg): string => (values === avg ? text : JSON.stringify(values))
    return `{"labels":${JSON.stringify(labels)},"avg":${text},"min":${textOf(min)},"max":${textOf(max)}}`
  })
  return `${JSON.stringify(rest).slice(0, -1)},"unixMs":${JSON.stringify(unixMs)},"series":[${lines.join(',')}]}`
}
