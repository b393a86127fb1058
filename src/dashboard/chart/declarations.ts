import type { Wanted } from '../data/history.ts'
import type { PageName } from '../state/place.ts'

/** What is drawn on which page. Names, units and sources come from the catalogue. */
export interface ChartDef {
  readonly title: string
  readonly wanted: readonly Wanted[]
  /** Parts of a whole, one on top of the other. */
  readonly isStacked?: boolean
  /** Shares of a whole: the axis always ends at 1. */
  readonly isShare?: boolean
  /** Series that are not drawn: what is left of a whole, for instance. */
  readonly without?: Readonly<Record<string, readonly string[]>>
}

const chart = (title: string, metrics: string | readonly string[], more: Partial<ChartDef> = {}): ChartDef => ({
  title,
  wanted: (typeof metrics === 'string' ? [metrics] : metrics).map((metric) => ({ metric })),
  ...more,
})
const only = (
  title: string,
  metric: string,
  labels: Readonly<Record<string, string>>,
  more: Partial<ChartDef> = {},
) => ({
  title,
  wanted: [{ metric, labels }],
  ...more,
})

const cpuModes = chart('CPU', 'system.cpu.mode.utilization', {
  isStacked: true,
  isShare: true,
  without: { mode: ['idle'] },
})
const memory = chart('Memory', 'system.memory.usage', { isStacked: true, without: { state: ['free'] } })
const diskThroughput = chart('Disk throughput', 'system.disk.throughput')
const networkThroughput = chart('Network throughput', 'system.network.throughput')
const pressure = chart('Pressure: something waits', 'system.pressure.some')
const temperatures = chart('Temperatures', 'hw.temperature')

export const charts: Readonly<Partial<Record<PageName, readonly ChartDef[]>>> = {
  overview: [cpuModes, memory, diskThroughput, networkThroughput, pressure, temperatures],
  cpu: [
    cpuModes,
    chart('By CPU', 'system.cpu.logical.utilization', { isShare: true }),
    chart('Load average', ['system.cpu.load_average.1m', 'system.cpu.load_average.5m', 'system.cpu.load_average.15m']),
    chart('Run queue and blocked', ['system.cpu.run_queue', 'system.cpu.blocked']),
    only('Pressure: something waits for a CPU', 'system.pressure.some', { resource: 'cpu' }),
    chart('Context switches and interrupts', [
      'system.cpu.context_switches',
      'system.cpu.interrupts',
      'system.cpu.softirqs',
    ]),
    chart('Frequency', 'system.cpu.frequency'),
    chart('Processes begun', 'system.process.created'),
    chart('Processes by state', 'system.process.count', { without: { status: ['sleeping'] } }),
    chart('Threads', 'system.thread.count'),
    chart('Throttled by heat', 'system.cpu.throttles'),
  ],
  memory: [
    memory,
    chart('In use', 'system.memory.utilization', { isShare: true }),
    chart('Swap', 'system.paging.usage', { isStacked: true }),
    chart('Available, cached, anonymous', [
      'system.linux.memory.available',
      'system.linux.memory.cached',
      'system.linux.memory.anonymous',
      'system.linux.memory.shared',
    ]),
    only('Pressure: something waits for memory', 'system.pressure.some', { resource: 'memory' }),
    chart('Page faults', 'system.paging.faults'),
    chart('Swapped in and out', 'system.paging.operations'),
    chart('Reclaim: scanned', 'system.linux.memory.scanned'),
    chart('Reclaim: came back', 'system.linux.memory.refaults'),
    chart('Waiting to be written', ['system.linux.memory.dirty', 'system.linux.memory.writeback']),
    chart('Kernel', ['system.linux.memory.kernel', 'system.linux.memory.slab.usage']),
    chart('Committed', ['system.linux.memory.committed', 'system.linux.memory.commit_limit']),
    chart('Killed for lack of memory', 'system.linux.memory.oom_kills'),
  ],
  disks: [
    diskThroughput,
    chart('Time with I/O in flight', 'system.disk.utilization', { isShare: true }),
    chart('Time an operation takes', 'system.disk.latency'),
    chart('Operations', 'system.disk.operations'),
    chart('Queue', 'system.disk.queue'),
    chart('Bytes by device', 'system.disk.io'),
    chart('Filesystems', 'system.filesystem.utilization', { isShare: true }),
    chart('Inodes', 'system.filesystem.inodes.utilization', { isShare: true }),
    only('Pressure: something waits for disks', 'system.pressure.some', { resource: 'io' }),
  ],
  network: [
    networkThroughput,
    chart('Bytes by interface', 'system.network.io'),
    chart('Share of the link', 'system.network.utilization', { isShare: true }),
    chart('Packets', 'system.network.packet.count'),
    chart('Errors', 'system.network.errors'),
    chart('Dropped', 'system.network.packet.dropped'),
    chart('TCP segments', 'system.network.tcp.segments'),
    chart('TCP sent again', 'system.network.tcp.retransmits'),
    chart('TCP connections begun', 'system.network.tcp.opens'),
    chart('TCP failures', ['system.network.tcp.failures', 'system.network.tcp.listen_drops']),
    chart('Connections', 'system.network.connection.count'),
    chart('UDP', ['system.network.udp.datagrams', 'system.network.udp.failures']),
    chart('Sockets', 'system.network.sockets'),
  ],
  pressure: [
    chart('Something waits', 'system.pressure.some'),
    chart('Everything waits', 'system.pressure.full'),
    chart('Run queue and blocked', ['system.cpu.run_queue', 'system.cpu.blocked']),
    chart('Swapped in and out', 'system.paging.operations'),
    chart('Disk queue', 'system.disk.queue'),
    chart('Major faults', 'system.paging.faults', { without: { type: ['minor'] } }),
  ],
  services: [
    chart('CPU by service', 'cgroup.cpu.utilization'),
    chart('Memory by service', 'cgroup.memory.working_set'),
    chart('Share of the memory limit', 'cgroup.memory.utilization', { isShare: true }),
    chart('Throttled', 'cgroup.cpu.throttled.time'),
    chart('Disk', 'cgroup.io'),
    chart('Pressure: something waits', 'cgroup.pressure.some.time'),
    chart('Processes', 'cgroup.process.count'),
    chart('Memory events', 'cgroup.memory.events'),
  ],
  sensors: [
    temperatures,
    chart('Fans', 'hw.fan.speed'),
    chart('Power', ['hw.power', 'hw.energy']),
    chart('Battery', 'hw.battery.charge', { isShare: true }),
    chart('Frequency', 'system.cpu.frequency'),
  ],
  sysmon: [
    chart('CPU, of one core', 'sysmon.cpu.utilization'),
    chart('Memory', 'sysmon.process.memory.usage'),
    chart('Lateness of ticks', 'sysmon.tick.lateness'),
    chart('Time of a tick', 'sysmon.tick.duration'),
    chart('Time of each collector', 'sysmon.collector.duration'),
    chart('Time to store', 'sysmon.store.duration'),
    chart('Written by the store', 'sysmon.store.io'),
    chart('Size of the store', 'sysmon.store.size', { isStacked: true }),
    chart('Frames', ['sysmon.store.frames', 'sysmon.store.buffered']),
    chart('Series', 'sysmon.series.count'),
  ],
}
