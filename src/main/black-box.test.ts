import { expect, test } from 'bun:test'
import { Recording } from '../../test/conformance/recording.ts'
import { ProcessHistory } from '../../test/process-history.ts'
import type { GapReason } from '../frame/frame.ts'
import { FrameRing } from '../frame/ring.ts'
import { RecordedTable } from '../recorder/recorded-table.ts'
import type { StoredEvent } from '../store/store.ts'
import { BlackBox } from './black-box.ts'
import { endOf, uncleanEvent } from './last-minute.ts'

/** A box over a ring that a test fills: each tick grows PSI-full by what is said. */
function boxed() {
  const recording = new Recording()
  const ring = new FrameRing(10)
  const table = new RecordedTable()
  const history = new ProcessHistory()
  const told: Omit<StoredEvent, 'unixMs'>[] = []
  const state = { monotonicMs: 0, stalled: { memory: 0, io: 0 } }
  const box = new BlackBox({
    ring,
    series: recording.table,
    table: () => table,
    monotonicMs: () => state.monotonicMs,
    intervalMs: 1000,
    tell: (event) => told.push(event),
  })
  const tick = (
    grown: Partial<Record<'memory' | 'io', number>> = {},
    { latenessMs = 0, elapsedMs = 1000, gap = 'none' as GapReason } = {},
  ): void => {
    for (const resource of ['memory', 'io'] as const) {
      state.stalled[resource] += grown[resource] ?? 0
      recording.set(recording.id('system.pressure.full.time', { resource }), state.stalled[resource])
    }
    recording.tick({ elapsedMs, gap })
    ring.push(recording.frame as NonNullable<typeof recording.frame>)
    state.monotonicMs += elapsedMs
    table.apply(
      history.tick({ elapsedMs: 1000, isKey: state.monotonicMs === elapsedMs }, (one) => {
        if (one.table.count > 0) one.set(0, { cpuUserSeconds: state.monotonicMs / 1000 })
        else one.start({ residentBytes: 512 * 2 ** 20, cpuUserSeconds: 0, cpuSystemSeconds: 0 })
      }),
    )
    box.look(latenessMs)
  }
  return { tick, told }
}

test('a calm machine is not told of', () => {
  const { tick, told } = boxed()
  for (let i = 0; i < 20; i++) tick({ memory: 0.1, io: 0.3 })
  expect(told).toEqual([])
})

test('a second in which all stood still for memory is told, with who was at the top', () => {
  const { tick, told } = boxed()
  tick()
  tick()
  tick({ memory: 0.8 })
  expect(told).toHaveLength(1)
  expect(told[0]).toMatchObject({ kind: 'stall', data: { reason: 'memory', share: 0.8 } })
  expect(told[0]?.data.top_memory).toContain('512 MiB')
  expect(told[0]?.data.top_cpu).toContain('100 %')
  expect(JSON.stringify(told[0]?.data).length).toBeLessThan(2000)
})

test('T4 a tick that comes seconds late is told as that', () => {
  const { tick, told } = boxed()
  tick()
  tick({}, { latenessMs: 4200, elapsedMs: 5200, gap: 'missed' })
  expect(told[0]).toMatchObject({ data: { reason: 'late', seconds: 4.2 } })
})

test('T2 a suspend is no stall', () => {
  const { tick, told } = boxed()
  tick()
  tick({ memory: 3600 }, { elapsedMs: 3_600_000, gap: 'suspend' })
  expect(told).toEqual([])
})

test('a machine that thrashes for hours is told once a minute', () => {
  const { tick, told } = boxed()
  for (let i = 0; i < 301; i++) tick({ io: 1 })
  expect(told.length).toBeWithin(4, 7)
})

test('the record ended clean only with a stop at its end', () => {
  const newestMs = 1_000_000
  const event = (kind: string, unixMs: number) => ({ kind, unixMs })
  expect(endOf(newestMs, [event('start', 0), event('stop', newestMs + 500)]).isClean).toBe(true)
  expect(endOf(newestMs, [event('stop', 900_000), event('start', 950_000)]).isClean).toBe(false)
  expect(endOf(newestMs, []).isClean).toBe(false)
})

test('what went down, and what its last minute was', () => {
  const ofMachine = uncleanEvent(1_000_000, 1_300_000, true, 'Nothing was short.')
  expect(ofMachine.message).toBe(
    'the machine went down without a stop of sysmon; the last recorded minute: Nothing was short.',
  )
  expect(ofMachine.data).toEqual({ last_unix_ms: 1_000_000, away_seconds: 300, reason: 'machine' })
  expect(uncleanEvent(1, 2, false, '').data.reason).toBe('sysmon')
})
