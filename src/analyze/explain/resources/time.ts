import type { Actor } from '../../../api/explain-contract.ts'
import type { StoredEvent, TimeRange } from '../../../store/store.ts'
import { actor } from '../actors.ts'
import type { Episode } from '../episode.ts'
import {
  assess,
  type Candidate,
  evidenceOf,
  type JudgeContext,
  type Judged,
  present,
  severityOf,
  summarized,
} from '../finding.ts'
import { duration, percent } from '../phrases.ts'
import { type Track, totalIn } from '../tracks.ts'
import type { ProcessUse } from '../usage.ts'
import { keyOf, readUsages } from '../usage-reading.ts'

/**
 * Time itself: seconds that are missing from the record though sysmon was running. The counters on both sides tell whether
 * the machine went on meanwhile, and sysmon's own row whether it waited for a CPU, for storage, or was stopped.
 */
export interface TimeJudged extends Judged {
  /** Culprits of the stall, which no share of a resource tells. */
  readonly culprits: readonly Actor[]
  readonly waiters: readonly Actor[]
}

/** Ticks further apart than so many intervals are a gap. */
const gapIntervals = 2.5

export async function judgeTime(
  context: JudgeContext,
  events: readonly StoredEvent[],
  ownPids: readonly number[],
): Promise<TimeJudged> {
  const { tracks } = context
  const lateness = await tracks.one('sysmon.tick.lateness')
  const gaps = stalls(context, lateness, events)
  const [longest] = [...gaps].sort((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs))
  const late = assess(context, {
    resource: 'time',
    signals: [
      {
        track: lateness,
        band: 'saturation',
        bound: { on: 0.5, leastSeconds: 2 },
        full: 5,
        tell: ({ mean, peak }) =>
          `sysmon itself was late by ${duration(mean)}, ${duration(peak)} at most: others will have been, too`,
      },
    ],
  })
  const stall = longest === undefined ? undefined : await judgeStall(context, longest, lateness, ownPids)
  return {
    candidates: present([stall?.candidate ?? late]),
    resources: [
      summarized(context, { resource: 'time', isShort: (stall ?? late) !== undefined }, { saturated: lateness }),
    ],
    culprits: stall === undefined ? [] : stall.culprits,
    waiters: [],
  }
}

/** Times without ticks that were no suspend, no restart and no step of the clock. */
function stalls(
  { span, tracks }: JudgeContext,
  lateness: Track | undefined,
  events: readonly StoredEvent[],
): TimeRange[] {
  const { window } = span
  if (span.stepMs >= 60_000 || lateness === undefined) {
    return events
      .filter(({ kind, unixMs }) => kind === 'gap' && unixMs >= window.startMs && unixMs <= window.endMs)
      .map(({ unixMs, data }) => ({ startMs: unixMs - Number(data.seconds ?? 0) * 1000, endMs: unixMs }))
  }
  const found: TimeRange[] = []
  const leastMs = gapIntervals * tracks.sources.intervalMs
  for (let i = 1; i < lateness.unixMs.length; i++) {
    const startMs = lateness.unixMs[i - 1] as number
    const endMs = lateness.unixMs[i] as number
    if (endMs - startMs < leastMs || endMs < window.startMs || startMs > window.endMs) continue
    const isOther = events.some(
      ({ kind, unixMs }) =>
        ['suspend', 'clock_step', 'start', 'stop'].includes(kind) && unixMs >= startMs - 1000 && unixMs <= endMs + 2000,
    )
    if (!isOther) found.push({ startMs, endMs })
  }
  return found
}

async function judgeStall(
  context: JudgeContext,
  gap: TimeRange,
  lateness: Track | undefined,
  ownPids: readonly number[],
): Promise<{ candidate: Candidate; culprits: readonly Actor[] }> {
  const { tracks, span } = context
  const seconds = (gap.endMs - gap.startMs) / 1000
  const ranShare = await ranDuring(context, gap)
  const usage = (await readUsages(tracks.sources.store, [gap])).usages.get(keyOf(gap))
  const own = usage?.processes().find(({ pid }) => ownPids.includes(pid))
  const why = reasonOf(seconds, ranShare, own)
  const episode: Episode = {
    ...gap,
    hotSeconds: seconds,
    mean: seconds,
    peak: seconds,
    sinceMs: gap.startMs,
    isOlder: false,
    baseline: undefined,
  }
  const clause = `nothing was recorded for ${duration(seconds)}: ${why.clause}`
  return {
    candidate: {
      resource: 'time',
      kind: 'saturation',
      severity: severityOf('lost', seconds / 60, seconds),
      clause,
      episode,
      evidence:
        lateness === undefined ? [] : [evidenceOf({ ...lateness, unit: 's' }, episode, () => clause, span.window)],
    },
    culprits: why.culprit === undefined || own === undefined ? [] : [actor(own, 1, seconds, 's', why.culprit)],
  }
}

/** Share of the gap for which the machine's CPUs counted time at all, idle included; undefined: not known. */
async function ranDuring({ tracks, cpus }: JudgeContext, { startMs, endMs }: TimeRange): Promise<number | undefined> {
  const modes = await tracks.of('system.cpu.time', {}, { startMs: startMs - 3000, endMs: endMs + 1 })
  if (modes.length === 0) return undefined
  const counted = modes.reduce((sum, track) => sum + totalIn(track, { startMs: startMs + 1, endMs: endMs + 1 }), 0)
  return counted / cpus / ((endMs - startMs) / 1000)
}

function reasonOf(
  seconds: number,
  ranShare: number | undefined,
  own: ProcessUse | undefined,
): { clause: string; culprit?: string } {
  if (ranShare !== undefined && ranShare < 0.5)
    return {
      clause: 'the whole machine stood still (a paused virtual machine, firmware, or a hypervisor that took it all)',
    }
  if (own === undefined) return { clause: 'sysmon could not run, the machine went on' }
  const share = (part: number): number => part / seconds
  if (share(own.cpuSeconds) > 0.5)
    return { clause: 'sysmon itself was busy', culprit: `used ${duration(own.cpuSeconds)} of CPU time` }
  if (share(own.waitSeconds) > 0.3)
    return {
      clause: `sysmon waited for a CPU ${percent(Math.min(1, share(own.waitSeconds)))} of that time`,
      culprit: 'waited for a CPU',
    }
  if (share(own.ioDelaySeconds) > 0.3) return { clause: 'sysmon waited for storage', culprit: 'waited for storage' }
  return {
    clause: 'sysmon was stopped while the machine went on (SIGSTOP, a debugger, or a frozen control group)',
    culprit: `was stopped for ${duration(seconds)}`,
  }
}
