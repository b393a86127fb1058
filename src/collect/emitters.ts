import type { MetricName } from '../catalogue/catalogue.ts'

/**
 * Which collector gives a metric, so that one that is absent can tell the reason of its own collector. By name, or by
 * what names begin with (`*`); the longest that fits counts. A test holds it against what the collectors give.
 */
const emitters: readonly (readonly [pattern: string, collector: string])[] = [
  ['system.cpu.*', 'cpu'],
  ['system.process.created', 'cpu'],
  ['system.cpu.load_average.*', 'load'],
  ['system.thread.count', 'load'],
  ['system.process.count', 'process'],
  ['system.cpu.frequency', 'cpu_frequency'],
  ['system.cpu.throttles', 'cpu_frequency'],
  ['system.memory.*', 'memory'],
  ['system.linux.memory.*', 'memory'],
  ['system.windows.memory.*', 'memory'],
  ['system.windows.handle.count', 'kernel'],
  ['system.paging.*', 'paging'],
  ['system.paging.usage', 'memory'],
  ['system.linux.memory.oom_kills', 'paging'],
  ['system.linux.memory.scanned', 'paging'],
  ['system.linux.memory.refaults', 'paging'],
  ['system.pressure.*', 'pressure'],
  ['system.disk.*', 'disk'],
  ['system.linux.disk.*', 'disk'],
  ['system.disk.limit', 'disk_size'],
  ['system.filesystem.*', 'filesystem'],
  ['system.network.*', 'protocol'],
  ['system.network.io', 'network'],
  ['system.network.packet.*', 'network'],
  ['system.network.errors', 'network'],
  ['system.network.limit', 'network_link'],
  ['system.network.up', 'network_link'],
  ['system.network.connection.count', 'connection'],
  ['system.network.tcp.listen_drops', 'connection'],
  ['hw.*', 'sensor'],
  ['system.uptime', 'kernel'],
  ['system.file_descriptor.*', 'kernel'],
  ['system.linux.entropy.*', 'entropy'],
  ['cgroup.*', 'cgroup'],
  ['sysmon.*', 'self'],
]

/** `undefined`: the registry itself gives it, or nobody. */
export function collectorOf(metric: MetricName): string | undefined {
  if (metric.startsWith('sysmon.collector.')) return undefined
  const fitting = emitters.filter(([pattern]) =>
    pattern.endsWith('*') ? metric.startsWith(pattern.slice(0, -1)) : metric === pattern,
  )
  return fitting.toSorted(([a], [b]) => b.length - a.length)[0]?.[1]
}
