import type { Actor, ExplainFinding, ExplainResponse, Unusualness } from '../../api/explain-contract.ts'
import type { Sources } from '../../query/sources.ts'
import type { StoredEvent, TimeRange } from '../../store/store.ts'
import { type Attribution, attribute } from './actors.ts'
import { unusualness } from './baseline.ts'
import { changesIn } from './changes.ts'
import { compared } from './comparison.ts'
import { coverageOf } from './coverage.ts'
import { attributeDescriptors, type OpenDescriptors } from './descriptor-owners.ts'
import type { Candidate, Judge, JudgeContext, Judged } from './finding.ts'
import { waitingGroups } from './group-waiters.ts'
import { capitalized, duration } from './phrases.ts'
import { rankCauses } from './relations.ts'
import { judgeCgroups } from './resources/cgroup.ts'
import { judgeCpu } from './resources/cpu.ts'
import { judgeDescriptors } from './resources/descriptors.ts'
import { judgeDisk } from './resources/disk.ts'
import { judgeFilesystem } from './resources/filesystem.ts'
import { judgeHeat } from './resources/heat.ts'
import { judgeMemory } from './resources/memory.ts'
import { judgeNetwork } from './resources/network.ts'
import { judgeProcesses } from './resources/processes.ts'
import { judgeSwap } from './resources/swap.ts'
import { judgeTcp } from './resources/tcp.ts'
import { judgeTime } from './resources/time.ts'
import { breathe, levelIn, Tracks } from './tracks.ts'
import type { Usage } from './usage.ts'
import { keyOf, readUsages, type UsageReading } from './usage-reading.ts'
import { spanOf } from './window.ts'

/**
 * Which resource was short in a window of the record, since when, who used it up and who waited: the USE method
 * (https://www.brendangregg.com/usemethod.html) over everything that is recorded. It reads through query/, store/ and
 * recorder/, holds no window of tables, and lets ticks pass between its steps. Nothing short is an answer, too.
 */
export interface ExplainParts {
  readonly sources: Sources
  /** Why a collector has nothing to say. */
  readonly absences: () => readonly { readonly collector: string; readonly why: string }[]
  /** Who has how many descriptors open now; asked only of windows that reach up to now. */
  readonly openDescriptors?: OpenDescriptors
}
export interface ExplainRequest {
  readonly window: TimeRange
  readonly against?: TimeRange
}

const judges: readonly Judge[] = [
  judgeCpu,
  judgeProcesses,
  judgeMemory,
  judgeSwap,
  judgeDisk,
  judgeFilesystem,
  judgeNetwork,
  judgeTcp,
  judgeCgroups,
  judgeDescriptors,
  judgeHeat,
]

/** Findings told at most. */
const mostFindings = 12

/** Throws QueryError, StoreError. */
export async function explain(parts: ExplainParts, { window, against }: ExplainRequest): Promise<ExplainResponse> {
  const answer = await explainOne(parts, window)
  if (against === undefined) return answer
  return { ...answer, against: compared(answer, await explainOne(parts, against)) }
}

/** Events before the window that say which daemon recorded it. */
const eventLeadMs = 7 * 24 * 3_600_000
const mostEvents = 2000

async function explainOne(parts: ExplainParts, window: TimeRange): Promise<ExplainResponse> {
  const { sources } = parts
  const span = spanOf(window, sources.intervalMs)
  const tracks = new Tracks(sources, span.range, span.stepMs)
  const clockTrack = await tracks.one('system.cpu.logical.count')
  const cpus = Math.max(1, Math.round((clockTrack && levelIn(clockTrack, span.range)?.mean) ?? 1))
  const context: JudgeContext = { tracks, span, cpus }
  const events = await eventsAround(sources, window)
  const judged: Judged[] = []
  for (const judge of judges) judged.push(await judge(context))
  const time = await judgeTime(context, events, ownPids(events, window))
  const candidates = [...judged, time].flatMap((one) => one.candidates)
  const reading = await readUsages(sources.store, [window, ...candidates.map(stretchOf)])
  const usageOf = (candidate: Candidate): Usage | undefined => reading.usages.get(keyOf(stretchOf(candidate)))
  const findings: ExplainFinding[] = []
  for (const candidate of rankCauses(candidates, usageOf)) {
    const attribution = await attributed(parts, tracks, candidate, usageOf(candidate), window)
    if (candidate.blame?.isNeeded === true && attribution.culprits.length === 0) continue
    if (findings.length >= mostFindings) break
    const past = candidate.resource === 'time' ? { culprits: time.culprits, waiters: [] } : attribution
    findings.push(findingOf(candidate, past, findings.length + 1, await pastOf(sources, candidate)))
  }
  const named = new Set(
    findings.flatMap(({ culprits, waiters }) => [...culprits, ...waiters]).map(({ pid }) => pid ?? -1),
  )
  const resources = [...judged, time].flatMap((one) => one.resources)
  return {
    window: { ...window, stepMs: span.stepMs, lookbackStartMs: span.range.startMs },
    isQuiet: findings.length === 0,
    summary: summaryOf(findings, reading, clockTrack === undefined),
    findings,
    resources,
    changes: await changesIn(tracks, span, reading.usages.get(keyOf(window)), events, named),
    coverage: {
      ...coverageOf(clockTrack, span, sources.intervalMs, events),
      missing: [
        ...judged.flatMap((one) => one.missing ?? []),
        ...parts.absences().map(({ collector, why }) => ({ what: collector, reason: why })),
        ...reading.damaged.map(() => ({ what: 'some minutes of the processes', reason: 'their record is damaged' })),
      ],
      processesShare: reading.share,
    },
  }
}

async function eventsAround({ store }: Sources, { startMs, endMs }: TimeRange): Promise<readonly StoredEvent[]> {
  await breathe()
  return store.readEvents({ startMs: startMs - eventLeadMs, endMs: endMs + 5000 }, mostEvents)
}

/** Of the daemons that recorded the window. */
function ownPids(events: readonly StoredEvent[], { startMs }: TimeRange): number[] {
  const starts = events.filter(({ kind }) => kind === 'start')
  const before = starts.filter(({ unixMs }) => unixMs <= startMs).slice(-1)
  const within = starts.filter(({ unixMs }) => unixMs > startMs)
  return [...before, ...within].map(({ data }) => Number(data.pid))
}

/** Longest stretch over which shares are told. */
const longestStretchMs = 3_600_000

const stretchOf = ({ episode, blame }: Candidate): TimeRange => {
  const startMs = episode.startMs - (blame?.leadMs ?? 0)
  return { startMs: Math.max(startMs, episode.endMs - longestStretchMs), endMs: episode.endMs }
}

type Blamed = Attribution | { readonly culprits: readonly Actor[]; readonly waiters: readonly Actor[] }

async function attributed(
  { sources, openDescriptors }: ExplainParts,
  tracks: Tracks,
  { blame, episode }: Candidate,
  usage: Usage | undefined,
  window: TimeRange,
): Promise<Blamed> {
  if (blame === undefined) return { culprits: [], waiters: [] }
  await breathe()
  if (blame.by === 'descriptors') return attributeDescriptors(openDescriptors, sources.now(), window)
  const found: Attribution =
    usage === undefined || usage.ticks === 0
      ? { culprits: [], waiters: [], attribution: 'processes of that time are not recorded' }
      : attribute(blame, usage)
  if (blame.waiters === undefined || blame.cgroup !== undefined) return found
  return { ...found, waiters: [...found.waiters, ...(await waitingGroups(tracks, blame.waiters, episode))] }
}

async function pastOf(sources: Sources, { leading, episode }: Candidate): Promise<Unusualness | undefined> {
  if (leading === undefined || leading.isMade === true) return undefined
  return unusualness(sources, leading, episode.mean, episode.sinceMs)
}

function findingOf(candidate: Candidate, blamed: Blamed, rank: number, past: Unusualness | undefined): ExplainFinding {
  const { resource, instance, kind, severity, episode, evidence } = candidate
  return {
    rank,
    resource,
    ...(instance === undefined ? {} : { instance }),
    severity: Math.round(severity * 1000) / 1000,
    kind,
    sentence: sentenceOf(candidate, blamed),
    sinceMs: Math.round(episode.sinceMs),
    isOlder: episode.isOlder,
    startMs: Math.round(episode.startMs),
    endMs: Math.round(episode.endMs),
    ...(past === undefined ? {} : { unusualness: past }),
    evidence,
    ...blamed,
  }
}

/** Shorter is told without its length. */
const leastTold = 2

/** What, for how long, who, and whom it harmed. No times of day: who reads it knows the zone. */
function sentenceOf({ clause, episode, resource }: Candidate, { culprits, waiters }: Blamed): string {
  const isEvent = episode.hotSeconds < leastTold || resource === 'time' || resource === 'descriptors'
  const how = isEvent ? '' : ` for ${duration(episode.hotSeconds)}`
  const [culprit] = culprits
  const waiter = waiters.find(({ pid }) => pid !== culprit?.pid)
  const who = culprit === undefined ? '' : `; ${culprit.sentence}`
  const whom = waiter === undefined ? '' : `; ${waiter.sentence}`
  return `${capitalized(clause)}${how}${who}${whom}.`
}

function summaryOf(findings: readonly ExplainFinding[], { share }: UsageReading, isUnrecorded: boolean): string {
  const [first] = findings
  if (first !== undefined) return first.sentence
  if (isUnrecorded) return 'Nothing is recorded of that time.'
  return share === 0 ? 'Nothing was short, as far as it is recorded: processes are not.' : 'Nothing was short.'
}
