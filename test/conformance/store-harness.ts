import type { RollupRules } from '../../src/store/rollup.ts'
import type { Retention } from '../../src/store/sqlite/retention.ts'
import type { Store } from '../../src/store/store.ts'

/** What a store is opened with, whichever engine it is. */
export interface StoreOptions {
  readonly rules: RollupRules
  readonly packProcesses: (ticks: readonly Uint8Array[]) => Uint8Array
  readonly monotonicMs: () => number
  readonly retention: Retention
  readonly onError: (error: unknown) => void
}

/** One place on disk, opened as often as a test wants. */
export interface StorePlace {
  open(options: StoreOptions): Store
  /** Makes the record look as if a later version had written it. */
  pretendNewer(): void
  remove(): void
}

/** Everything that can be done now, at `nowMs`. */
export async function maintainAll(store: Store, nowMs: number): Promise<void> {
  for (let isIdle = false; !isIdle; ) {
    isIdle = true
    while (store.maintain(nowMs, Number.POSITIVE_INFINITY)) isIdle = false
    await store.settled()
    if (store.maintain(nowMs, Number.POSITIVE_INFINITY)) isIdle = false
    await store.settled()
  }
}
