import { isCompact, layoutOf, pageSize } from './layout.ts'
import { metricsFor } from './machine.ts'
import { type BoxName, boxNames, type Identity, type TopState } from './state.ts'
import { covers, timelineLength } from './timeline.ts'

/** What has to be asked for so that the screen shows what it should, and nothing besides. */
export interface Wanted {
  /** `undefined`: live. */
  readonly atMs: number | undefined
  readonly metrics: readonly string[]
  /** `undefined`: no table on the screen. */
  readonly processes: { readonly sort?: string; readonly limit?: number } | undefined
  readonly history: { readonly startMs: number | undefined; readonly endMs: number | undefined } | undefined
  readonly details: Identity | undefined
}

/** Sortable by the daemon, highest first: column as typed → field of its rows. */
const sortable: Readonly<Record<string, string>> = {
  cpu: 'cpu',
  rss: 'residentBytes',
  read: 'readBytesPerSecond',
  write: 'writtenBytesPerSecond',
  wait: 'runQueueWait',
  threads: 'threads',
}

/** In replay, so much beyond the time shown is fetched along, for the steps that follow. */
const aheadMs = 120_000
/** Columns of history that a graph of this screen can show. */
const samplesFor = (columns: number): number => Math.min(timelineLength, columns * 2)

export function wantedOf(state: TopState): Wanted {
  const shown: readonly BoxName[] = isCompact(state.size)
    ? ['cpu', 'memory', 'processes']
    : boxNames.filter((name) => !state.hidden.includes(name))
  const processes = shown.includes('processes') ? processesWanted(state) : undefined
  return {
    atMs: state.mode.kind === 'replay' ? state.mode.atMs : undefined,
    metrics: metricsFor(shown),
    processes,
    history: historyWanted(state),
    details: state.details?.identity,
  }
}

function processesWanted(state: TopState): Wanted['processes'] {
  const sort = state.sort.isDescending ? sortable[state.sort.field] : undefined
  if (sort === undefined || state.isTree || state.filter.trim() !== '' || state.followed !== undefined) return {}
  // By doubling, so that moving the selection does not ask for another list with each key.
  const needed = Math.max(state.selected, state.offset) + 2 * pageSize(layoutOf(state))
  let limit = 64
  while (limit < needed) limit *= 2
  return { sort, limit }
}

function historyWanted(state: TopState): Wanted['history'] {
  if (state.mode.kind === 'live') return state.hasHistory ? undefined : { startMs: undefined, endMs: undefined }
  const { atMs } = state.mode
  if (covers(state.timeline, atMs, samplesFor(state.size.columns))) return undefined
  const stepMs = state.timeline.stepMs
  return { startMs: atMs - timelineLength * stepMs, endMs: atMs + aheadMs }
}
