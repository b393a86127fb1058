import type { ExplainChange } from '../../api/explain-contract.ts'
import type { StoredEvent } from '../../store/store.ts'
import { bytes, count, quantity } from './phrases.ts'
import type { Track, Tracks } from './tracks.ts'
import type { ProcessUse, Usage } from './usage.ts'
import type { Span } from './window.ts'

/** What else was different: processes that came and went, mounts, interfaces, limits, boots, what sysmon noted itself. */

/** Changes told at most. */
const mostChanges = 40
/** A process is worth a line from this much on. */
const leastCpuSeconds = 0.5
const leastResidentBytes = 64 * 1024 ** 2

export async function changesIn(
  tracks: Tracks,
  span: Span,
  usage: Usage | undefined,
  events: readonly StoredEvent[],
  named: ReadonlySet<number>,
): Promise<ExplainChange[]> {
  const { window } = span
  const began = beginnings(tracks.sources, events)
  const all = [
    ...(usage === undefined ? [] : usage.processes().flatMap((use) => processChanges(use, usage, named))),
    ...events.map((event, i) => eventChange(event, versionBefore(events, i))),
    ...appearing(await tracks.of('system.filesystem.limit'), span, began, 'mount', mountText),
    ...appearing(await tracks.of('system.network.up'), span, began, 'interface', interfaceText),
    ...stepping(await tracks.of('system.network.up'), span, 'interface', linkText),
    ...stepping(await tracks.shared('system.cpu.logical.count'), span, 'limit', limitText('the number of CPUs')),
    ...stepping(await tracks.of('cgroup.cpu.limit'), span, 'limit', limitText('the CPU limit')),
    ...stepping(await tracks.of('cgroup.memory.limit'), span, 'limit', limitText('the memory limit')),
    ...stepping(await tracks.of('system.file_descriptor.limit'), span, 'limit', limitText('the descriptor limit')),
  ]
  const told = all.filter(({ unixMs }) => unixMs >= window.startMs && unixMs <= window.endMs)
  // Boots, limits and mounts are rare and mean more than processes, which give way when there is no room.
  const rare = told.filter(({ kind }) => !kind.startsWith('process'))
  const processes = told.filter(({ kind }) => kind.startsWith('process'))
  const room = Math.max(0, mostChanges - rare.length)
  return [...rare.slice(0, mostChanges), ...processes.slice(0, room)].sort((a, b) => a.unixMs - b.unixMs)
}

function processChanges(use: ProcessUse, usage: Usage, named: ReadonlySet<number>): ExplainChange[] {
  const isBig =
    use.cpuSeconds + use.childrenCpuSeconds >= leastCpuSeconds || use.peakResidentBytes >= leastResidentBytes
  if (!isBig && !named.has(use.pid)) return []
  const who = `${use.name} (pid ${use.pid})`
  const found: ExplainChange[] = []
  if (use.hasStarted)
    found.push({ unixMs: use.firstMs, kind: 'process_started', sentence: `${who} started`, pid: use.pid })
  if (use.hasEnded && use.lastMs < usage.endMs)
    found.push({
      unixMs: use.lastMs,
      kind: 'process_ended',
      sentence: `${who} ended; it had ${bytes(use.lastResidentBytes)} in memory`,
      pid: use.pid,
    })
  return found
}

const sysmonKinds = ['start', 'stop', 'collector_failed', 'collector_recovered', 'store_degraded', 'store_recovered']

/** Of the start before this one; undefined where it is not known. */
const versionBefore = (events: readonly StoredEvent[], index: number): unknown =>
  events[index]?.kind === 'start'
    ? events.slice(0, index).findLast(({ kind }) => kind === 'start')?.data.version
    : undefined

function eventChange({ unixMs, kind, message, data }: StoredEvent, before: unknown): ExplainChange {
  const isBoot = kind === 'unclean_shutdown' || (kind === 'start' && /machine was restarted/.test(message))
  const isVersion = kind === 'start' && before !== undefined && before !== data.version
  return {
    unixMs,
    kind: isBoot ? 'boot' : isVersion ? 'version' : sysmonKinds.includes(kind) ? 'sysmon' : 'event',
    sentence: isVersion ? `${message}; its version is ${data.version} now, and was ${before}` : message,
  }
}

type Labels = Readonly<Record<string, string>>

/** What is read slowly comes later than the first tick. */
const settleMs = 20_000

/** When the record was begun, and begun again. */
const beginnings = ({ store }: Tracks['sources'], events: readonly StoredEvent[]): number[] => [
  ...events.filter(({ kind }) => kind === 'start').map(({ unixMs }) => unixMs),
  store.oldestMs('1s') ?? Number.NaN,
]

/** Series that begin or end within the window. */
function appearing(
  tracks: readonly Track[],
  { window, stepMs }: Span,
  began: readonly number[],
  kind: ExplainChange['kind'],
  tell: (labels: Labels, how: 'came' | 'went', value: number) => string,
): ExplainChange[] {
  return tracks.flatMap((track) => {
    const first = track.avg.findIndex((value) => !Number.isNaN(value))
    const last = track.avg.findLastIndex((value) => !Number.isNaN(value))
    if (first < 0) return []
    const found: ExplainChange[] = []
    const at = (index: number): number => track.unixMs[index] as number
    // Where the record itself begins, nothing came.
    const isFresh = began.some((ms) => at(first) >= ms - stepMs && at(first) <= ms + settleMs)
    if (first > 0 && at(first) >= window.startMs && !isFresh)
      found.push({ unixMs: at(first), kind, sentence: tell(track.labels, 'came', track.avg[first] as number) })
    if (last < track.avg.length - 1 && at(last) <= window.endMs - 2 * stepMs)
      found.push({ unixMs: at(last), kind, sentence: tell(track.labels, 'went', track.avg[last] as number) })
    return found
  })
}

/** Levels that are other than before. */
function stepping(
  tracks: readonly Track[],
  { window }: Span,
  kind: ExplainChange['kind'],
  tell: (labels: Labels, before: number, now: number, unit: string) => string,
): ExplainChange[] {
  const found: ExplainChange[] = []
  for (const track of tracks) {
    let before = Number.NaN
    for (let i = 0; i < track.avg.length; i++) {
      const now = track.avg[i] as number
      if (Number.isNaN(now)) continue
      const unixMs = track.unixMs[i] as number
      if (!Number.isNaN(before) && now !== before && unixMs >= window.startMs)
        found.push({ unixMs, kind, sentence: tell(track.labels, before, now, track.unit) })
      before = now
    }
  }
  return found
}

const mountText = ({ mountpoint = '', device = '', type = '' }: Labels, how: 'came' | 'went', size: number): string =>
  how === 'came'
    ? `${mountpoint} was mounted (${type} on ${device}, ${bytes(size)})`
    : `${mountpoint} was unmounted (${type} on ${device})`
const interfaceText = ({ device = '' }: Labels, how: 'came' | 'went'): string =>
  how === 'came' ? `the interface ${device} appeared` : `the interface ${device} went away`
const linkText = ({ device = '' }: Labels, _before: number, now: number): string =>
  `the link of ${device} went ${now > 0.5 ? 'up' : 'down'}`
const limitText =
  (what: string) =>
  ({ name, cgroup }: Labels, before: number, now: number, unit: string): string => {
    const whose = name ?? cgroup
    const told = (value: number): string => (unit === '1' || unit === '{cpu}' ? count(value) : quantity(value, unit))
    return `${what}${whose === undefined ? '' : ` of ${whose}`} changed from ${told(before)} to ${told(now)}`
  }
