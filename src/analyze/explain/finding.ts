import type { Evidence, FindingKind, ResourceName, ResourceUse } from '../../api/explain-contract.ts'
import type { TimeRange } from '../../store/store.ts'
import { type Bound, type Episode, worstEpisode } from './episode.ts'
import { chartLink } from './links.ts'
import { quantity } from './phrases.ts'
import { breathe, levelIn, type Track, type Tracks } from './tracks.ts'
import type { ProcessUse } from './usage.ts'
import type { Span } from './window.ts'

/**
 * What a judge of one resource has to say: whether it was short, how badly, and whom to ask. The rank comes of the
 * severity, and that of bands: what was lost or stood still outranks time stalled, that outranks errors, those outrank
 * queues, and use alone comes last, because a resource that is full and nobody waits for is well used.
 */
export interface Candidate {
  readonly resource: ResourceName
  readonly instance?: string
  readonly kind: FindingKind
  readonly severity: number
  /** A clause without a full stop and without times: `98 % of the 2 CPUs were in use`. */
  readonly clause: string
  readonly episode: Episode
  /** What the severity is of: compared with the past. */
  readonly leading?: Track
  readonly evidence: readonly Evidence[]
  readonly blame?: Blame
}

/** Who is to be asked for it, and by what. */
export interface Blame {
  readonly by: 'cpu' | 'memory' | 'io' | 'forks' | 'kernel' | 'descriptors' | 'blocked' | 'threads'
  /** Only processes of this control group and below. */
  readonly cgroup?: string
  /** Only these. */
  readonly pids?: readonly number[]
  /** All that was used in the stretch, in the unit of the blame; what the processes do not add up to is unattributed. */
  readonly total?: number
  /** The same as a rate, where it goes on: for the seconds that are read. */
  readonly perSecond?: number
  /** So much before the stretch counts too: what fills up begins before it is full. */
  readonly leadMs?: number
  /** What speaks for one process beside its amount: the highest comes first, amounts decide among equals. */
  readonly order?: (use: ProcessUse, amount: number) => number
  /** Without a culprit there is nothing to tell. */
  readonly isNeeded?: boolean
  /** Of I/O: which direction counts. */
  readonly direction?: 'read' | 'write'
  readonly waiters?: 'cpu' | 'io' | 'memory'
  /** Said beside the shares. */
  readonly caveat?: string
}

export interface Judged {
  readonly candidates: readonly Candidate[]
  readonly resources: readonly ResourceUse[]
  readonly missing?: readonly { readonly what: string; readonly reason: string }[]
}

export interface JudgeContext {
  readonly tracks: Tracks
  readonly span: Span
  /** Logical CPUs in the window; 1 where it is not recorded. */
  readonly cpus: number
}
export type Judge = (context: JudgeContext) => Promise<Judged>

export type Band = 'lost' | 'stall' | 'errors' | 'saturation' | 'utilization'
const bands: Readonly<Record<Band, readonly [number, number]>> = {
  lost: [0.85, 1],
  stall: [0.5, 0.9],
  errors: [0.45, 0.8],
  saturation: [0.3, 0.6],
  utilization: [0.1, 0.35],
}
const kinds: Readonly<Record<Band, FindingKind>> = {
  lost: 'errors',
  stall: 'saturation',
  errors: 'errors',
  saturation: 'saturation',
  utilization: 'utilization',
}

/** One number by which a resource can be short. */
export interface Signal {
  readonly track: Track | undefined
  readonly band: Band
  readonly bound: Bound
  /** The level at which it is as bad as it can get. */
  readonly full: number
  /** `mean` and `peak` of the stretch in words. */
  readonly tell: (episode: Episode) => string
  /** Does not make a finding by itself, only stands beside one. */
  readonly isContext?: boolean
}

/** A short pain weighs less: all of it from ten seconds on. */
const wholeSeconds = 10

export function severityOf(band: Band, level: number, seconds: number): number {
  const [low, high] = bands[band]
  const within = low + (high - low) * Math.min(1, Math.max(0, level))
  return band === 'lost' ? within : within * (0.6 + 0.4 * Math.min(1, seconds / wholeSeconds))
}

const levelOf = ({ bound, full }: Signal, { mean, peak }: Episode): number =>
  // Mostly the mean; the worst second tells how far it went.
  (0.75 * mean + 0.25 * peak - bound.on) / (full - bound.on)

export interface Subject {
  readonly resource: ResourceName
  readonly instance?: string
  readonly signals: readonly Signal[]
  readonly blame?: (worst: Episode, signal: Signal) => Blame | undefined
}

/** The finding about one resource: of its signals the worst leads, the others are evidence. */
export function assess({ span }: JudgeContext, subject: Subject): Candidate | undefined {
  const hot = subject.signals.flatMap((signal) => {
    if (signal.track === undefined) return []
    const episode = worstEpisode(signal.track, span.window, signal.bound)
    if (episode === undefined) return []
    return [{ signal, episode, severity: severityOf(signal.band, levelOf(signal, episode), episode.hotSeconds) }]
  })
  const leaders = hot.filter(({ signal }) => signal.isContext !== true).sort((a, b) => b.severity - a.severity)
  const [worst] = leaders
  if (worst === undefined) return undefined
  const ordered = [worst, ...hot.filter((one) => one !== worst).sort((a, b) => b.severity - a.severity)]
  const { signal, severity } = worst
  // The cause may have begun before the pain: the earliest of what belongs together.
  const together = ordered.filter(({ episode }) => overlaps(episode, worst.episode))
  const sinceMs = Math.min(...together.map(({ episode }) => episode.sinceMs))
  const episode: Episode = {
    ...worst.episode,
    sinceMs: worst.episode.sinceMs - sinceMs <= mostLeadMs ? sinceMs : worst.episode.sinceMs,
  }
  const blame = subject.blame?.(episode, signal)
  return {
    resource: subject.resource,
    ...(subject.instance === undefined ? {} : { instance: subject.instance }),
    kind: kinds[signal.band],
    severity,
    clause: signal.tell(worst.episode),
    episode,
    leading: signal.track as Track,
    evidence: distinct(ordered).map((one) =>
      evidenceOf(one.signal.track as Track, one.episode, one.signal.tell, span.window),
    ),
    ...(blame === undefined ? {} : { blame }),
  }
}

/** A metric may lead by one bound and follow by another: it is evidence once. */
const distinct = <T extends { readonly signal: Signal }>(hot: readonly T[]): T[] =>
  hot.filter(({ signal }, i) => hot.findIndex((one) => one.signal.track === signal.track) === i)

/** Evidence further ahead of the pain is a story of its own. */
const mostLeadMs = 60_000

const overlaps = (a: Episode, b: Episode): boolean => a.startMs <= b.endMs && b.startMs <= a.endMs

export function evidenceOf(
  track: Track,
  episode: Episode,
  tell: (episode: Episode) => string,
  window: TimeRange,
): Evidence {
  const { metric, labels, unit } = track
  const { mean, peak, baseline } = episode
  const before = baseline === undefined ? '' : ` (before: ${quantity(baseline, unit)})`
  return {
    metric,
    labels,
    value: mean,
    peak,
    unit,
    ...(baseline === undefined ? {} : { baseline }),
    sentence: `${tell(episode)}${before}`,
    link: chartLink(metric, labels, window, episode.startMs),
  }
}

/** How a resource was used, saturated, failed, over the whole window. */
export function summarized(
  { span }: JudgeContext,
  head: Pick<ResourceUse, 'resource' | 'instance' | 'isShort'>,
  tracks: {
    readonly used?: Track | undefined
    readonly saturated?: Track | undefined
    readonly errors?: Track | undefined
  },
): ResourceUse {
  const level = (track: Track | undefined): ResourceUse['used'] => {
    const found = track === undefined ? undefined : levelIn(track, span.window)
    if (track === undefined || found === undefined) return undefined
    return { metric: track.metric, labels: track.labels, ...found, unit: track.unit }
  }
  const used = level(tracks.used)
  const saturated = level(tracks.saturated)
  const errors = level(tracks.errors)
  return {
    ...head,
    ...(used === undefined ? {} : { used }),
    ...(saturated === undefined ? {} : { saturated }),
    ...(errors === undefined ? {} : { errors }),
  }
}

/** All series of a metric by one of their labels. */
export async function byLabel(tracks: Tracks, metric: string, label: string): Promise<ReadonlyMap<string, Track[]>> {
  const found = new Map<string, Track[]>()
  for (const track of await tracks.of(metric)) {
    const key = track.labels[label] ?? ''
    const list = found.get(key)
    if (list === undefined) found.set(key, [track])
    else list.push(track)
  }
  await breathe()
  return found
}

export const present = <T>(values: readonly (T | undefined)[]): T[] =>
  values.filter((value): value is T => value !== undefined)
