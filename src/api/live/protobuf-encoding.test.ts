import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { readServerMessage, writeSubscribe } from '../../../test/live-protobuf.ts'
import type { ProcessRow } from '../contract.ts'
import type { LiveSeries, Tick } from '../live-contract.ts'
import { ApiError } from '../problems.ts'
import { chooseProtocol, jsonEncoding, type LiveEncoding, type LiveFrame } from './encoding.ts'
import { protobufEncoding } from './protobuf-encoding.ts'

const count = fc.nat({ max: 2 ** 31 - 1 })
const whole = fc.maxSafeNat()
/** JSON knows no -0 and tells it as 0. */
const real = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0)
const text = fc.string({ unit: 'grapheme', maxLength: 20 })

const tick: fc.Arbitrary<Tick> = fc.record(
  { seq: whole, unixMs: whole, elapsedSeconds: real, gap: fc.constantFrom('start', 'missed') },
  { requiredKeys: ['seq', 'unixMs', 'elapsedSeconds'] },
)
const host = fc.record(
  {
    hostName: text,
    os: fc.constant('linux' as const),
    osName: text,
    kernel: text,
    architecture: text,
    bootId: text,
    scope: fc.constantFrom('host' as const, 'container' as const),
    logicalCpus: count,
    memoryBytes: whole,
  },
  { requiredKeys: ['hostName', 'os', 'osName', 'kernel', 'architecture', 'bootId', 'scope', 'logicalCpus'] },
)
const labels = fc
  .dictionary(text, text, { maxKeys: 3, noNullPrototype: true })
  .filter((all) => !Object.hasOwn(all, '__proto__'))
const series: fc.Arbitrary<LiveSeries[]> = fc
  .array(fc.record({ metric: text, labels, unit: text }), { maxLength: 8 })
  .map((all) => all.map((one, id) => ({ id, ...one })))
const values = fc.array(fc.oneof(real, fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY)), {
  minLength: 8,
  maxLength: 8,
})
const accounting = fc.record({
  hostBusy: fc.option(real),
  processes: fc.option(real),
  reaped: fc.option(real),
  unattributed: fc.option(real),
})
const row: fc.Arbitrary<ProcessRow> = fc.record(
  {
    pid: count,
    startTicks: whole,
    startUnixMs: whole,
    parentPid: count,
    name: text,
    commandLine: text,
    user: text,
    state: text,
    threads: count,
    nice: fc.integer({ min: -20, max: 19 }),
    cpu: real,
    cpuUser: real,
    cpuSystem: real,
    runQueueWait: real,
    ioDelay: real,
    reapedCpu: real,
    residentBytes: whole,
    virtualBytes: whole,
    readBytesPerSecond: real,
    writtenBytesPerSecond: real,
    minorFaultsPerSecond: real,
    majorFaultsPerSecond: real,
    contextSwitchesPerSecond: real,
    cpuSeconds: real,
    cgroup: text,
    service: text,
    processor: fc.integer({ min: -1, max: 4096 }),
  },
  { requiredKeys: ['pid', 'startTicks', 'name', 'commandLine', 'user', 'state'] },
)
const table = fc.record(
  { unixMs: whole, total: count, limitedView: text, accounting, processes: fc.array(row, { maxLength: 4 }) },
  { requiredKeys: ['unixMs', 'total', 'accounting', 'processes'] },
)

const decoded = (frame: LiveFrame): unknown =>
  typeof frame === 'string' ? JSON.parse(frame) : readServerMessage(frame)
/** Both say the same. */
function agree(say: (encoding: LiveEncoding) => LiveFrame): void {
  expect(decoded(say(protobufEncoding))).toEqual(decoded(say(jsonEncoding)))
}

describe('JSON and protobuf say the same', () => {
  test('snapshots', () => {
    fc.assert(
      fc.property(tick, host, series, values, fc.option(whole), (tick, host, series, values, missed) => {
        agree((encoding) => {
          const snapshot = encoding.snapshot(tick, host, series, (id) => values[id] as number)
          return missed === null ? snapshot : encoding.withMissed(snapshot, missed)
        })
      }),
    )
  })

  test('deltas', () => {
    fc.assert(
      fc.property(tick, series, fc.subarray([0, 1, 2, 3, 4, 5, 6, 7]), values, (tick, fresh, changed, values) =>
        agree((encoding) => encoding.delta(tick, fresh, changed, (id) => values[id] as number)),
      ),
    )
  })

  test('process tables, every column of them', () => {
    fc.assert(fc.property(table, (table) => agree((encoding) => encoding.processes(table))))
  })

  test('problems', () => {
    fc.assert(fc.property(text, text, (code, detail) => agree((encoding) => encoding.problem(code, detail))))
  })

  test('what a client asks', () => {
    const subscribe = fc.record(
      {
        metrics: fc.array(text, { maxLength: 4 }),
        processes: fc.record({ limit: count, sort: text }, { requiredKeys: [] }),
        since: whole,
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(subscribe, (asked) => {
        const read = protobufEncoding.read(writeSubscribe(asked))
        expect(read).toEqual(jsonEncoding.read(JSON.stringify({ type: 'subscribe', ...asked })))
      }),
    )
  })
})

describe('what a client sends', () => {
  const refusal = (message: string | Uint8Array): string => {
    try {
      protobufEncoding.read(message)
    } catch (error) {
      if (error instanceof ApiError) return error.message
      throw error
    }
    return 'taken'
  }

  test('is refused in words when it is no message', () => {
    expect(refusal('{"type":"subscribe"}')).toBe('a message is a sysmon.live.v1.ClientMessage in a binary frame')
    expect(refusal(new Uint8Array())).toBe('the message has no "subscribe"')
    expect(refusal(new Uint8Array([0x0a, 0xff]))).toBe('the message is no sysmon.live.v1.ClientMessage')
  })

  test('whatever it is, is taken or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(refusal(bytes)).toBeString()
      }),
      { numRuns: 1000 },
    )
  })
})

test.each([
  [null, undefined],
  ['', undefined],
  ['sysmon.v2.protobuf', undefined],
  ['sysmon.v1.protobuf', 'sysmon.v1.protobuf'],
  ['token.abc,sysmon.v1.protobuf, sysmon.v1.json', 'sysmon.v1.protobuf'],
  ['sysmon.v1.json, sysmon.v1.protobuf', 'sysmon.v1.json'],
] as const)('of the protocols offered as %j it is %j', (offered, chosen) => {
  expect(chooseProtocol(offered)).toBe(chosen)
})
