import type { SeriesTable } from '../../frame/series-table.ts'
import type { CgroupReading, PressureResource, SystemMetrics } from '../../platform/platform.ts'
import { partial, type TickCollector } from '../collector.ts'
import { type Emit, emit, KeyedEmission } from '../emit.ts'
import { tickCollector } from './reading.ts'

type R = CgroupReading
type Group = Pick<R, 'cgroup' | 'name'>
const resources: readonly PressureResource[] = ['cpu', 'memory', 'io', 'irq']

const cpuEmits = (group: Group): Emit<R>[] => [
  emit('cgroup.cpu.time', { ...group, mode: 'user' }, (r: R) => r.userSeconds),
  emit('cgroup.cpu.time', { ...group, mode: 'system' }, (r: R) => r.systemSeconds),
  emit('cgroup.cpu.limit', group, (r: R) => r.cpuLimit),
  emit('cgroup.cpu.periods', { ...group, state: 'throttled' }, (r: R) => r.periodsThrottled),
  emit('cgroup.cpu.periods', { ...group, state: 'free' }, (r: R) => r.periodsFree),
  emit('cgroup.cpu.throttled.time', group, (r: R) => r.throttledSeconds),
]

const memoryEmits = (group: Group): Emit<R>[] => [
  emit('cgroup.memory.usage', { ...group, state: 'anonymous' }, (r: R) => r.anonymousBytes),
  emit('cgroup.memory.usage', { ...group, state: 'shared' }, (r: R) => r.sharedBytes),
  emit('cgroup.memory.usage', { ...group, state: 'file' }, (r: R) => r.fileBytes),
  emit('cgroup.memory.usage', { ...group, state: 'kernel' }, (r: R) => r.kernelBytes),
  emit('cgroup.memory.working_set', group, (r: R) => r.workingSetBytes),
  emit('cgroup.memory.limit', group, (r: R) => r.memoryLimitBytes),
  emit('cgroup.memory.swap', group, (r: R) => r.swapBytes),
  ...(['high', 'max', 'oom', 'oom_kill'] as const).map((type) =>
    emit('cgroup.memory.events', { ...group, type }, (r: R) => r.memoryEvents[type]),
  ),
]

const ioEmits = (group: Group): Emit<R>[] => [
  emit('cgroup.io', { ...group, direction: 'read' }, (r: R) => r.readBytes),
  emit('cgroup.io', { ...group, direction: 'write' }, (r: R) => r.writtenBytes),
  emit('cgroup.io.operations', { ...group, direction: 'read' }, (r: R) => r.readOperations),
  emit('cgroup.io.operations', { ...group, direction: 'write' }, (r: R) => r.writeOperations),
]

const pressureEmits = (group: Group): Emit<R>[] =>
  resources.flatMap((resource) => [
    emit('cgroup.pressure.some.time', { ...group, resource }, (r: R) => r.pressure[resource]?.someSeconds),
    emit('cgroup.pressure.full.time', { ...group, resource }, (r: R) => r.pressure[resource]?.fullSeconds),
  ])

const groupEmits = ({ cgroup, name }: R): Emit<R>[] => {
  const group = { cgroup, name }
  return [
    ...cpuEmits(group),
    ...memoryEmits(group),
    ...ioEmits(group),
    ...pressureEmits(group),
    emit('cgroup.process.count', group, (r: R) => r.processes),
    emit('cgroup.process.limit', group, (r: R) => r.processLimit),
  ]
}

export function cgroupCollector(system: SystemMetrics, series: SeriesTable): TickCollector {
  const each = new KeyedEmission<R>(series, (r) => `${r.cgroup}\u0000${r.name}`, groupEmits)
  const all = tickCollector(
    'cgroup',
    () => system.cgroups(),
    (r, sink) => each.write(r, sink),
  )
  return {
    ...all,
    collect: (sink) => {
      const outcome = all.collect(sink)
      const leftOut = system.cgroupsLeftOut()
      if (outcome.outcome !== 'samples' || leftOut === 0) return outcome
      return partial(`${leftOut} groups more than collectors.cgroups.max allows are not measured one by one`)
    },
  }
}
