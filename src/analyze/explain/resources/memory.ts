import type { TimeRange } from '../../../store/store.ts'
import { assess, type Blame, type Judge, present, type Signal, summarized } from '../finding.ts'
import { count, percent } from '../phrases.ts'
import { combined, sumOf, type Track, type Tracks, totalIn } from '../tracks.ts'

/** What fills memory begins before it is full: so long before is asked who grew. */
const leadMs = 120_000

/**
 * Memory. Used: what is not available. Saturated: by PSI the share of time tasks waited for memory, pages looked for by
 * the tasks themselves (direct reclaim), pages that were thrown out and came back (refaults). Errors: processes killed.
 */
export const judgeMemory: Judge = async (context) => {
  const { tracks, span } = context
  const some = await tracks.one('system.pressure.some', { resource: 'memory' })
  const kills = await tracks.one('system.linux.memory.oom_kills')
  const usage = await tracks.one('system.memory.usage', { state: 'used' })
  const candidate = assess(context, {
    resource: 'memory',
    signals: [
      killSignal(kills, kills === undefined ? 0 : Math.round(totalIn(kills, span.window))),
      ...stallSignals(some, await tracks.one('system.pressure.full', { resource: 'memory' })),
      ...(await pageSignals(tracks)),
    ],
    blame: (worst) => ({ ...blameMemory(usage, worst), ...killedFirst(kills) }),
  })
  return {
    candidates: present([candidate]),
    resources: [
      summarized(
        context,
        { resource: 'memory', isShort: candidate !== undefined },
        { used: await tracks.one('system.memory.utilization'), saturated: some, errors: kills },
      ),
    ],
    ...(some === undefined
      ? { missing: [{ what: 'waiting for memory (PSI)', reason: 'the record has no /proc/pressure/memory' }] }
      : {}),
  }
}

const killSignal = (track: Track | undefined, killed: number): Signal => ({
  track,
  band: 'lost',
  bound: { on: 0.001, leastSeconds: 0 },
  full: 1,
  tell: () => `the kernel killed ${killed <= 1 ? 'a process' : `${killed} processes`} for want of memory`,
})

const stallSignals = (some: Track | undefined, full: Track | undefined): Signal[] => [
  {
    track: full,
    band: 'stall',
    // All work stood still for memory: from 3 % on it is thrashing, not a hiccup.
    bound: { on: 0.03 },
    full: 0.4,
    tell: ({ mean }) => `all tasks stood still for memory ${percent(mean)} of the time`,
  },
  {
    track: some,
    band: 'stall',
    bound: { on: 0.05 },
    full: 0.8,
    tell: ({ mean }) => `tasks waited for memory ${percent(mean)} of the time`,
  },
]

async function pageSignals(tracks: Tracks): Promise<Signal[]> {
  const available = await tracks.one('system.linux.memory.available')
  const limit = await tracks.one('system.memory.limit')
  const left =
    available === undefined || limit === undefined
      ? undefined
      : combined('system.linux.memory.available', '1', [available, limit], ([part = 0, whole = 0]) => part / whole)
  const refaults = await tracks.shared('system.linux.memory.refaults')
  return [
    {
      track: await tracks.one('system.linux.memory.scanned', { by: 'direct' }),
      band: 'saturation',
      bound: { on: 1000 },
      full: 100_000,
      tell: ({ mean }) => `tasks had to look for free pages themselves, ${count(mean)} a second`,
    },
    {
      track: left,
      band: 'utilization',
      bound: { on: 0.08, isLowBad: true },
      full: 0.01,
      tell: ({ mean, peak }) => `${percent(mean)} of memory was available, ${percent(peak)} at the least`,
    },
    {
      track: sumOf('system.linux.memory.refaults', '{page}/s', refaults),
      band: 'saturation',
      isContext: true,
      bound: { on: 500 },
      full: 50_000,
      tell: ({ mean }) => `${count(mean)} pages a second came back that had been thrown out`,
    },
  ]
}

/** The kernel is quick: who was killed is gone within this time. */
const killSlackMs = 2500

/** Who ended as the kernel killed, and had grown, was killed: others may have grown more in the time before. */
export function killedFirst(kills: Track | undefined): Pick<Blame, 'order'> {
  const times = kills === undefined ? [] : kills.unixMs.filter((_, i) => (kills.avg[i] as number) > 0)
  if (times.length === 0) return {}
  return {
    order: ({ hasEnded, lastMs }, amount) =>
      hasEnded && amount >= leastKilled && times.some((at) => Math.abs(at - lastMs) <= killSlackMs) ? 1 : 0,
  }
}
const leastKilled = 16 * 1024 ** 2

export function blameMemory(usage: Track | undefined, { startMs, endMs }: TimeRange): Blame {
  const total = usage === undefined ? 0 : riseIn(usage, { startMs: startMs - leadMs, endMs })
  return { by: 'memory', waiters: 'memory', leadMs, ...(total > 0 ? { total } : {}) }
}

/** How far it rose within a time, from its lowest to the highest after it. */
export function riseIn(track: Track, { startMs, endMs }: TimeRange): number {
  let lowest = Number.POSITIVE_INFINITY
  let rise = 0
  for (let i = 0; i < track.unixMs.length; i++) {
    const at = track.unixMs[i] as number
    if (at < startMs || at > endMs || Number.isNaN(track.avg[i])) continue
    lowest = Math.min(lowest, track.min[i] as number)
    rise = Math.max(rise, (track.max[i] as number) - lowest)
  }
  return rise
}
