import { absent, type CpuTimes, type Reading } from '../platform.ts'
import { type Block, isFailure, type Native, whyNot } from './native.ts'
import { seconds64 } from './structures/structure.ts'
import { processorPerformance, systemClass } from './structures/system.ts'

export interface GroupTimes {
  readonly cpus: readonly CpuTimes[]
  /** Of all CPUs; each CPU's own wraps at 2^32. */
  readonly interrupts: readonly number[]
}

/**
 * SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION for each CPU of a group. The kernel's time includes idle, deferred procedure
 * calls and interrupts, which are taken out (W3); the two are sampled at one instant, so the difference is below 0 only by
 * the rounding of the kernel (W8).
 */
export function parseProcessorTimes({ view, length }: Block, firstCpu: number): GroupTimes {
  const { size, at } = processorPerformance
  const count = Math.floor(length / size)
  const cpus: CpuTimes[] = []
  const interrupts: number[] = []
  for (let index = 0; index < count; index++) {
    const start = index * size
    const idle = seconds64(view, start + at.IdleTime)
    const interrupt = seconds64(view, start + at.InterruptTime)
    const softirq = seconds64(view, start + at.DpcTime)
    const system = Math.max(0, seconds64(view, start + at.KernelTime) - idle - interrupt - softirq)
    const seconds = { user: seconds64(view, start + at.UserTime), system, idle, interrupt, softirq }
    cpus.push({ cpu: String(firstCpu + index), seconds })
    interrupts.push(view.getUint32(start + at.InterruptCount, true))
  }
  return { cpus, interrupts }
}

/**
 * All CPUs of all processor groups (W2): a plain query tells only those of the group that the asking thread runs in.
 * CPUs are numbered through the groups, as Task Manager does.
 */
export function readProcessorTimes(native: Native): Reading<GroupTimes> {
  const groups = native.groups()
  if (groups <= 1) return groupTimes(native, undefined, 0)
  const cpus: CpuTimes[] = []
  const interrupts: number[] = []
  for (let group = 0; group < groups; group++) {
    const times = groupTimes(native, group, cpus.length)
    // Part of the machine would look like the whole of it.
    if ('absent' in times) return times
    cpus.push(...times.cpus)
    interrupts.push(...times.interrupts)
  }
  return { cpus, interrupts }
}

function groupTimes(native: Native, group: number | undefined, firstCpu: number): Reading<GroupTimes> {
  const answer = native.system(systemClass.processorPerformance, group)
  return isFailure(answer) ? absent(whyNot(answer)) : parseProcessorTimes(answer, firstCpu)
}
