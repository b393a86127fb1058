import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startProcess, type TestProcess } from '../child-process.ts'
import { endsWithTest } from '../e2e/daemon.ts'
import { canLimitMemory, canThrottle, memoryGroup, throttledGroup } from './control-groups.ts'
import { load, openStage, type Stage, type Staged } from './stage.ts'

/** What is staged: small, on this machine, a few seconds each. */
export interface Incident {
  readonly name: string
  /** Why it cannot be staged here; undefined: it can. */
  readonly why: string | undefined
  /** Its own daemon, where the shared one cannot see it. */
  readonly stage?: () => Promise<{ readonly stage: Stage; close(): Promise<void> }>
  run(stage: Stage): Promise<Staged>
}

const seconds = 6
const isRoot = process.getuid?.() === 0
const rootOnly = isRoot ? undefined : 'only root may do it'
const shell = (script: string): TestProcess => startProcess([...endsWithTest, '/bin/sh', '-c', script])

/** Runs the load for a few ticks and gives the window. */
async function during(stage: Stage, child: TestProcess, ticks = seconds): Promise<{ startMs: number; endMs: number }> {
  const startMs = await stage.now()
  await stage.ticks(ticks)
  const endMs = await stage.now()
  await child[Symbol.asyncDispose]()
  return { startMs, endMs }
}

const cpuHog: Incident = {
  name: 'CPU hog',
  why: undefined,
  run: async (stage) => {
    const child = await load('cpu-hog')
    return { ...(await during(stage, child)), resource: ['cpu'], pids: [child.pid] }
  },
}

const forkStorm: Incident = {
  name: 'fork storm of short-lived processes',
  why: undefined,
  run: async (stage) => {
    const child = shell('while :; do /bin/true & /bin/true; done')
    return { ...(await during(stage, child, seconds + 2)), resource: ['processes'], pids: [child.pid] }
  },
}

const memoryLeak: Incident = {
  name: 'memory leak to OOM in a control group',
  why: canLimitMemory ? undefined : 'no control group with a memory limit may be made',
  run: async (stage) => {
    const group = memoryGroup(320 * 1024 ** 2)
    const startMs = await stage.now()
    const child = await load('memory-leak', [12, 200], ['sh', '-c', `${group.enter}; exec "$@"`, 'sh'])
    await child.ended
    await stage.ticks(2)
    group.remove()
    return { startMs, endMs: await stage.now(), resource: ['memory', 'cgroup'], pids: [child.pid] }
  },
}

/** Sixty-four megabytes, written again and again past the page cache; another process writes little and waits for each byte. */
const diskWriter: Incident = {
  name: 'disk saturated by one writer',
  why: undefined,
  run: (stage) => stageDisk(stage, false),
}
const diskWaiter: Incident = {
  name: 'one process waiting on that disk',
  why: undefined,
  run: (stage) => stageDisk(stage, true),
}

async function stageDisk(stage: Stage, isWaiterAsked: boolean): Promise<Staged> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sysmon-disk-'))
  const file = path.join(folder, 'written')
  const other = path.join(folder, 'synced')
  const writer = dd(`of=${file}`, 'if=/dev/zero', 'bs=1M', 'count=4000000', 'oflag=direct,dsync')
  const keep = shell(`while :; do truncate -s 0 ${file}; sleep 0.4; done`)
  // Little, each time to the disk: it waits much and writes next to nothing.
  const waiter = isWaiterAsked ? await load('small-syncs', [other]) : undefined
  const window = await during(stage, writer, seconds + 2)
  for (const each of [keep, waiter]) await each?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
  return {
    ...window,
    resource: ['disk'],
    pids: [writer.pid],
    ...(waiter === undefined ? {} : { waiterPid: waiter.pid }),
  }
}
const dd = (...words: string[]): TestProcess => startProcess([...endsWithTest, 'dd', 'status=none', ...words])

const networkFlood: Incident = {
  name: 'network flood on the loopback',
  why: undefined,
  run: async (stage) => {
    const deaf = await load('udp-deaf')
    const port = await portOf(deaf)
    const flood = await load('udp-flood', [port])
    const window = await during(stage, flood)
    await deaf[Symbol.asyncDispose]()
    return { ...window, resource: ['network'], pids: [flood.pid] }
  },
}

/** A UDP socket that belongs to the process, from the kernel's own table. */
async function portOf(child: TestProcess): Promise<number> {
  const { readdirSync, readFileSync, readlinkSync } = await import('node:fs')
  const inodes = new Set(
    readdirSync(`/proc/${child.pid}/fd`).map(
      (fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${child.pid}/fd/${fd}`))?.[1],
    ),
  )
  for (const line of readFileSync('/proc/net/udp', 'utf8').split('\n').slice(1)) {
    const words = line.trim().split(/\s+/)
    if (inodes.has(words[9])) return Number.parseInt(words[1]?.split(':')[1] ?? '', 16)
  }
  throw new Error('the process has no UDP socket')
}

const quota: Incident = {
  name: 'CPU throttled by quota',
  why: canThrottle && isRoot ? undefined : 'no v1 cpu hierarchy beside an empty v2 one may be written',
  stage: async () => {
    const group = throttledGroup(0.2)
    const stage = await openStage(['--sysfs', group.sysfs])
    Object.assign(stage, { group })
    return {
      stage,
      close: async () => {
        await stage.end()
        group.remove()
      },
    }
  },
  run: async (stage) => {
    const { group } = stage as Stage & { group: ReturnType<typeof throttledGroup> }
    const child = shell(`${group.enter}; while :; do :; done`)
    await stage.until('cgroup.cpu.throttled.time', (value) => value > 0.1)
    return { ...(await during(stage, child)), resource: ['cgroup'], pids: [child.pid] }
  },
}

const descriptorLeak: Incident = {
  name: 'descriptor leak',
  why: undefined,
  run: async (stage) => {
    const startMs = await stage.now()
    const child = await load('descriptor-leak')
    await stage.ticks(seconds + 2)
    const endMs = await stage.now()
    // Descriptors are asked of who has them now: the process must live until then.
    return { startMs, endMs, resource: ['descriptors'], pids: [child.pid], child } as Staged
  },
}

const filling: Incident = {
  name: 'filesystem filling',
  why: rootOnly,
  run: async (stage) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sysmon-fill-'))
    await Bun.$`dd if=/dev/zero of=${folder}/image bs=1M count=32 status=none && mkfs.ext4 -q ${folder}/image && mkdir ${folder}/mount && mount -o loop ${folder}/image ${folder}/mount`.quiet()
    const mountpoint = path.join(folder, 'mount')
    try {
      await stage.until('system.filesystem.utilization', (value) => value < 0.5, { mountpoint })
      const startMs = await stage.now()
      const child = await load('file-filler', [path.join(mountpoint, 'file'), 10 * 1024 ** 2])
      await child.said('full')
      await stage.until('system.filesystem.utilization', (value) => value > 0.99, { mountpoint })
      await stage.ticks(1)
      const endMs = await stage.now()
      await child[Symbol.asyncDispose]()
      return { startMs, endMs, resource: ['filesystem'], instance: mountpoint, pids: [child.pid] }
    } finally {
      await Bun.$`umount ${mountpoint}`.quiet().nothrow()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

const freeze: Incident = {
  name: 'SIGSTOP freeze',
  why: undefined,
  run: async (stage) => {
    const startMs = await stage.now()
    await stage.ticks(2)
    stage.daemon.signal('SIGSTOP')
    await Bun.sleep(5000)
    stage.daemon.signal('SIGCONT')
    await stage.ticks(2)
    return { startMs, endMs: await stage.now(), resource: ['time'], pids: [stage.daemon.pid] }
  },
}

export const incidents: readonly Incident[] = [
  cpuHog,
  forkStorm,
  memoryLeak,
  diskWriter,
  diskWaiter,
  networkFlood,
  quota,
  descriptorLeak,
  filling,
  freeze,
]
