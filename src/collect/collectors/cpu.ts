import { cpuModes } from '../../catalogue/cpu.ts'
import type { SeriesTable } from '../../frame/series-table.ts'
import type { CpuReading, CpuTimes, FrequencyReading, LoadReading, SystemMetrics } from '../../platform/platform.ts'
import type { SlowCollector, TickCollector } from '../collector.ts'
import { Emission, emit, KeyedEmission } from '../emit.ts'
import { slowCollector, tickCollector } from './reading.ts'

const cpuEmits = [
  emit('system.cpu.logical.count', {}, (r: CpuReading) => r.cpus.length),
  emit('system.cpu.context_switches', {}, (r: CpuReading) => r.contextSwitches),
  emit('system.cpu.interrupts', {}, (r: CpuReading) => r.interrupts),
  emit('system.cpu.softirqs', {}, (r: CpuReading) => r.softirqs),
  emit('system.process.created', {}, (r: CpuReading) => r.processesCreated),
  emit('system.cpu.run_queue', {}, (r: CpuReading) => r.runQueue),
  emit('system.cpu.blocked', {}, (r: CpuReading) => r.blocked),
]

const loadEmits = [
  emit('system.cpu.load_average.1m', {}, (r: LoadReading) => r.load1),
  emit('system.cpu.load_average.5m', {}, (r: LoadReading) => r.load5),
  emit('system.cpu.load_average.15m', {}, (r: LoadReading) => r.load15),
  emit('system.thread.count', {}, (r: LoadReading) => r.threads),
]

export function cpuCollector(system: SystemMetrics, series: SeriesTable): TickCollector {
  const whole = new Emission(series, cpuEmits)
  const each = new KeyedEmission<CpuTimes>(
    series,
    (r) => r.cpu,
    ({ cpu }) => cpuModes.map((mode) => emit('system.cpu.time', { cpu, mode }, (r: CpuTimes) => r.seconds[mode])),
  )
  return tickCollector(
    'cpu',
    () => system.cpu(),
    (r, sink) => {
      whole.write(r, sink)
      each.write(r.cpus, sink)
    },
  )
}

export function loadCollector(system: SystemMetrics, series: SeriesTable): TickCollector {
  const emission = new Emission(series, loadEmits)
  return tickCollector(
    'load',
    () => system.load(),
    (r, sink) => emission.write(r, sink),
  )
}

export function frequencyCollector(system: SystemMetrics, series: SeriesTable): SlowCollector {
  const each = new KeyedEmission<FrequencyReading>(
    series,
    (r) => r.cpu,
    ({ cpu }) => [
      emit('system.cpu.frequency', { cpu }, (r: FrequencyReading) => r.hertz),
      emit('system.cpu.throttles', { cpu }, (r: FrequencyReading) => r.throttles),
    ],
  )
  return slowCollector(
    'cpu_frequency',
    { everyMs: 10_000, timeoutMs: 5_000 },
    () => system.frequencies(),
    (r, sink) => each.write(r, sink),
  ) as SlowCollector
}
