import type { Episode } from '../episode.ts'
import {
  assess,
  type Candidate,
  evidenceOf,
  type Judge,
  type JudgeContext,
  present,
  severityOf,
  summarized,
} from '../finding.ts'
import { count, duration, percent } from '../phrases.ts'
import type { Track } from '../tracks.ts'
import { ratioOf } from './disk.ts'

/**
 * Open files. Used: against the kernel's limit, which is beyond reach on new systems; what people meet is a leak, a count
 * that only grows, long before a limit of one process stops it.
 */
export const judgeDescriptors: Judge = async (context) => {
  const { tracks } = context
  const open = await tracks.one('system.file_descriptor.count')
  const limit = await tracks.one('system.file_descriptor.limit')
  const used = ratioOf('system.file_descriptor.count', open, limit)
  const short = assess(context, {
    resource: 'descriptors',
    signals: [
      {
        track: used,
        band: 'errors',
        bound: { on: 0.8 },
        full: 1,
        tell: ({ mean }) => `${percent(mean)} of the file descriptors of the machine were taken`,
      },
    ],
    blame: () => ({ by: 'descriptors' }),
  })
  const leak = open === undefined ? undefined : leakOf(context, open)
  return {
    candidates: present([short ?? leak]),
    resources: [
      summarized(context, { resource: 'descriptors', isShort: (short ?? leak) !== undefined }, { used: used ?? open }),
    ],
  }
}

/** Growth that is a leak: so many, and so much of what there was. */
const leastGrowth = 1000
const leastShare = 0.5
/** Fewer steps are one program that opened its files. */
const leastSteps = 5
/** A fall by more than this share of the growth ends it. */
const fallShare = 0.2

interface Growth {
  readonly from: number
  readonly to: number
  readonly by: number
}

function leakOf(context: JudgeContext, open: Track): Candidate | undefined {
  const growth = longestGrowth(open, context.span.window)
  if (growth === undefined) return undefined
  const { from, to, by } = growth
  const startMs = open.unixMs[from] as number
  const endMs = open.unixMs[to] as number
  const seconds = (endMs - startMs) / 1000
  const episode: Episode = {
    startMs: Math.max(startMs, context.span.window.startMs),
    endMs,
    hotSeconds: seconds,
    mean: open.avg[to] as number,
    peak: open.avg[to] as number,
    sinceMs: startMs,
    isOlder: from === 0,
    baseline: open.avg[from] as number,
  }
  const tell = (): string =>
    `${count(by)} file descriptors were opened and not closed again within ${duration(seconds)}`
  return {
    resource: 'descriptors',
    kind: 'saturation',
    severity: severityOf('saturation', Math.log10(by / leastGrowth) / 2 + 0.3, seconds),
    clause: tell(),
    episode,
    leading: open,
    evidence: [evidenceOf(open, episode, tell, context.span.window)],
    blame: { by: 'descriptors' },
  }
}

/** The largest growth that reaches into the window: from a low to the high after it, without a fall between. */
function longestGrowth(open: Track, { startMs, endMs }: { startMs: number; endMs: number }): Growth | undefined {
  let best: Growth | undefined
  let from = -1
  let highest = -1
  for (let i = 0; i < open.unixMs.length; i++) {
    const value = open.avg[i] as number
    if (Number.isNaN(value)) continue
    const low = from < 0 ? Number.NaN : (open.avg[from] as number)
    const high = highest < 0 ? Number.NaN : (open.avg[highest] as number)
    if (from < 0 || value <= low || high - value > fallShare * Math.max(high - low, leastGrowth)) {
      from = i
      highest = i
    } else if (value > high) highest = i
    const at = open.unixMs[highest] as number
    const by = (open.avg[highest] as number) - (open.avg[from] as number)
    const isLeak = by >= leastGrowth && by >= leastShare * (open.avg[from] as number) && highest - from >= leastSteps
    if (isLeak && at >= startMs && at <= endMs && by > (best?.by ?? 0))
      best = { from: riseFrom(open, from, highest), to: highest, by }
  }
  return best
}

/** Where the growth really begins: the last step that is still near the low. */
function riseFrom(open: Track, from: number, to: number): number {
  const low = open.avg[from] as number
  const near = low + ((open.avg[to] as number) - low) * 0.05
  let start = from
  for (let i = from; i < to; i++) if ((open.avg[i] as number) <= near) start = i
  return start
}
