import type { ResourceUse } from '../../../api/explain-contract.ts'
import {
  assess,
  type Blame,
  type Candidate,
  type Judge,
  type JudgeContext,
  type Signal,
  summarized,
} from '../finding.ts'
import { count, duration, percent } from '../phrases.ts'
import { hasLabels, levelIn, type Track, totalIn } from '../tracks.ts'
import { ratioOf } from './disk.ts'
import { killedFirst } from './memory.ts'

/**
 * Limits of control groups: held back by a CPU quota, at the memory limit and killed for it, out of process numbers.
 * A group can starve on a machine that is idle, which no number of the host shows.
 */
export const judgeCgroups: Judge = async (context) => {
  const { tracks } = context
  const throttled = await tracks.of('cgroup.cpu.throttled.time')
  const kills = await tracks.of('cgroup.memory.events', { type: 'oom_kill' })
  const atLimit = await tracks.of('cgroup.memory.events', { type: 'max' })
  const memory = await tracks.of('cgroup.memory.utilization')
  const counts = await tracks.of('cgroup.process.count')
  const limits = await tracks.of('cgroup.process.limit')
  const groups = new Map<string, Readonly<Record<string, string>>>()
  for (const { labels } of [...throttled, ...kills, ...atLimit, ...memory, ...limits])
    groups.set(groupKey(labels), groupOf(labels))
  const candidates: Candidate[] = []
  const resources: ResourceUse[] = []
  for (const labels of groups.values()) {
    const of = (list: readonly Track[]): Track | undefined => list.find((track) => hasLabels(track.labels, labels))
    const pids = ratioOf('cgroup.process.count', of(counts), of(limits))
    const found = [
      await judgeQuota(context, labels, of(throttled)),
      judgeMemoryLimit(context, labels, of(kills), of(atLimit), of(memory)),
      judgePids(context, labels, pids),
    ].filter((candidate) => candidate !== undefined)
    candidates.push(...found)
    // Two hundred idle groups are no news: those with a limit stand in the list.
    if (found.length === 0 && of(memory) === undefined && !isMoving(of(throttled), context)) continue
    resources.push(
      summarized(
        context,
        { resource: 'cgroup', instance: nameOf(labels), isShort: found.length > 0 },
        { used: of(memory), saturated: of(throttled), errors: of(kills) },
      ),
    )
  }
  const missing = groups.size === 0 ? [{ what: 'control groups', reason: 'none with limits is recorded' }] : []
  return { candidates, resources, missing }
}

const groupOf = ({ cgroup = '', name = '' }: Readonly<Record<string, string>>) => ({ cgroup, name })
const groupKey = (labels: Readonly<Record<string, string>>): string => `${labels.cgroup} ${labels.name}`
const nameOf = ({ cgroup = '', name = '' }: Readonly<Record<string, string>>): string => (name === '' ? cgroup : name)
const isMoving = (track: Track | undefined, { span }: JudgeContext): boolean =>
  track !== undefined && (levelIn(track, span.window)?.peak ?? 0) > 0

/** `self` is the group sysmon runs in: its path is its name, where that is one. */
function pathOf({ cgroup = '', name = '' }: Readonly<Record<string, string>>): Pick<Blame, 'cgroup'> {
  if (cgroup !== 'self') return { cgroup }
  return name.startsWith('/') && name !== '/' ? { cgroup: name } : {}
}

async function judgeQuota(
  context: JudgeContext,
  labels: Readonly<Record<string, string>>,
  throttled: Track | undefined,
): Promise<Candidate | undefined> {
  if (!isMoving(throttled, context)) return undefined
  const { tracks } = context
  const [held] = await tracks.of('cgroup.cpu.periods', { ...labels, state: 'throttled' })
  const [free] = await tracks.of('cgroup.cpu.periods', { ...labels, state: 'free' })
  const [limit] = await tracks.of('cgroup.cpu.limit', labels)
  const [used] = await tracks.of('cgroup.cpu.utilization', labels)
  const periods = held === undefined || free === undefined ? undefined : heldShare(held, free)
  const quota = limit === undefined ? undefined : levelIn(limit, context.span.window)?.mean
  const of = quota === undefined ? 'its CPU limit' : `its limit of ${quota < 10 ? quota.toFixed(1) : count(quota)} CPUs`
  const name = nameOf(labels)
  const signals: Signal[] = [
    {
      track: throttled,
      band: 'stall',
      // Summed over the CPUs that stood still: a tenth of a second in each is felt as latency.
      bound: { on: 0.1 },
      full: 1.5,
      tell: ({ mean }) => `${name} was held back by ${of}, ${duration(mean)} in each second`,
    },
    {
      track: periods,
      band: 'saturation',
      isContext: true,
      bound: { on: 0.25 },
      full: 1,
      tell: ({ mean }) => `${name} used up its quota in ${percent(mean)} of the periods`,
    },
  ]
  return assess(context, {
    resource: 'cgroup',
    instance: name,
    signals,
    blame: (worst) => {
      const level = used === undefined ? undefined : levelIn(used, worst)
      return {
        by: 'cpu',
        waiters: 'cpu',
        ...pathOf(labels),
        ...(level === undefined ? {} : { perSecond: level.mean }),
      }
    },
  })
}

const heldShare = (held: Track, free: Track): Track => ({
  ...held,
  unit: '1',
  avg: held.avg.map((value, i) => value / (value + (free.avg[i] ?? Number.NaN))),
  max: held.max.map((value, i) => value / (value + (free.min[i] ?? Number.NaN))),
})

function judgeMemoryLimit(
  context: JudgeContext,
  labels: Readonly<Record<string, string>>,
  kills: Track | undefined,
  atLimit: Track | undefined,
  used: Track | undefined,
): Candidate | undefined {
  const name = nameOf(labels)
  const killed = kills === undefined ? 0 : Math.round(totalIn(kills, context.span.window))
  return assess(context, {
    resource: 'cgroup',
    instance: name,
    signals: [
      {
        track: kills,
        band: 'lost',
        bound: { on: 0.001, leastSeconds: 0 },
        full: 1,
        tell: () => `${killed <= 1 ? 'a process' : `${killed} processes`} of ${name} was killed at its memory limit`,
      },
      {
        track: atLimit,
        band: 'saturation',
        bound: { on: 1 },
        full: 1000,
        tell: ({ mean }) => `${name} met its memory limit ${count(mean)} times a second`,
      },
      {
        track: used,
        band: 'utilization',
        bound: { on: 0.95 },
        full: 1,
        tell: ({ mean }) => `${name} used ${percent(mean)} of its memory limit`,
      },
    ],
    blame: () => ({ by: 'memory', waiters: 'memory', leadMs: 120_000, ...pathOf(labels), ...killedFirst(kills) }),
  })
}

function judgePids(
  context: JudgeContext,
  labels: Readonly<Record<string, string>>,
  used: Track | undefined,
): Candidate | undefined {
  const name = nameOf(labels)
  return assess(context, {
    resource: 'cgroup',
    instance: name,
    signals: [
      {
        track: used === undefined ? undefined : { ...used, labels },
        band: 'errors',
        bound: { on: 0.9 },
        full: 1,
        tell: ({ mean }) => `${name} had ${percent(mean)} of the processes and threads it may have`,
      },
    ],
    blame: () => ({ by: 'threads', ...pathOf(labels) }),
  })
}
