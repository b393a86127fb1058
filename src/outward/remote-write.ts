import { snappyCompress } from 'hyparquet-writer/src/snappy.js'
import { exposedName } from '../api/exposition/names.ts'
import { metricDef } from '../catalogue/catalogue.ts'
import type { Series } from '../frame/series-table.ts'
import { MessageWriter } from './protobuf.ts'
import type { Encode, Sender } from './snapshot.ts'

/**
 * Prometheus remote write 1.0 (https://prometheus.io/docs/specs/prw/remote_write_spec/): a WriteRequest, packed with
 * Snappy. Names are those of the exposition; a series that ends is marked as stale once.
 */

/** Field numbers of prometheus/prompb remote.proto and types.proto. */
const fields = {
  request: { series: 1 },
  series: { labels: 1, samples: 2 },
  label: { name: 1, value: 2 },
  sample: { value: 1, unixMs: 2 },
} as const
/** The quiet NaN that means "ended" (prometheus/model/value, StaleNaN): 0x7ff0000000000002. */
const stale = { low: 2, high: 0x7ff0_0000 } as const

export function remoteWriteEncoder(sender: Sender): Encode {
  const writer = new MessageWriter()
  /** Labels of each series, as bytes: they never change. */
  const heads: (Uint8Array | undefined)[] = []
  const headOf = (series: Series): Uint8Array => {
    heads[series.id] ??= labelsOf(sender, series)
    return heads[series.id] as Uint8Array
  }
  /** Ticks at which each series was last there: when it is not there at the next, it has ended. */
  const lastThere = new Map<number, number>()
  let lastMs = Number.NaN
  return (snapshots) => {
    let samples = 0
    for (const series of sender.series()) {
      if (series === undefined) continue
      const { id } = series
      const points: { readonly unixMs: number; readonly value: number }[] = []
      let before = lastThere.get(id) === lastMs
      for (const { unixMs, values } of snapshots) {
        const value = values[id] ?? Number.NaN
        if (Number.isNaN(value) && !before) continue
        points.push({ unixMs, value })
        before = !Number.isNaN(value)
      }
      const end = snapshots.at(-1)?.unixMs ?? Number.NaN
      if (before) lastThere.set(id, end)
      if (points.length === 0) continue
      samples += points.length
      writer.message(fields.request.series, () => {
        writer.raw(headOf(series))
        for (const { unixMs, value } of points) {
          writer.message(fields.series.samples, () => {
            if (Number.isNaN(value)) writer.double64(fields.sample.value, stale.low, stale.high)
            else writer.double(fields.sample.value, value)
            writer.number(fields.sample.unixMs, unixMs)
          })
        }
      })
    }
    lastMs = snapshots.at(-1)?.unixMs ?? lastMs
    return {
      body: new Uint8Array(snappyCompress(writer.take())),
      headers: {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'snappy',
        'x-prometheus-remote-write-version': '0.1.0',
      },
      samples,
    }
  }
}

/** By name, as the specification wants them; those without a value are none. */
function labelsOf({ host }: Sender, { metric, labels }: Series): Uint8Array {
  const own: Readonly<Record<string, string>> = {
    __name__: exposedName(metric, metricDef(metric)).sample,
    instance: host.hostName,
    job: 'sysmon',
    ...Object.fromEntries(Object.entries(labels).map(([name, value]) => [name.replaceAll('.', '_'), value])),
  }
  const writer = new MessageWriter()
  for (const name of Object.keys(own).sort()) {
    if (own[name] === '') continue
    writer.message(fields.series.labels, () => {
      writer.text(fields.label.name, name)
      writer.text(fields.label.value, own[name] as string)
    })
  }
  return writer.take()
}
