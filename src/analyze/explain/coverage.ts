import type { ExplainCoverage } from '../../api/explain-contract.ts'
import type { StoredEvent } from '../../store/store.ts'
import type { Track } from './tracks.ts'
import type { Span } from './window.ts'

type Gap = ExplainCoverage['gaps'][number]

/** Ticks further apart than so many intervals are a gap. */
const gapIntervals = 2.5
const minuteMs = 60_000

/** For which part of the window there are ticks, and why not for the rest. */
export function coverageOf(
  track: Track | undefined,
  { window, stepMs }: Span,
  intervalMs: number,
  events: readonly StoredEvent[],
): Pick<ExplainCoverage, 'share' | 'gaps'> {
  if (track === undefined) return { share: 0, gaps: [{ ...window, reason: 'nothing is recorded' }] }
  const leastMs = stepMs >= minuteMs ? 1.5 * stepMs : gapIntervals * intervalMs
  const ticks: number[] = []
  for (let i = 0; i < track.unixMs.length; i++) {
    const at = track.unixMs[i] as number
    if (at >= window.startMs - stepMs && at <= window.endMs && !Number.isNaN(track.avg[i])) ticks.push(at)
  }
  const gaps: Gap[] = []
  let last = window.startMs
  for (const at of [...ticks, window.endMs]) {
    if (at - last >= leastMs)
      gaps.push({ startMs: last, endMs: at, reason: reasonOf(last, at, events, Math.max(slackMs, leastMs)) })
    last = Math.max(last, at)
  }
  const missing = gaps.reduce((sum, gap) => sum + gap.endMs - gap.startMs, 0)
  const whole = window.endMs - window.startMs
  return { share: Math.min(1, Math.max(0, 1 - missing / whole)), gaps }
}

const slackMs = 3000

/** What happened about then. An event is noted at the tick after the gap. */
function reasonOf(startMs: number, endMs: number, events: readonly StoredEvent[], slack: number): string {
  const near = events.filter(({ unixMs }) => unixMs >= startMs - slack && unixMs <= endMs + slack)
  const has = (kind: string): StoredEvent | undefined => near.find((event) => event.kind === kind)
  const suspend = has('suspend')
  if (suspend !== undefined) return suspend.message
  const step = has('clock_step')
  if (step !== undefined) return step.message
  const unclean = has('unclean_shutdown')
  if (unclean !== undefined) return unclean.message
  if (has('stop') !== undefined || has('start') !== undefined) return 'sysmon was not running'
  return has('gap')?.message ?? 'nothing is recorded'
}
