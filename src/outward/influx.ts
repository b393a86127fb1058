import type { Series } from '../frame/series-table.ts'
import type { Encode, Sender } from './snapshot.ts'

/**
 * Influx line protocol (https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/): one line a value,
 * `system.disk.io,device=sda,direction=read,host=db1 value=4096 1767600000000`. The address should say precision=ms.
 */
export function influxEncoder(sender: Sender): Encode {
  const heads: (string | undefined)[] = []
  const headOf = (series: Series): string => {
    heads[series.id] ??= head(sender, series)
    return heads[series.id] as string
  }
  return (snapshots) => {
    let text = ''
    let samples = 0
    for (const { unixMs, values } of snapshots) {
      for (const series of sender.series()) {
        if (series === undefined) continue
        const value = values[series.id] ?? Number.NaN
        // There is no word for infinity in it.
        if (!Number.isFinite(value)) continue
        text += `${headOf(series)} value=${value} ${unixMs}\n`
        samples++
      }
    }
    return { body: encoder.encode(text), headers: { 'content-type': 'text/plain; charset=utf-8' }, samples }
  }
}

/** Tags by name, which is what a receiver likes best; one without a value is an error there. */
function head({ host }: Sender, { metric, labels }: Series): string {
  const tags = Object.entries({ ...labels, host: host.hostName })
    .filter(([, value]) => value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return [escaped(metric, /[, ]/g), ...tags.map(([name, value]) => `${escaped(name)}=${escaped(value)}`)].join(',')
}

/** A backslash at the end would take the next sign with it; a line end would be one. */
const escaped = (text: string, special = /[,= ]/g): string =>
  text
    .toWellFormed()
    .replace(/[\r\n]/g, ' ')
    .replace(/\\+$/, '')
    .replace(special, '\\$&')

const encoder = new TextEncoder()
