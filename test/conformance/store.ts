import { afterEach, beforeEach, describe } from 'bun:test'
import { defaultRetention, type Retention } from '../../src/store/sqlite/retention.ts'
import type { Store } from '../../src/store/store.ts'
import { packTicks, Recording, rulesFor, wholeHourMs } from './recording.ts'
import { backfillTests } from './store-backfill.ts'
import { bucketTests } from './store-buckets.ts'
import { maintainAll, type StorePlace } from './store-harness.ts'
import { retentionTests } from './store-retention.ts'
import { sampleTests } from './store-samples.ts'
import { sundryTests } from './store-sundries.ts'

/** A store in the hands of one test. */
export interface Subject {
  readonly recording: Recording
  readonly store: Store
  readonly place: StorePlace
  readonly errors: unknown[]
  monotonicMs: number
  /** Closes and opens it again; `recording` goes on, or a new one from what the store knows. */
  reopen(retention?: Partial<Retention>): Store
  /** The same with a retention that changes while the store is open. */
  reopenWith(retention: Retention): Store
  /** A new recording over the series that the store knows, as after a restart of the daemon. */
  restart(startMs: number, stepMs?: number): Promise<Recording>
  /** Appends `count` ticks; `state` sets values before each. */
  record(count: number, state?: (index: number, recording: Recording) => void): void
  /** Closes the run with a key tick and lets everything be compacted. */
  compact(): Promise<void>
}

/** What every store must do, whatever keeps it. */
export function storeConformance(name: string, newPlace: () => StorePlace): void {
  describe(`${name} as a store`, () => {
    let subject: Subject
    let place: StorePlace
    beforeEach(() => {
      place = newPlace()
      subject = openSubject(place)
    })
    afterEach(() => {
      subject.store.close()
      place.remove()
    })
    const current = (): Subject => subject
    describe('samples', () => sampleTests(current))
    describe('buckets', () => bucketTests(current))
    describe('back-fill', () => backfillTests(current))
    describe('retention', () => retentionTests(current))
    describe('the rest', () => sundryTests(current))
  })
}

export function openSubject(place: StorePlace, retention: Partial<Retention> = {}): Subject {
  const errors: unknown[] = []
  let recording = new Recording(wholeHourMs)
  const open = (kept: Retention): Store =>
    place.open({
      rules: rulesFor(() => recording.table.all()),
      packProcesses: packTicks,
      monotonicMs: () => subject.monotonicMs,
      retention: kept,
      onError: (error) => errors.push(error),
    })
  const subject: Subject = {
    monotonicMs: 0,
    place,
    errors,
    get recording() {
      return recording
    },
    get store() {
      return store
    },
    reopen(kept: Partial<Retention> = {}) {
      return subject.reopenWith({ ...defaultRetention, ...kept })
    },
    reopenWith(kept: Retention) {
      store.close()
      store = open(kept)
      return store
    },
    async restart(startMs: number, stepMs?: number) {
      recording = new Recording(startMs, stepMs, { lastSeq: store.lastSeq(), known: await store.series() })
      return recording
    },
    record(count: number, state?: (index: number, recording: Recording) => void) {
      for (let i = 0; i < count; i++) {
        state?.(i, recording)
        store.append(recording.tick())
      }
    },
    async compact() {
      store.append(recording.tick({ isKey: true }))
      await maintainAll(store, recording.nowMs)
    },
  }
  let store = open({ ...defaultRetention, ...retention })
  return subject
}
