import { formatBytes, formatPercent } from '../format.ts'
import type { Status } from './status.ts'

/**
 * What stands out, in words, worst first: what a person would want to be told without reading numbers. Thresholds are
 * those at which work is delayed or data is at risk, not those at which something is merely in use; a busy processor that
 * nobody waits for is none.
 */
export interface Concern {
  readonly level: 'bad' | 'warn'
  readonly text: string
}

/** Shares of the last second in which tasks were stalled. Memory stalls hurt far earlier than CPU ones. */
const pressureLimits: Readonly<Record<string, { readonly warn: number; readonly bad: number }>> = {
  cpu: { warn: 0.25, bad: 0.75 },
  memory: { warn: 0.05, bad: 0.25 },
  io: { warn: 0.25, bad: 0.75 },
  irq: { warn: 0.1, bad: 0.5 },
}
const resourceNames: Readonly<Record<string, string>> = {
  cpu: 'CPU',
  memory: 'Memory',
  io: 'I/O',
  irq: 'Interrupt time',
}

/** A filesystem this full, or with so little left, is about to stop somebody. */
const fullWarn = 0.9
const fullBad = 0.97
const inodesWarn = 0.95
/** Stolen by the hypervisor. */
const stealWarn = 0.1

export function concernsOf(status: Status): readonly Concern[] {
  const found = [
    ...memoryConcerns(status),
    ...pressureConcerns(status),
    ...filesystemConcerns(status),
    ...hardwareConcerns(status),
    ...ownConcerns(status),
  ]
  return [...found.filter(({ level }) => level === 'bad'), ...found.filter(({ level }) => level === 'warn')]
}

function* memoryConcerns({ oomKillsPerSecond, swap, memory }: Status): Generator<Concern> {
  if ((oomKillsPerSecond ?? 0) > 0) yield { level: 'bad', text: 'The kernel is killing processes: memory ran out' }
  const swapping = (swap?.inPagesPerSecond ?? 0) > 0 && (swap?.outPagesPerSecond ?? 0) > 0
  if (swapping) yield { level: 'warn', text: 'Pages go out to swap and come back: memory is too small for the work' }
  if ((memory.utilization ?? 0) >= 0.95) {
    yield { level: 'warn', text: `Memory is ${formatPercent(memory.utilization ?? 0)} in use` }
  }
}

function* pressureConcerns({ pressure, cpu }: Status): Generator<Concern> {
  for (const { resource, some, full } of pressure) {
    const limits = pressureLimits[resource]
    if (limits === undefined || some === undefined || some < limits.warn) continue
    const all = full === undefined || full < 0.01 ? '' : `, all of them ${formatPercent(full)}`
    const text = `${resourceNames[resource] ?? resource} is short: tasks waited for it ${formatPercent(some)} of the time${all}`
    yield { level: some >= limits.bad || (full ?? 0) >= limits.bad / 2 ? 'bad' : 'warn', text }
  }
  const steal = cpu.modes.steal ?? 0
  if (steal >= stealWarn)
    yield { level: 'warn', text: `The hypervisor withholds ${formatPercent(steal)} of the CPU time` }
}

function* filesystemConcerns({ filesystems }: Status): Generator<Concern> {
  for (const { mountpoint, stale, utilization, freeBytes, inodesUtilization, readOnly } of filesystems) {
    if (stale) yield { level: 'bad', text: `${mountpoint} does not answer` }
    if (readOnly) continue
    if (utilization !== undefined && utilization >= fullWarn) {
      const left = freeBytes === undefined ? '' : `, ${formatBytes(freeBytes)} left`
      yield {
        level: utilization >= fullBad ? 'bad' : 'warn',
        text: `${mountpoint} is ${formatPercent(utilization)} full${left}`,
      }
    }
    if (inodesUtilization !== undefined && inodesUtilization >= inodesWarn) {
      yield { level: 'warn', text: `${mountpoint} has used ${formatPercent(inodesUtilization)} of its inodes` }
    }
  }
}

function* hardwareConcerns({ temperatures, networks }: Status): Generator<Concern> {
  for (const { sensor, celsius, highCelsius } of temperatures) {
    if (highCelsius !== undefined && celsius >= highCelsius) {
      yield {
        level: 'warn',
        text: `${sensor} is at ${Math.round(celsius)} °C, its limit is ${Math.round(highCelsius)} °C`,
      }
    }
  }
  for (const { device, errorsPerSecond } of networks) {
    if ((errorsPerSecond ?? 0) >= 1)
      yield { level: 'warn', text: `${device} loses ${Math.round(errorsPerSecond ?? 0)} packets per second to errors` }
  }
}

function* ownConcerns({ sysmon, gap }: Status): Generator<Concern> {
  for (const problem of sysmon.problems) yield { level: 'warn', text: `sysmond: ${problem}` }
  if (gap !== undefined && gap !== 'none' && gap !== 'start')
    yield { level: 'warn', text: `There is a gap in the record just before: ${gap}` }
}
