import { type MetricName, metricDef } from '../catalogue/catalogue.ts'
import type { SeriesId } from '../frame/frame.ts'
import type { Series } from '../frame/series-table.ts'
import { MessageWriter } from './protobuf.ts'
import type { Encode, Sender, Snapshot } from './snapshot.ts'

/**
 * OTLP metrics over HTTP, protobuf (https://opentelemetry.io/docs/specs/otlp/, opentelemetry/proto/metrics/v1). Names and
 * units are the catalogue’s, which are OpenTelemetry’s; counters are cumulative monotonic sums that say since when they
 * count, levels are gauges.
 */

/** Field numbers of the messages, as the .proto files of OTLP 1 have them. */
const fields = {
  request: { resourceMetrics: 1 },
  resourceMetrics: { resource: 1, scopeMetrics: 2 },
  resource: { attributes: 1 },
  scopeMetrics: { scope: 1, metrics: 2 },
  scope: { name: 1, version: 2 },
  metric: { name: 1, description: 2, unit: 3, gauge: 5, sum: 7 },
  data: { points: 1, temporality: 2, isMonotonic: 3 },
  point: { start: 2, time: 3, double: 4, attributes: 7 },
  keyValue: { key: 1, value: 2 },
  anyValue: { text: 1 },
} as const
const cumulative = 2

export function otlpEncoder(sender: Sender): Encode {
  const writer = new MessageWriter()
  const starts = new Starts(sender)
  return (snapshots) => {
    let samples = 0
    writer.message(fields.request.resourceMetrics, () => {
      writer.message(fields.resourceMetrics.resource, () => {
        for (const [key, value] of Object.entries(resourceOf(sender))) {
          attribute(writer, fields.resource.attributes, key, value)
        }
      })
      writer.message(fields.resourceMetrics.scopeMetrics, () => {
        writer.message(fields.scopeMetrics.scope, () => {
          writer.text(fields.scope.name, 'sysmon')
          writer.text(fields.scope.version, sender.version)
        })
        for (const [metric, series] of byMetric(sender.series())) {
          if (!series.some(({ id }) => snapshots.some(({ values }) => isThere(values, id)))) continue
          writer.message(fields.scopeMetrics.metrics, () => {
            samples += writeMetric(writer, metric, series, snapshots, starts)
          })
        }
      })
    })
    return { body: writer.take(), headers: { 'content-type': 'application/x-protobuf' }, samples }
  }
}

/** https://opentelemetry.io/docs/specs/semconv/resource/host/ and /os/ and /#service */
const resourceOf = ({ host, version }: Sender): Readonly<Record<string, string>> => ({
  'service.name': 'sysmon',
  'service.version': version,
  'service.instance.id': `${host.hostName}/${host.bootId}`,
  'host.name': host.hostName,
  'host.arch': host.architecture === 'x64' ? 'amd64' : host.architecture,
  'os.type': host.os,
  'os.description': host.osName,
  'os.version': host.kernel,
})

function writeMetric(
  writer: MessageWriter,
  metric: MetricName,
  series: readonly Series[],
  snapshots: readonly Snapshot[],
  starts: Starts,
): number {
  const { kind, unit, help } = metricDef(metric)
  const isSum = kind === 'counter'
  let samples = 0
  writer.text(fields.metric.name, metric)
  writer.text(fields.metric.description, help)
  writer.text(fields.metric.unit, unit)
  writer.message(isSum ? fields.metric.sum : fields.metric.gauge, () => {
    for (const { id, labels } of series) {
      for (const { unixMs, values } of snapshots) {
        if (!isThere(values, id)) continue
        const value = values[id] as number
        writer.message(fields.data.points, () => {
          if (isSum) writer.fixed64(fields.point.start, nanoseconds(starts.of(id, metric, unixMs, value)))
          writer.fixed64(fields.point.time, nanoseconds(unixMs))
          writer.double(fields.point.double, value)
          for (const [key, text] of Object.entries(labels)) attribute(writer, fields.point.attributes, key, text)
        })
        samples++
      }
    }
    if (!isSum) return
    writer.number(fields.data.temporality, cumulative)
    writer.number(fields.data.isMonotonic, 1)
  })
  return samples
}

const isThere = (values: Float64Array, id: SeriesId): boolean => !Number.isNaN(values[id] ?? Number.NaN)
const nanoseconds = (unixMs: number): bigint => BigInt(Math.round(unixMs)) * 1_000_000n

function attribute(writer: MessageWriter, field: number, key: string, value: string): void {
  writer.message(field, () => {
    writer.text(fields.keyValue.key, key)
    writer.message(fields.keyValue.value, () => writer.text(fields.anyValue.text, value))
  })
}

function byMetric(all: readonly (Series | undefined)[]): Map<MetricName, Series[]> {
  const found = new Map<MetricName, Series[]>()
  for (const one of all) {
    if (one === undefined) continue
    const known = found.get(one.metric)
    if (known === undefined) found.set(one.metric, [one])
    else known.push(one)
  }
  return found
}

/**
 * Since when each counter counts: since the machine started, or sysmon did; after it fell, since it was last seen
 * (https://opentelemetry.io/docs/specs/otel/metrics/data-model/#resets-and-gaps).
 */
class Starts {
  readonly #seen = new Map<SeriesId, { unixMs: number; value: number; startMs: number }>()

  constructor(private readonly sender: Sender) {}

  of(id: SeriesId, metric: MetricName, unixMs: number, value: number): number {
    const { bootUnixMs, startUnixMs } = this.sender
    const seen = this.#seen.get(id)
    if (seen === undefined) {
      const startMs = metric.startsWith('sysmon.') ? startUnixMs : bootUnixMs
      this.#seen.set(id, { unixMs, value, startMs: Math.min(startMs, unixMs) })
      return Math.min(startMs, unixMs)
    }
    // Sent again: as it was the first time.
    if (unixMs <= seen.unixMs) return Math.min(seen.startMs, unixMs)
    if (value < seen.value) seen.startMs = seen.unixMs
    seen.unixMs = unixMs
    seen.value = value
    return seen.startMs
  }
}

/** Points that the receiver did not take (ExportMetricsServiceResponse.partial_success.rejected_data_points). */
export function rejectedPoints(answer: Uint8Array): number {
  const partial = fieldsOf(answer).get(1)
  if (!(partial instanceof Uint8Array)) return 0
  const rejected = fieldsOf(partial).get(1)
  return typeof rejected === 'number' ? rejected : 0
}

/** Fields of a small message: numbers and bytes. What it cannot read it leaves. */
function fieldsOf(bytes: Uint8Array): Map<number, number | Uint8Array> {
  const found = new Map<number, number | Uint8Array>()
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let factor = 1; at < bytes.length; factor *= 128) {
      const byte = bytes[at++] as number
      value += (byte & 0x7f) * factor
      if (byte < 0x80) break
    }
    return value
  }
  while (at < bytes.length) {
    const tag = varint()
    if ((tag & 7) === 0) found.set(tag >> 3, varint())
    else if ((tag & 7) === 2) {
      const length = varint()
      found.set(tag >> 3, bytes.subarray(at, at + length))
      at += length
    } else break
  }
  return found
}
