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
export function maintainAll(store: Store, nowMs: number): void {
  while (store.maintain(nowMs, Number.POSITIVE_INFINITY));
}

/** The same where the log may have to be moved first, which ends only when other things may run. */
export async function settle(store: Store, nowMs: number, isDone: () => boolean): Promise<void> {
  const endMs = performance.now() + 60_000
  while (!isDone()) {
    if (performance.now() > endMs) throw new Error('the store did not settle')
    store.maintain(nowMs, 5)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
