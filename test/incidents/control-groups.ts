import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/**
 * Control groups of a test's own, in whichever hierarchy this machine lets it write: controllers of v2, or the ones of v1
 * beside an empty v2 hierarchy (a hybrid system).
 */
const root = '/sys/fs/cgroup'

const isWritable = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
const hasV2 = (controller: string): boolean =>
  existsSync(`${root}/cgroup.subtree_control`) &&
  readFileSync(`${root}/cgroup.subtree_control`, 'utf8').split(/\s/).includes(controller)
const hasV1 = (controller: string): boolean => existsSync(`${root}/${controller}/cgroup.procs`)

export const canLimitMemory = (hasV2('memory') && isWritable(root)) || (hasV1('memory') && isWritable(`${root}/memory`))
/** Only v1: its throttling is written as v2 for the daemon, see `throttledGroup`. */
export const canThrottle = hasV1('cpu') && isWritable(`${root}/cpu`) && existsSync(`${root}/unified/cgroup.procs`)

export interface ControlGroup {
  /** Shell words that bring whoever runs them into the group. */
  readonly enter: string
  remove(): void
}

const name = (): string => `sysmon-incident-${process.pid}-${Math.random().toString(36).slice(2, 7)}`

export function memoryGroup(bytes: number): ControlGroup {
  const isV1 = !hasV2('memory')
  const folder = path.join(root, isV1 ? 'memory' : '', `${name()}.scope`)
  mkdirSync(folder)
  writeFileSync(path.join(folder, isV1 ? 'memory.limit_in_bytes' : 'memory.max'), String(bytes))
  return { enter: `echo $$ > ${folder}/cgroup.procs`, remove: () => removeGroup(folder) }
}

/** A group is gone only when its last process is reaped. */
function removeGroup(folder: string): void {
  for (let tries = 0; tries < 50; tries++) {
    try {
      rmdirSync(folder)
      return
    } catch {
      Bun.sleepSync(20)
    }
  }
}

export interface ThrottledGroup extends ControlGroup {
  /** For `sysmond --sysfs`. */
  readonly sysfs: string
  /** Path of the group as processes name it. */
  readonly cgroup: string
}

/**
 * A group that a v1 quota really throttles, shown to the daemon as cgroup v2 would: a sysfs of links in which the files
 * of that one group are written from the counters of v1. What is staged is the kernel's; what is translated is the format.
 */
export function throttledGroup(cpus: number): ThrottledGroup {
  const own = `${name()}.service`
  const v1 = `${root}/cpu/${own}`
  const v2 = `${root}/unified/${own}`
  mkdirSync(v1)
  mkdirSync(v2)
  writeFileSync(`${v1}/cpu.cfs_period_us`, '100000')
  writeFileSync(`${v1}/cpu.cfs_quota_us`, String(Math.round(cpus * 100_000)))
  const sysfs = mkdtempSync(path.join(tmpdir(), 'sysmon-sysfs-'))
  for (const entry of readdirSync('/sys')) if (entry !== 'fs') symlinkSync(`/sys/${entry}`, path.join(sysfs, entry))
  const shown = path.join(sysfs, 'fs/cgroup/unified', own)
  mkdirSync(shown, { recursive: true })
  writeFileSync(path.join(shown, 'cpu.max'), `${Math.round(cpus * 100_000)} 100000\n`)
  const translate = (): void => {
    const used = readFileSync(`${v2}/cpu.stat`, 'utf8')
    const held = readFileSync(`${v1}/cpu.stat`, 'utf8')
    const of = (key: string): number => Number(new RegExp(`^${key} (\\d+)`, 'm').exec(held)?.[1] ?? 0)
    const lines = used.split('\n').filter((line) => /^(usage|user|system)_usec/.test(line))
    lines.push(`nr_periods ${of('nr_periods')}`, `nr_throttled ${of('nr_throttled')}`)
    lines.push(`throttled_usec ${Math.round(of('throttled_time') / 1000)}`, '')
    writeFileSync(path.join(shown, 'cpu.stat'), lines.join('\n'))
  }
  translate()
  const timer = setInterval(translate, 100)
  return {
    sysfs,
    cgroup: `/${own}`,
    enter: `echo $$ > ${v1}/cgroup.procs; echo $$ > ${v2}/cgroup.procs`,
    remove: () => {
      clearInterval(timer)
      removeGroup(v1)
      removeGroup(v2)
      rmSync(sysfs, { recursive: true, force: true })
    },
  }
}
