import type { FixtureHost } from './fixture-host.ts'

/** One process as procfs shows it; what is left out is usual. */
export interface ProcessFacts {
  readonly pid: number
  readonly name?: string | Uint8Array
  readonly state?: string
  readonly parentPid?: number
  readonly flags?: number
  readonly userTicks?: number
  readonly systemTicks?: number
  readonly childTicks?: number
  readonly threads?: number
  readonly startTicks?: number
  readonly residentPages?: number
  readonly ioDelayTicks?: number
  readonly runNs?: number
  readonly arguments?: readonly string[]
  readonly readBytes?: number
  readonly writtenBytes?: number
  readonly cgroup?: string
}

/** A line of /proc/PID/stat, every field that is not asked for a number of its own (proc_pid_stat(5)). */
export function statLine(facts: ProcessFacts): Uint8Array {
  const { state = 'S', parentPid = 1, flags = 4_194_560, userTicks = 0, systemTicks = 0, childTicks = 0 } = facts
  const { threads = 1, startTicks = 5000, residentPages = 100, ioDelayTicks = 0, name = 'worker' } = facts
  const tail = [
    [state, parentPid, 905, 906, 907, 908, flags, 910, 911, 912, 913, userTicks, systemTicks, childTicks, 0, 20, 5],
    [threads, 0, startTicks, 11_837_440, residentPages, '18446744073709551615'],
    [926, 927, 928, 929, 930, 931, 932, 933, 934, 935, 936, 937, 17, 3, 940, 941, ioDelayTicks, 943, 944],
  ]
  const head = new TextEncoder().encode(`${facts.pid} (`)
  const bytes = typeof name === 'string' ? new TextEncoder().encode(name) : name
  return Uint8Array.from([...head, ...bytes, ...new TextEncoder().encode(`) ${tail.flat().join(' ')}\n`)])
}

/** Puts the process there, or as it is now. */
export function putProcess(host: FixtureHost, facts: ProcessFacts): void {
  const folder = `proc/${facts.pid}`
  const { runNs = 1_000_000, readBytes = 4096, writtenBytes = 8192, cgroup = '/system.slice/worker.service' } = facts
  host.put(`${folder}/stat`, statLine(facts))
  host.put(`${folder}/schedstat`, `${runNs} 2000000 ${Math.floor(runNs / 1000)}\n`)
  host.put(`${folder}/cmdline`, (facts.arguments ?? ['/usr/bin/worker', '--verbose']).map((one) => `${one}\0`).join(''))
  host.put(`${folder}/io`, `rchar: 99999\nwchar: 88888\nread_bytes: ${readBytes}\nwrite_bytes: ${writtenBytes}\n`)
  host.put(`${folder}/cgroup`, `0::${cgroup}\n`)
}

/** Lets the kernel have given out the pid last. */
export const putLastPid = (host: FixtureHost, pid: number): void =>
  host.put('proc/loadavg', `0.00 0.00 0.00 1/80 ${pid}\n`)
