import { describe, expect, test } from 'bun:test'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { snappyUncompress } from 'hyparquet/src/snappy.js'
import type { Series } from '../frame/series-table.ts'
import { influxEncoder } from './influx.ts'
import { otlpEncoder, rejectedPoints } from './otlp.ts'
import { remoteWriteEncoder } from './remote-write.ts'
import type { Sender } from './snapshot.ts'

/** Messages as another implementation of protocol buffers reads them: field numbers and raw values. */
type Message = ReadonlyMap<number, readonly (Uint8Array | number | bigint)[]>
function read(bytes: Uint8Array): Message {
  const reader = new BinaryReader(bytes)
  const fields = new Map<number, (Uint8Array | number | bigint)[]>()
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    const value =
      type === WireType.LengthDelimited
        ? reader.bytes()
        : type === WireType.Bit64
          ? (reader.fixed64() as bigint)
          : Number(reader.uint64())
    fields.set(field, [...(fields.get(field) ?? []), value])
  }
  return fields
}
const all = (message: Message, field: number): readonly Message[] =>
  (message.get(field) ?? []).map((bytes) => read(bytes as Uint8Array))
const one = (message: Message, field: number): Message => all(message, field)[0] as Message
const text = (message: Message, field: number): string =>
  new TextDecoder().decode((message.get(field)?.[0] ?? new Uint8Array(0)) as Uint8Array)
function double(message: Message, field: number): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, message.get(field)?.[0] as bigint)
  return view.getFloat64(0)
}

const series: readonly (Series | undefined)[] = [
  { id: 0, metric: 'system.cpu.time', labels: { cpu: '0', mode: 'user' } },
  undefined,
  {
    id: 2,
    metric: 'system.filesystem.usage',
    labels: { device: '', mountpoint: '/a b,c="\\', type: 'ext4', state: 'used' },
  },
  { id: 3, metric: 'sysmon.store.io', labels: {} },
]
const sender: Sender = {
  series: () => series,
  host: { hostName: 'db1', os: 'linux', osName: 'Debian', kernel: '6.1', architecture: 'x64', bootId: 'b' },
  version: '1.2.3',
  bootUnixMs: 1_700_000_000_000,
  startUnixMs: 1_700_000_500_000,
}
const at = (seconds: number, ...values: number[]) => ({
  unixMs: 1_700_001_000_000 + seconds * 1000,
  values: Float64Array.from(values),
})
const absent = Number.NaN

describe('OTLP', () => {
  const encode = otlpEncoder(sender)
  const metricsOf = (body: Uint8Array): readonly Message[] => all(one(one(read(body), 1), 2), 2)
  const attributes = (message: Message, field: number) =>
    Object.fromEntries(all(message, field).map((pair) => [text(pair, 1), text(one(pair, 2), 1)]))

  test('resource, scope, sums that say since when, gauges, units; absent is left out', () => {
    const { body, samples, headers } = encode([at(0, 1.5, absent, 7, absent), at(15, 2.5, absent, -0, 10)])
    expect([samples, headers['content-type']]).toEqual([5, 'application/x-protobuf'])
    const resource = one(read(body), 1)
    expect(attributes(one(resource, 1), 1)).toMatchObject({
      'host.name': 'db1',
      'service.name': 'sysmon',
      'service.version': '1.2.3',
      'os.type': 'linux',
      'host.arch': 'amd64',
    })
    const [cpu, filesystem, own] = metricsOf(body) as [Message, Message, Message]
    expect([cpu, filesystem, own].map((metric) => [text(metric, 1), text(metric, 3)])).toEqual([
      ['system.cpu.time', 's'],
      ['system.filesystem.usage', 'By'],
      ['sysmon.store.io', 'By'],
    ])
    const sum = one(cpu, 7)
    expect([sum.get(2), sum.get(3)]).toEqual([[2], [1]])
    const points = all(sum, 1)
    expect(points.map((point) => [point.get(2)?.[0], point.get(3)?.[0], double(point, 4)])).toEqual([
      [1_700_000_000_000_000_000n, 1_700_001_000_000_000_000n, 1.5],
      [1_700_000_000_000_000_000n, 1_700_001_015_000_000_000n, 2.5],
    ])
    expect(attributes(points[0] as Message, 7)).toEqual({ cpu: '0', mode: 'user' })
    expect(all(one(filesystem, 5), 1).map((point) => double(point, 4))).toEqual([7, -0])
    expect(all(one(own, 7), 1)[0]?.get(2)?.[0]).toBe(1_700_000_500_000_000_000n)
  })

  test('N2: a counter that fell counts since it was last seen', () => {
    const { body } = encode([at(30, 1, absent, 7, 10), at(45, 3, absent, 7, 10)])
    const points = all(one(metricsOf(body)[0] as Message, 7), 1)
    expect(points.map((point) => point.get(2)?.[0])).toEqual([1_700_001_015_000_000_000n, 1_700_001_015_000_000_000n])
  })

  test('what was not taken of a request that was is told', () => {
    expect(rejectedPoints(new Uint8Array(0))).toBe(0)
    expect(rejectedPoints(Uint8Array.of(0x0a, 0x06, 0x08, 0xac, 0x02, 0x12, 0x01, 0x78))).toBe(300)
    expect(rejectedPoints(Uint8Array.of(0x0a, 0x7f, 0xff))).toBe(0)
  })
})

describe('remote write', () => {
  const encode = remoteWriteEncoder(sender)
  const seriesOf = (body: Uint8Array): readonly Message[] => {
    const length = new BinaryReader(body).uint32()
    const plain = new Uint8Array(length)
    snappyUncompress(body, plain)
    return all(read(plain), 1)
  }
  const labels = (message: Message) => all(message, 1).map((label) => [text(label, 1), text(label, 2)])
  const samplesOf = (message: Message) => all(message, 2).map((sample) => [sample.get(1)?.[0], sample.get(2)?.[0]])

  test('labels in order without empty ones, times in milliseconds, and a series that ends is stale once', () => {
    const { body, samples } = encode([at(0, 1.5, absent, 7, absent), at(15, 2.5, absent, absent, absent)])
    expect(samples).toBe(4)
    const [cpu, filesystem] = seriesOf(body) as [Message, Message]
    expect(labels(cpu)).toEqual([
      ['__name__', 'system_cpu_time_seconds_total'],
      ['cpu', '0'],
      ['instance', 'db1'],
      ['job', 'sysmon'],
      ['mode', 'user'],
    ])
    expect(labels(filesystem).map(([name]) => name)).toEqual([
      '__name__',
      'instance',
      'job',
      'mountpoint',
      'state',
      'type',
    ])
    expect(samplesOf(cpu).map(([, time]) => time)).toEqual([1_700_001_000_000, 1_700_001_015_000])
    expect(samplesOf(filesystem)[1]).toEqual([0x7ff0_0000_0000_0002n, 1_700_001_015_000])
    expect(encode([at(30, absent, absent, absent, absent)]).samples).toBe(1)
    expect(encode([at(45, absent, absent, absent, absent)]).samples).toBe(0)
  })
})

test('Influx: what would end a name is escaped, what has no value is no tag', () => {
  const { body, samples } = influxEncoder(sender)([at(0, 1.5, absent, 7, Number.POSITIVE_INFINITY)])
  expect(samples).toBe(2)
  expect(new TextDecoder().decode(body).split('\n')).toEqual([
    'system.cpu.time,cpu=0,host=db1,mode=user value=1.5 1700001000000',
    'system.filesystem.usage,host=db1,mountpoint=/a\\ b\\,c\\="\\\\,state=used,type=ext4 value=7 1700001000000'.replace(
      '\\\\,',
      ',',
    ),
    '',
  ])
})
