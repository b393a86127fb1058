import type { Host } from '../host.ts'
import {
  absent,
  type CpuReading,
  isAbsent,
  type KernelReading,
  type Reading,
  type SelfReading,
  type SystemMetrics,
} from '../platform.ts'
import { readProcessorTimes } from './cpu.ts'
import { Disks } from './disks.ts'
import { readSinceBootMs } from './identity.ts'
import { readInterfaces } from './interfaces.ts'
import { readMemory } from './memory.ts'
import { isFailure, type Native, whyNot } from './native.ts'
import { type Performance, PerformanceParser } from './performance.ts'
import { readFrequencies, readSensors } from './power.ts'
import type { ScanTotals } from './process/scan.ts'
import { Protocols, readConnections } from './protocols.ts'
import { systemClass } from './structures/system.ts'
import { Volumes } from './volumes.ts'
import { WideCounter } from './wide-counter.ts'

const ofLinux = (what: string): string => `${what} is of Linux: Windows has nothing like it`

/** The readings of Windows. Each is one call; what the process scan of the tick has seen is not asked again. */
export function createWindowsSystem(
  native: Native,
  host: Host,
  logicalCpus: number,
  totals: () => ScanTotals | undefined,
): SystemMetrics {
  const disks = new Disks(native, host.clock)
  const volumes = new Volumes(host, native)
  const protocols = new Protocols()
  const cpu = new CpuReader(native, totals)
  const performance = new PerformanceReader(native)
  const soon = <T>(reading: T): Promise<T> => Promise.resolve(reading)
  return {
    cpu: () => cpu.read(performance.read()),
    load: () => absent('Windows has no load average; the run queue and the use of the CPUs are read'),
    memory: () => readMemory(native),
    paging: () => {
      const reading = performance.last()
      return isAbsent(reading) ? reading : reading.paging
    },
    pressure: () => absent(ofLinux('stall time (PSI)')),
    disks: () => disks.read(),
    networks: () => {
      const list = readInterfaces(native)
      return isAbsent(list) ? list : list.map(({ network }) => network)
    },
    protocols: () => protocols.read(native),
    kernel: () => readKernel(native, totals()),
    cgroups: () => absent(ofLinux('a control group')),
    cgroupsLeftOut: () => 0,
    self: readSelf,
    frequencies: () => readFrequencies(native, logicalCpus),
    filesystems: () => volumes.read(),
    diskSizes: () => disks.sizes(),
    links: () => {
      const list = readInterfaces(native)
      return soon(isAbsent(list) ? list : list.map(({ link }) => link))
    },
    connections: () => readConnections(native),
    sensors: () => readSensors(native),
    entropy: () => soon(absent(ofLinux('the entropy pool'))),
  }
}

class CpuReader {
  readonly #interrupts: WideCounter[] = []

  constructor(
    private readonly native: Native,
    private readonly totals: () => ScanTotals | undefined,
  ) {}

  read(performance: Reading<Performance>): Reading<CpuReading> {
    const times = readProcessorTimes(this.native)
    if ('absent' in times) return times
    let interrupts = 0
    for (const [cpu, count] of times.interrupts.entries()) {
      this.#interrupts[cpu] ??= new WideCounter()
      interrupts += this.#interrupts[cpu].next(count)
    }
    return {
      cpus: times.cpus,
      contextSwitches: isAbsent(performance) ? undefined : performance.contextSwitches,
      // A machine that was never interrupted does not count (Wine).
      interrupts: interrupts || undefined,
      softirqs: undefined,
      processesCreated: undefined,
      // Whoever asks is running: none at all is not told (Wine).
      runQueue: this.totals()?.runnable || undefined,
      blocked: undefined,
    }
  }
}

/** CPU and paging are told by the same call: made once a tick, by who comes first. */
class PerformanceReader {
  readonly #parser = new PerformanceParser()
  #last: Reading<Performance> | undefined

  constructor(private readonly native: Native) {}

  read(): Reading<Performance> {
    const answer = this.native.system(systemClass.performance)
    this.#last = isFailure(answer)
      ? absent(whyNot(answer))
      : (this.#parser.parse(answer) ?? absent('this Windows does not keep the counts of paging'))
    return this.#last
  }

  /** Of this tick, when the CPU has been read in it. */
  last(): Reading<Performance> {
    const reading = this.#last ?? this.read()
    this.#last = undefined
    return reading
  }
}

function readKernel(native: Native, totals: ScanTotals | undefined): KernelReading {
  return {
    uptimeSeconds: readSinceBootMs(native) / 1000,
    fileDescriptors: undefined,
    fileDescriptorLimit: undefined,
    handles: totals?.handles,
    threads: totals?.threads,
  }
}

/** The runtime asks GetProcessTimes and GetProcessMemoryInfo. I/O of the process is not told apart by disk (R14). */
function readSelf(): SelfReading {
  const usage = process.cpuUsage()
  return {
    userSeconds: usage.user / 1e6,
    systemSeconds: usage.system / 1e6,
    residentBytes: process.memoryUsage.rss(),
    diskReadBytes: undefined,
    diskWrittenBytes: undefined,
  }
}
