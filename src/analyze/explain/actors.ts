import type { Actor } from '../../api/explain-contract.ts'
import { serviceOfCgroup } from '../../base/service-name.ts'
import type { Blame } from './finding.ts'
import { bytes, count, duration, percent } from './phrases.ts'
import type { ProcessUse, Usage } from './usage.ts'

/** Who did it and who waited, in shares of what was used. */
export interface Attribution {
  readonly culprits: readonly Actor[]
  readonly waiters: readonly Actor[]
  readonly unattributedShare?: number
  readonly attribution?: string
}

/** Culprits told at most, and the least share that is told. */
const mostActors = 5
const leastShare = 0.03
/** Processes of one name are told as one from so many on. */
const leastGroup = 3

interface Measure {
  readonly unit: string
  /** `reaped`: how much of what parents reaped there was room for, see `reapedShare`. */
  readonly amount: (use: ProcessUse, reaped: number) => number
  readonly tell: (amount: number, share: number | undefined, use: ProcessUse) => string
  readonly attribution: string
  /** Least amount worth a word. */
  readonly least: number
}

const ofAll = (share: number | undefined): string => (share === undefined ? '' : `, ${percent(share)} of it`)
const childrenText = ({ childrenSeen }: ProcessUse): string =>
  childrenSeen < leastGroup ? '' : ', its short-lived children included'

const cpuOf = (use: ProcessUse, reaped = 1): number =>
  use.cpuSeconds + use.reapedSeconds * reaped + use.childrenCpuSeconds

const measures: Readonly<Record<Blame['by'], Measure>> = {
  cpu: {
    unit: 's',
    amount: cpuOf,
    tell: (amount, share, use) => `used ${duration(amount)} of CPU time${ofAll(share)}${childrenText(use)}`,
    attribution: 'by CPU time, that of ended children with their parent',
    least: 0.05,
  },
  kernel: {
    unit: 's',
    amount: (use) => use.systemSeconds,
    tell: (amount, share) => `spent ${duration(amount)} in the kernel${ofAll(share)}`,
    attribution: 'traffic is not recorded by process: by time spent in the kernel, which it costs',
    least: 0.2,
  },
  io: {
    unit: 'By',
    amount: (use) => use.readBytes + use.writtenBytes + use.childrenWrittenBytes,
    tell: (amount, share) => `read and wrote ${bytes(amount)}${ofAll(share)}`,
    attribution: 'by bytes read from and sent to storage',
    least: 64 * 1024,
  },
  memory: {
    unit: 'By',
    amount: (use) => Math.max(0, use.peakResidentBytes - use.firstResidentBytes),
    tell: (amount, share) => `grew by ${bytes(amount)}${ofAll(share)}`,
    attribution: 'by growth of resident memory, which counts shared pages in every process',
    least: 4 * 1024 ** 2,
  },
  forks: {
    unit: '{process}',
    amount: (use, reaped) => use.reapedSeconds * reaped + use.childrenCpuSeconds,
    tell: (amount, share, use) =>
      `its short-lived children used ${duration(amount)} of CPU time${ofAll(share)}${use.childrenSeen === 0 ? '' : `; ${count(use.childrenSeen)} of them were seen`}`,
    attribution: 'by CPU time of ended children that the parent waited for',
    least: 0.02,
  },
  threads: {
    unit: '{thread}',
    amount: (use) => use.threads,
    tell: (amount) => `had ${count(amount)} threads`,
    attribution: 'by threads',
    least: 2,
  },
  blocked: {
    unit: 's',
    amount: (use) => use.longestBlockedSeconds,
    tell: (amount) => `was uninterruptible for ${duration(amount)} on end`,
    attribution: 'by state D, seen each second',
    least: 3,
  },
  descriptors: {
    unit: '{file_descriptor}',
    amount: () => 0,
    tell: (amount) => `has ${count(amount)} descriptors open`,
    attribution: 'descriptors are not recorded by process',
    least: 1,
  },
}

const inGroup = (use: ProcessUse, group: string): boolean => use.cgroup === group || use.cgroup.startsWith(`${group}/`)

/** Of a stretch. `total` is in the unit of the measure and for the seconds that the usage covers. */
export function attribute(blame: Blame, usage: Usage): Attribution {
  const measure = measureFor(blame, usage)
  const fits = (use: ProcessUse): boolean =>
    (blame.cgroup === undefined || inGroup(use, blame.cgroup)) && (blame.pids?.includes(use.pid) ?? true)
  const all = usage.processes()
  const uses = all.filter(fits)
  const reaped = reapedShare(blame, usage)
  const amounts = uses.map((use) => ({ use, amount: measure.amount(use, reaped) })).filter(({ amount }) => amount > 0)
  const told = amounts.reduce((sum, { amount }) => sum + amount, 0)
  const canShare = blame.by !== 'blocked' && blame.by !== 'threads' && blame.by !== 'descriptors'
  const total = totalOf(blame, usage)
  const whole = canShare ? Math.max(total ?? told, told) : undefined
  const actors = grouped(amounts, blame.order)
    .filter(({ amount }) => amount >= measure.least && (whole === undefined || amount / whole >= leastShare))
    .slice(0, mostActors)
    .map((group) => actorOf(group, measure, whole))
  const hidden = blame.by === 'io' ? all.filter(({ isIoHidden }) => isIoHidden).length : 0
  const caveats = [
    measure.attribution,
    blame.caveat,
    hidden === 0 ? undefined : `the I/O of ${count(hidden)} processes may not be read`,
  ].filter((text) => text !== undefined)
  const isWhole = whole !== undefined && whole > 0
  return {
    culprits: actors,
    waiters: waitersOf(blame, uses, actors),
    ...(isWhole ? { unattributedShare: Math.max(0, 1 - told / whole) } : {}),
    attribution: caveats.join('; '),
  }
}

/**
 * Parents are told of their children's time when they wait for them, which may be of long before: all together never more
 * than what the CPUs have left beside the processes that were seen (C18).
 */
function reapedShare(blame: Blame, usage: Usage): number {
  const total = blame.cgroup === undefined && blame.pids === undefined ? totalOf(blame, usage) : undefined
  if (total === undefined || (blame.by !== 'cpu' && blame.by !== 'forks')) return 1
  return Math.min(1, Math.max(0, total - usage.cpuSeconds) / Math.max(usage.reapedSeconds, 1e-9))
}

const totalOf = ({ total, perSecond }: Blame, { seconds }: Usage): number | undefined =>
  total ?? (perSecond === undefined ? undefined : perSecond * seconds)

/** Bytes on a tmpfs and of the network are no one's: kernel time stands in where the bytes are far from the whole. */
function measureFor(blame: Blame, usage: Usage): Measure {
  const measure = measures[blame.by]
  if (blame.by !== 'io') return measure
  const { direction } = blame
  if (direction === undefined) return measure
  const of = (use: ProcessUse): number =>
    direction === 'read' ? use.readBytes : use.writtenBytes + use.childrenWrittenBytes
  const told = usage.processes().reduce((sum, use) => sum + of(use), 0)
  const total = totalOf(blame, usage)
  if (total !== undefined && told < total * leastTold) {
    return { ...measures.kernel, attribution: 'its bytes are not recorded by process: by time spent in the kernel' }
  }
  const verb = direction === 'read' ? 'read' : 'wrote'
  return { ...measure, amount: of, tell: (amount, share) => `${verb} ${bytes(amount)}${ofAll(share)}` }
}
const leastTold = 0.2

interface Group {
  readonly uses: readonly ProcessUse[]
  readonly amount: number
}

/**
 * One by one, or those of one name and control group as one where they are many and none of them stands out: sixty
 * workers of a percent each are one culprit.
 */
function grouped(
  amounts: readonly { readonly use: ProcessUse; readonly amount: number }[],
  order?: Blame['order'],
): Group[] {
  const byName = new Map<string, { uses: ProcessUse[]; amount: number; most: number }>()
  for (const { use, amount } of amounts) {
    const key = `${use.name}\u0000${use.cgroup}`
    const group = byName.get(key) ?? { uses: [], amount: 0, most: 0 }
    group.uses.push(use)
    group.amount += amount
    group.most = Math.max(group.most, amount)
    byName.set(key, group)
  }
  const groups: Group[] = []
  for (const [key, group] of byName) {
    // Who is looked for by more than the amount is one process.
    if (order === undefined && group.uses.length >= leastGroup && group.most < group.amount / 2) groups.push(group)
    else byName.delete(key)
  }
  for (const { use, amount } of amounts) {
    if (!byName.has(`${use.name}\u0000${use.cgroup}`)) groups.push({ uses: [use], amount })
  }
  const rank = ({ uses, amount }: Group): number => Math.max(...uses.map((use) => order?.(use, amount) ?? 0))
  return groups.sort((a, b) => rank(b) - rank(a) || b.amount - a.amount || firstPid(a) - firstPid(b))
}
const firstPid = ({ uses }: Group): number => uses[0]?.pid ?? 0

function actorOf({ uses, amount }: Group, measure: Measure, whole: number | undefined): Actor {
  const largest = uses.reduce((a, b) => (cpuOf(b) > cpuOf(a) ? b : a), uses[0] as ProcessUse)
  const share = whole === undefined || whole <= 0 ? undefined : amount / whole
  return actor(largest, uses.length, amount, measure.unit, measure.tell(amount, share, largest), share)
}

export function actor(
  use: ProcessUse,
  processes: number,
  amount: number,
  unit: string,
  does: string,
  share?: number,
): Actor {
  const service = serviceOfCgroup(use.cgroup)
  const who = processes > 1 ? `${count(processes)} processes ${use.name}` : `${use.name} (pid ${use.pid})`
  return {
    pid: use.pid,
    startTicks: use.startTicks,
    name: use.name,
    ...(use.command === '' ? {} : { command: use.command }),
    ...(use.cgroup === '' ? {} : { cgroup: use.cgroup }),
    ...(service === undefined ? {} : { service }),
    ...(processes > 1 ? { processes } : {}),
    ...(share === undefined ? {} : { share }),
    amount,
    unit,
    ...(use.hasEnded ? { hasEnded: true } : {}),
    sentence: `${who} ${does}`,
  }
}

/** Who uses less than this beside the first is more harmed than at fault. */
const largeShare = 0.25
/** Waits shorter than this in all are nobody's pain, seconds. */
const leastWaitSeconds = 0.3

function waitersOf({ waiters }: Blame, uses: readonly ProcessUse[], culprits: readonly Actor[]): Actor[] {
  if (waiters === undefined) return []
  const waitOf = (use: ProcessUse): number => {
    if (waiters === 'cpu') return use.waitSeconds
    // Delay accounting is off on many machines: the state seen each second tells it then.
    const delay = Math.max(use.ioDelaySeconds, use.blockedTicks)
    return waiters === 'io' ? delay : Math.max(delay, use.majorFaults > 0 ? use.blockedTicks : 0)
  }
  const amounts = uses.map((use) => ({ use, amount: waitOf(use) })).filter(({ amount }) => amount >= leastWaitSeconds)
  const sum = amounts.reduce((total, { amount }) => total + amount, 0)
  const isCulprit = (use: ProcessUse): boolean =>
    culprits.some(
      ({ pid, startTicks, share = 1 }, rank) =>
        (rank === 0 || share >= largeShare) && pid === use.pid && startTicks === use.startTicks,
    )
  // Who uses most waits too, and threads of the kernel wait for others; whom it harms comes first.
  const order = (group: readonly ProcessUse[]): number =>
    group.every(isCulprit) ? 2 : group.every(({ name }) => name.startsWith('[')) ? 1 : 0
  const groups = grouped(amounts).sort((a, b) => order(a.uses) - order(b.uses) || b.amount - a.amount)
  const what = waiters === 'cpu' ? 'a CPU' : waiters === 'io' ? 'storage' : 'memory'
  return groups.slice(0, mostActors).map(({ uses: group, amount }) => {
    const largest = group.reduce((a, b) => (waitOf(b) > waitOf(a) ? b : a), group[0] as ProcessUse)
    return actor(largest, group.length, amount, 's', `waited ${duration(amount)} for ${what}`, amount / sum)
  })
}
