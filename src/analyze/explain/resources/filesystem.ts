import type { ResourceUse } from '../../../api/explain-contract.ts'
import type { TimeRange } from '../../../store/store.ts'
import { assess, type Blame, byLabel, type Candidate, type Judge, type JudgeContext, summarized } from '../finding.ts'
import { bytes, percent } from '../phrases.ts'
import { hasLabels, levelIn, type Track } from '../tracks.ts'
import { riseIn } from './memory.ts'

/** What fills begins before it is full. */
const leadMs = 300_000

/** Filesystems, each. Used: space and inodes. One that got full in the time looked at has lost somebody's writes. */
export const judgeFilesystem: Judge = async (context) => {
  const { tracks } = context
  const space = await tracks.of('system.filesystem.utilization')
  const inodes = await tracks.of('system.filesystem.inodes.utilization')
  const readOnly = await byLabel(tracks, 'system.filesystem.read_only', 'mountpoint')
  const candidates: Candidate[] = []
  const resources: ResourceUse[] = []
  for (const track of space) {
    const mountpoint = track.labels.mountpoint ?? ''
    // An image is full by design.
    if ((readOnly.get(mountpoint) ?? []).some((one) => levelIn(one, context.span.window)?.mean === 1)) continue
    const own = inodes.find(({ labels }) => hasLabels(labels, { mountpoint }))
    const candidate = await judgeMount(context, mountpoint, track, own)
    if (candidate !== undefined) candidates.push(candidate)
    resources.push(
      summarized(
        context,
        { resource: 'filesystem', instance: mountpoint, isShort: candidate !== undefined },
        { used: track },
      ),
    )
  }
  return { candidates, resources }
}

async function judgeMount(
  context: JudgeContext,
  mountpoint: string,
  space: Track,
  inodes: Track | undefined,
): Promise<Candidate | undefined> {
  const used = (await context.tracks.of('system.filesystem.usage', { mountpoint, state: 'used' }))[0]
  const candidate = assess(context, {
    resource: 'filesystem',
    instance: mountpoint,
    signals: [
      {
        track: space,
        band: 'lost',
        bound: { on: 0.99, leastSeconds: 0 },
        full: 1,
        tell: fullText(mountpoint, 'space'),
      },
      {
        track: inodes,
        band: 'lost',
        bound: { on: 0.99, leastSeconds: 0 },
        full: 1,
        tell: fullText(mountpoint, 'inodes'),
      },
      {
        track: space,
        band: 'utilization',
        // Filesystems slow down and people are paged from about here on.
        bound: { on: 0.95, leastSeconds: 0 },
        full: 1,
        tell: ({ peak }) => `${mountpoint} is ${percent(peak)} full`,
      },
    ],
    blame: (worst) => (used === undefined ? undefined : blameFilling(mountpoint, used, worst)),
  })
  // Full all along: a standing condition, which is not what made this window slow.
  if (candidate?.episode.isOlder === true && candidate.blame === undefined)
    return { ...candidate, severity: standingSeverity, kind: 'utilization' }
  return candidate
}
const standingSeverity = 0.12

/** Writes are recorded by process, not by filesystem: who wrote as much as was added, while it was added, is the one. */
function blameFilling(mountpoint: string, used: Track, { startMs, endMs }: TimeRange): Blame | undefined {
  const total = riseIn(used, { startMs: startMs - leadMs, endMs })
  if (total <= 0) return undefined
  const beganMs = riseBegan(used, { startMs: startMs - leadMs, endMs })
  return {
    by: 'io',
    direction: 'write',
    leadMs: Math.max(0, startMs - beganMs + lateMs),
    total,
    order: (_, amount) => Math.min(amount, total) / Math.max(amount, total),
    caveat: `${bytes(total)} were added to ${mountpoint}; by who wrote as much while it was`,
  }
}

/** Space is read every ten seconds, if nothing else is configured, and later when the machine is busy. */
const lateMs = 12_000

/** The last time that it was near its lowest. */
function riseBegan(track: Track, { startMs, endMs }: TimeRange): number {
  let lowest = Number.POSITIVE_INFINITY
  let highest = Number.NEGATIVE_INFINITY
  const places = track.unixMs.flatMap((at, i) =>
    at >= startMs && at <= endMs && !Number.isNaN(track.avg[i]) ? [i] : [],
  )
  for (const i of places) {
    lowest = Math.min(lowest, track.avg[i] as number)
    highest = Math.max(highest, track.avg[i] as number)
  }
  const near = lowest + (highest - lowest) * 0.02
  const last = places.findLast((i) => (track.avg[i] as number) <= near)
  return last === undefined ? startMs : (track.unixMs[last] as number) - track.stepMs
}

const fullText =
  (mountpoint: string, what: 'space' | 'inodes') =>
  ({ peak }: { readonly peak: number }): string =>
    peak >= 0.9995
      ? `${mountpoint} ran out of ${what}`
      : `${mountpoint} has hardly any ${what} left (${percent(peak)} taken)`
