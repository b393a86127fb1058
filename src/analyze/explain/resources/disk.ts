import type { ResourceUse } from '../../../api/explain-contract.ts'
import { assess, byLabel, type Candidate, type Judge, type JudgeContext, type Signal, summarized } from '../finding.ts'
import { bytes, count, latency, percent } from '../phrases.ts'
import { combined, levelIn, sumOf, type Track } from '../tracks.ts'

/**
 * Disks, each physical one. Used: share of time with a request under way. Saturated: requests that wait and how long each
 * takes, and by PSI the share of time tasks waited for storage, which stands with the disk that was busiest.
 */
export const judgeDisk: Judge = async (context) => {
  const { tracks } = context
  const isPhysical = ({ labels }: Track): boolean => labels.role === 'physical'
  const busy = (await tracks.of('system.disk.utilization')).filter(isPhysical)
  const latencies = await byLabel(tracks, 'system.disk.latency', 'device')
  const queues = await byLabel(tracks, 'system.disk.queue', 'device')
  const flows = await byLabel(tracks, 'system.disk.io', 'device')
  const some = await tracks.one('system.pressure.some', { resource: 'io' })
  const full = await tracks.one('system.pressure.full', { resource: 'io' })
  const flow = sumOf('system.disk.io', 'By/s', [...flows.values()].flat().filter(isPhysical))
  const busiest = busiestOf(busy, context)
  const candidates: Candidate[] = []
  const resources: ResourceUse[] = []
  for (const track of busy) {
    const device = track.labels.device ?? ''
    const candidate = assess(context, {
      resource: 'disk',
      instance: device,
      signals: [
        ...(track === busiest ? pressureSignals(some, full) : []),
        ...deviceSignals(device, track, queues.get(device)?.[0], latencies.get(device) ?? []),
        ...(flows.get(device) ?? []).map((one) => flowSignal(device, one)),
      ],
      blame: (worst) => blameIo(flow, worst),
    })
    if (candidate !== undefined) candidates.push(candidate)
    resources.push(
      summarized(
        context,
        { resource: 'disk', instance: device, isShort: candidate !== undefined },
        { used: track, saturated: track === busiest ? (some ?? queues.get(device)?.[0]) : queues.get(device)?.[0] },
      ),
    )
  }
  const elsewhere = busiest === undefined ? elsewhereWaiting(context, some, full, flow) : undefined
  if (elsewhere !== undefined) candidates.push(elsewhere)
  return {
    candidates,
    resources,
    ...(some === undefined
      ? { missing: [{ what: 'waiting for storage (PSI)', reason: 'the record has no /proc/pressure/io' }] }
      : {}),
  }
}

/** A disk that does less than this is not what tasks wait for. */
const leastBusy = 0.05

function busiestOf(busy: readonly Track[], { span }: JudgeContext): Track | undefined {
  const level = (track: Track): number => levelIn(track, span.window)?.peak ?? 0
  const [top] = [...busy].sort((a, b) => level(b) - level(a))
  return top !== undefined && level(top) >= leastBusy ? top : undefined
}

const pressureSignals = (some: Track | undefined, full: Track | undefined): Signal[] => [
  {
    track: full,
    band: 'stall',
    bound: { on: 0.15 },
    full: 0.95,
    tell: ({ mean }) => `all tasks stood still for storage ${percent(mean)} of the time`,
  },
  {
    track: some,
    band: 'stall',
    // A backup makes tasks wait, too: from a quarter of the time on others feel it.
    bound: { on: 0.25 },
    full: 1.2,
    tell: ({ mean }) => `tasks waited for storage ${percent(mean)} of the time`,
  },
]

function deviceSignals(device: string, busy: Track, queue: Track | undefined, latencies: readonly Track[]): Signal[] {
  return [
    {
      track: queue,
      band: 'saturation',
      // NVMe works on many at once by design; behind one queue of 32 (SATA NCQ) half of it waits.
      bound: { on: 16 },
      full: 256,
      tell: ({ mean }) => `${count(mean)} requests were under way on ${device}`,
    },
    ...latencies
      .filter(({ labels }) => labels.direction !== 'discard')
      .map(
        (track): Signal => ({
          track,
          band: 'saturation',
          // Ten times what a seek of a disk takes, a thousand times a flash read.
          bound: { on: 0.1 },
          full: 2,
          tell: ({ mean }) => `a ${track.labels.direction} on ${device} took ${latency(mean)}`,
        }),
      ),
    {
      track: busy,
      band: 'utilization',
      // Busy is not full on a device that works in parallel (iostat(1), %util): use alone ranks low.
      bound: { on: 0.9 },
      full: 1,
      tell: ({ mean }) => `${device} was busy ${percent(mean)} of the time`,
    },
  ]
}

const flowSignal = (device: string, track: Track): Signal => ({
  track,
  band: 'utilization',
  isContext: true,
  bound: { on: 10 * 1024 ** 2 },
  full: 1e9,
  tell: ({ mean }) => `${bytes(mean)}/s ${track.labels.direction === 'read' ? 'read from' : 'written to'} ${device}`,
})

function blameIo(flow: Track | undefined, stretch: { startMs: number; endMs: number }) {
  const level = flow === undefined ? undefined : levelIn(flow, stretch)
  return {
    by: 'io' as const,
    waiters: 'io' as const,
    ...(level === undefined ? {} : { perSecond: level.mean }),
  }
}

/** Tasks wait though no disk here works: a network filesystem, or a device that hangs. */
function elsewhereWaiting(
  context: JudgeContext,
  some: Track | undefined,
  full: Track | undefined,
  flow: Track | undefined,
): Candidate | undefined {
  const candidate = assess(context, {
    resource: 'disk',
    signals: pressureSignals(some, full),
    blame: (worst) => blameIo(flow, worst),
  })
  if (candidate === undefined) return undefined
  return { ...candidate, clause: `${candidate.clause}, though no disk of this machine was busy` }
}

/** Of two directions. */
export const ratioOf = (metric: string, part: Track | undefined, whole: Track | undefined): Track | undefined =>
  part === undefined || whole === undefined
    ? undefined
    : combined(metric, '1', [part, whole], ([a = Number.NaN, b = Number.NaN]) => (b > 0 ? Math.min(1, a / b) : 0))
