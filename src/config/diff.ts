import type { ConfigEntry } from './load.ts'
import { showConfig } from './show.ts'

export interface ConfigChange {
  readonly key: string
  /** As they would stand in a file, secrets masked; `undefined`: not set. */
  readonly from: string | undefined
  readonly to: string | undefined
  /** true: a reload applies it; false: it waits for a restart. */
  readonly isLive: boolean
}

/** What changed between two loads of the same tree of settings. */
export function diffConfig(before: readonly ConfigEntry[], after: readonly ConfigEntry[]): ConfigChange[] {
  const shownBefore = showConfig(before)
  const shownAfter = showConfig(after)
  return after.flatMap(({ key, leaf: { setting }, value }, index) => {
    const old = before[index]
    if (old === undefined || Bun.deepEquals(old.value, value, true)) return []
    return [{ key, from: shownBefore[index]?.value, to: shownAfter[index]?.value, isLive: setting.live }]
  })
}
