import { afterEach, beforeEach, expect, test } from 'bun:test'
import { sqlitePlace } from '../../test/conformance/sqlite-place.ts'
import { openSubject, type Subject } from '../../test/conformance/store.ts'
import { manualClock } from '../../test/manual-clock.ts'
import { noData, partial, samples, type TickCollector } from '../collect/collector.ts'
import { Registry } from '../collect/registry.ts'
import { FrameBuilder } from '../frame/builder.ts'
import { createUnsupportedPlatform } from '../platform/unsupported/platform.ts'
import { type StoredTick, StoreError } from '../store/store.ts'
import { WriteBuffer } from '../store/write-buffer.ts'
import { createHealth } from './health.ts'

let subject: Subject
beforeEach(() => {
  subject = openSubject(sqlitePlace())
})
afterEach(() => {
  subject.store.close()
  subject.place.remove()
})

const collector = (name: string, collect: TickCollector['collect']): TickCollector => ({ name, lane: 'tick', collect })

function healthOf(collectors: readonly TickCollector[], limit?: number) {
  const clock = manualClock()
  const state = { failure: undefined as Error | undefined }
  const target = {
    append: (tick: StoredTick) => {
      if (state.failure !== undefined) throw state.failure
      subject.store.append(tick)
    },
  }
  const buffer = new WriteBuffer(
    target,
    () => clock.monotonicMs(),
    () => undefined,
    limit,
  )
  const registry = new Registry(collectors, subject.recording.table, clock)
  const builder = new FrameBuilder()
  let ticks = 0
  const tick = (): void => {
    registry.runTick(builder, ticks++)
    buffer.append(subject.recording.tick(buffer.needsKey ? { isKey: true } : {}))
    clock.advance(1000)
  }
  const health = createHealth({
    clock,
    startedMs: 0,
    dataDir: '/data',
    platform: createUnsupportedPlatform('plan9'),
    store: subject.store,
    buffer,
    registry,
  })
  return { state, tick, health }
}

test('all is well: nothing is wrong, and from when to when there is a record', () => {
  const { tick, health } = healthOf([collector('cpu', () => samples)])
  for (let i = 0; i < 3; i++) tick()
  expect(health()).toMatchObject({
    status: 'healthy',
    problems: [],
    uptime_seconds: 3,
    collector_status: { cpu: { status: 'ok', failures: 0 } },
    db_connection: 'ok',
    db_buffered_frames: 0,
    db_dropped_frames: 0,
    metrics_collected: 3,
    newest_unix_ms: subject.recording.nowMs,
    oldest_unix_ms: subject.recording.nowMs - 2000,
    data_dir: '/data',
    pid: process.pid,
  })
})

test('an empty record has no times, not 0', () => {
  const { health } = healthOf([])
  expect(Object.keys(health())).not.toContain('oldest_unix_ms')
  expect(Object.keys(health())).not.toContain('newest_unix_ms')
})

test('a collector without data, or with a part of it, is not ill, and says why', () => {
  const { tick, health } = healthOf([
    collector('sensor', () => noData('no sensors')),
    collector('process', () => partial('others are hidden')),
  ])
  tick()
  const { status, problems, collector_status: of } = health()
  expect([status, problems]).toEqual(['healthy', []])
  expect(of.sensor).toMatchObject({ status: 'no_data', why: 'no sensors' })
  expect(of.process).toMatchObject({ status: 'partial', why: 'others are hidden' })
})

test('a collector that fails is named with its reason; the others go on', () => {
  const { tick, health } = healthOf([
    collector('disk', () => {
      throw new Error('line 3 is no number')
    }),
    collector('cpu', () => samples),
  ])
  tick()
  expect(health()).toMatchObject({
    status: 'degraded',
    problems: ['the collector disk fails: line 3 is no number'],
    collector_status: { disk: { status: 'failing', failures: 1 }, cpu: { status: 'ok' } },
    db_connection: 'ok',
  })
})

test('Q6: a store that cannot write comes first, with how many ticks wait', () => {
  const { state, tick, health } = healthOf([
    collector('disk', () => {
      throw new Error('EIO')
    }),
  ])
  tick()
  state.failure = new StoreError('full', 'database or disk is full')
  for (let i = 0; i < 3; i++) tick()
  expect(health()).toMatchObject({
    status: 'degraded',
    problems: [
      'the store cannot write: database or disk is full; 3 ticks wait in memory',
      'the collector disk fails: EIO',
    ],
    db_connection: 'degraded',
    db_buffered_frames: 3,
  })
})

test('Q6: ticks that were dropped are counted, and it is well again when the store is', () => {
  const { state, tick, health } = healthOf([], 4)
  state.failure = new StoreError('full', 'full')
  for (let i = 0; i < 7; i++) tick()
  const { problems, db_dropped_frames: dropped, db_buffered_frames: waiting } = health()
  expect(dropped + waiting).toBe(7)
  expect(problems[0]).toContain(`${dropped} were dropped`)
  state.failure = undefined
  for (let i = 0; i < 40; i++) tick()
  expect(health()).toMatchObject({ status: 'healthy', problems: [], db_buffered_frames: 0 })
})

test('what may not be read is told', () => {
  expect(healthOf([]).health().limitations).toEqual([
    { what: 'plan9', lost: 'every reading', cure: 'run sysmon on Linux' },
  ])
})
