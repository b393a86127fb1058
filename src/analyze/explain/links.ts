import type { TimeRange } from '../../store/store.ts'

/** Page of the dashboard on which a metric is drawn; the beginning of its name decides, the longest first. */
const pages: readonly (readonly [prefix: string, page: string])[] = [
  ['system.cpu.', 'cpu'],
  ['system.process.', 'cpu'],
  ['system.thread.', 'cpu'],
  ['system.memory.', 'memory'],
  ['system.linux.memory.', 'memory'],
  ['system.paging.', 'memory'],
  ['system.disk.', 'disks'],
  ['system.linux.disk.', 'disks'],
  ['system.filesystem.', 'disks'],
  ['system.network.', 'network'],
  ['system.pressure.', 'pressure'],
  ['cgroup.', 'services'],
  ['hw.', 'sensors'],
  ['sysmon.', 'sysmon'],
]

/** Address within the dashboard: the window as its view, the worst moment pinned. As src/dashboard/state/place.ts reads it. */
export function chartLink(
  metric: string,
  _labels: Readonly<Record<string, string>>,
  { startMs, endMs }: TimeRange,
  atMs?: number,
): string {
  const page = pages.find(([prefix]) => metric.startsWith(prefix))?.[1] ?? ''
  return `/${page}?${query(startMs, endMs, atMs)}`
}

const query = (startMs: number, endMs: number, atMs: number | undefined): string => {
  const search = new URLSearchParams({ from: String(Math.round(startMs)), to: String(Math.round(endMs)) })
  if (atMs !== undefined) search.set('at', String(Math.round(atMs)))
  return search.toString()
}
