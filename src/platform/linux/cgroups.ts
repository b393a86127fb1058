import { serviceOfCgroup } from '../../base/service-name.ts'
import { sanitizeText } from '../../base/text.ts'
import { type Host, HostError } from '../host.ts'
import { absent, type CgroupReading, type PressureReading, type PressureTimes, type Reading } from '../platform.ts'
import {
  parseCpuMax,
  parseCpuStat,
  parseIoStat,
  parseLimit,
  parseMemoryEvents,
  parseMemoryStat,
} from './cgroup-files.ts'
import { parseMountinfo } from './mountinfo.ts'
import { parsePressure } from './pressure.ts'

/**
 * Control groups v2: the own group, and one for each unit, container or pod, a bounded number of them. The tree is
 * listed again every few seconds only; groups that do something are read each tick, idle ones now and then.
 */
export interface CgroupsOptions {
  readonly host: Host
  /** Most groups read, the own one aside. */
  readonly limit: number
  /** Whether a device `major:minor` is one that adds up to the machine. */
  readonly countsDevice: (device: string) => boolean
  readonly memoryTotalBytes: () => number | undefined
}

/** The tree is listed again after so long, milliseconds. */
const listEveryMs = 10_000
/** A group whose CPU time has not moved is read again in so many ticks. */
const idleTicks = 10
const deepest = 8
/** Files that a group did not have are asked for again after so many listings: a controller may be switched on later. */
const askAgainLists = 6

interface Group {
  readonly cgroup: string
  readonly name: string
  readonly folder: string
  reading: CgroupReading
  cpuSeconds: number
  /** Files that this group did not have when they were last asked for. */
  readonly missing: Set<string>
}

export class Cgroups {
  readonly #groups = new Map<string, Group>()
  #root: string | undefined | 'unknown' = 'unknown'
  #listedAtMs = Number.NEGATIVE_INFINITY
  #tick = 0
  #left = 0
  #lists = 0

  constructor(private readonly options: CgroupsOptions) {}

  /** Groups beyond the limit at the last listing. */
  get leftOut(): number {
    return this.#left
  }

  read(): Reading<readonly CgroupReading[]> {
    if (this.#root === 'unknown') this.#root = this.#findRoot()
    if (this.#root === undefined) return absent('no cgroup v2 hierarchy is mounted')
    this.#tick++
    const now = this.options.host.clock.monotonicMs()
    if (now - this.#listedAtMs >= listEveryMs) {
      this.#listedAtMs = now
      this.#list(this.#root)
    }
    let index = 0
    for (const [path, group] of this.#groups) {
      if (this.#refresh(group, index++)) continue
      this.#groups.delete(path)
      this.#listedAtMs = Number.NEGATIVE_INFINITY
    }
    return [...this.#groups.values()].map((group) => group.reading)
  }

  #findRoot(): string | undefined {
    const { host } = this.options
    const mounts = parseMountinfo(quietText(host, `${host.procfs}/self/mountinfo`) ?? '')
    const mount = mounts.find((candidate) => candidate.type === 'cgroup2')
    if (mount === undefined) return undefined
    return mount.path.startsWith('/sys/') ? `${host.sysfs}${mount.path.slice('/sys'.length)}` : mount.path
  }

  #list(root: string): void {
    const { host, limit } = this.options
    const found = new Map<string, string>()
    const own = this.#ownPath()
    found.set('self', `${root}${own === '/' ? '' : own}`)
    const walk = (folder: string, path: string, depth: number): void => {
      if (depth > deepest) return
      for (const child of quietFolders(host, folder)) {
        const childPath = `${path}/${child}`
        if (/\.(service|scope)$/.test(child) || serviceOfCgroup(childPath) !== serviceOfCgroup(path)) {
          if (serviceOfCgroup(childPath) !== undefined) found.set(childPath, `${folder}/${child}`)
        }
        walk(`${folder}/${child}`, childPath, depth + 1)
      }
    }
    walk(root, '', 0)
    this.#keep(found, limit + 1)
    if (++this.#lists % askAgainLists === 0) for (const group of this.#groups.values()) group.missing.clear()
  }

  /** Known groups stay, so that a series does not flicker when there are more than the limit. */
  #keep(found: ReadonlyMap<string, string>, limit: number): void {
    for (const path of this.#groups.keys()) if (!found.has(path)) this.#groups.delete(path)
    this.#left = 0
    for (const [path, folder] of found) {
      if (this.#groups.has(path)) continue
      if (this.#groups.size >= limit) this.#left++
      else this.#groups.set(path, newGroup(path, folder, path === 'self' ? this.#ownPath() : path))
    }
  }

  #ownPath(): string {
    const { host } = this.options
    const text = quietText(host, `${host.procfs}/self/cgroup`) ?? ''
    return /^0::(.*)$/m.exec(text)?.[1] ?? '/'
  }

  /** False when the group has gone. One of the same path may come at once: a service that is restarted. */
  #refresh(group: Group, index: number): boolean {
    const cpu = this.#bytes(group, 'cpu.stat')
    if (cpu === undefined && !this.options.host.exists(group.folder)) return false
    const stat = cpu === undefined ? undefined : { ...parseCpuStat(cpu) }
    const seconds = stat === undefined ? Number.NaN : (stat.user_usec + stat.system_usec) / 1e6
    const moved = !Object.is(seconds, group.cpuSeconds)
    group.cpuSeconds = seconds
    if (!moved && (this.#tick + index) % idleTicks !== 0) return true
    const periods = stat?.nr_periods ?? Number.NaN
    group.reading = {
      ...group.reading,
      userSeconds: present(stat?.user_usec, 1e-6),
      systemSeconds: present(stat?.system_usec, 1e-6),
      periodsThrottled: present(stat?.nr_throttled),
      periodsFree: present(periods - (stat?.nr_throttled ?? Number.NaN)),
      throttledSeconds: present(stat?.throttled_usec, 1e-6),
      ...this.#memory(group),
      ...this.#io(group),
      pressure: this.#pressure(group),
      processes: this.#limit(group, 'pids.current'),
      ...this.#limits(group),
    }
    return true
  }

  #memory(group: Group): Partial<CgroupReading> {
    const current = this.#limit(group, 'memory.current')
    const bytes = current === undefined ? undefined : this.#bytes(group, 'memory.stat')
    if (current === undefined || bytes === undefined) return {}
    const stat = { ...parseMemoryStat(bytes) }
    const events = this.#bytes(group, 'memory.events')
    return {
      anonymousBytes: present(stat.anon),
      sharedBytes: present(stat.shmem),
      fileBytes: present(Math.max(0, stat.file - stat.shmem)),
      kernelBytes: present(Number.isNaN(stat.kernel) ? stat.slab + stat.kernel_stack : stat.kernel),
      workingSetBytes: Math.max(0, current - (Number.isNaN(stat.inactive_file) ? 0 : stat.inactive_file)),
      swapBytes: this.#limit(group, 'memory.swap.current'),
      memoryEvents: events === undefined ? {} : withoutNaN({ ...parseMemoryEvents(events) }),
    }
  }

  #io(group: Group): Partial<CgroupReading> {
    const bytes = this.#bytes(group, 'io.stat')
    return bytes === undefined ? {} : parseIoStat(new TextDecoder().decode(bytes), this.options.countsDevice)
  }

  #pressure(group: Group): PressureReading {
    const of = (file: string): PressureTimes | undefined => {
      const bytes = this.#bytes(group, file)
      return bytes === undefined ? undefined : parsePressure(bytes)
    }
    const all = {
      cpu: of('cpu.pressure'),
      memory: of('memory.pressure'),
      io: of('io.pressure'),
      irq: of('irq.pressure'),
    }
    return Object.fromEntries(Object.entries(all).filter(([, times]) => times !== undefined)) as PressureReading
  }

  /** A limit is the least over the group and its ancestors; one at or above the machine's memory is none (K3). */
  #limits(group: Group): Partial<CgroupReading> {
    const total = this.options.memoryTotalBytes() ?? Number.POSITIVE_INFINITY
    const memory = this.#least(group, 'memory.max', parseLimit)
    return {
      cpuLimit: this.#least(group, 'cpu.max', parseCpuMax),
      memoryLimitBytes: memory !== undefined && memory < total ? memory : undefined,
      processLimit: this.#least(group, 'pids.max', parseLimit),
    }
  }

  #least(group: Group, file: string, parse: (text: string) => number | undefined): number | undefined {
    if (group.missing.has(file)) return undefined
    let least: number | undefined
    let any = false
    for (let folder = group.folder; folder.length >= (this.#root as string).length; folder = parentOf(folder)) {
      const text = quietText(this.options.host, `${folder}/${file}`)
      if (text === undefined) continue
      any = true
      const value = parse(text)
      if (value !== undefined && (least === undefined || value < least)) least = value
    }
    if (!any) group.missing.add(file)
    return least
  }

  #limit(group: Group, file: string): number | undefined {
    const bytes = this.#bytes(group, file)
    return bytes === undefined ? undefined : parseLimit(new TextDecoder().decode(bytes))
  }

  #bytes(group: Group, file: string): Uint8Array | undefined {
    if (group.missing.has(file)) return undefined
    try {
      return this.options.host.read(`${group.folder}/${file}`)
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      group.missing.add(file)
      return undefined
    }
  }
}

const parentOf = (folder: string): string => folder.slice(0, Math.max(0, folder.lastIndexOf('/')))

const newGroup = (cgroup: string, folder: string, path: string): Group => ({
  cgroup: sanitizeText(cgroup),
  name: sanitizeText(serviceOfCgroup(path) ?? path),
  folder,
  reading: {
    cgroup: sanitizeText(cgroup),
    name: sanitizeText(serviceOfCgroup(path) ?? path),
    memoryEvents: {},
    pressure: {},
  } as CgroupReading,
  cpuSeconds: Number.NaN,
  missing: new Set(),
})

const present = (value: number | undefined, factor = 1): number | undefined =>
  value === undefined || Number.isNaN(value) ? undefined : factor === 1 ? value : Math.round(value) / (1 / factor)

const withoutNaN = <K extends string>(values: Readonly<Record<K, number>>): Partial<Record<K, number>> =>
  Object.fromEntries(Object.entries<number>(values).filter(([, value]) => !Number.isNaN(value))) as Partial<
    Record<K, number>
  >

function quietText(host: Host, path: string): string | undefined {
  try {
    return host.readText(path)
  } catch (error) {
    if (error instanceof HostError) return undefined
    throw error
  }
}

/** Directories in a cgroup folder are its children; files have dots in known names. */
function quietFolders(host: Host, folder: string): string[] {
  try {
    return host
      .list(folder)
      .filter((name) => !/^(cgroup|cpu|cpuset|memory|io|pids|hugetlb|rdma|misc|irq|dmem)\./.test(name))
  } catch (error) {
    if (error instanceof HostError) return []
    throw error
  }
}
