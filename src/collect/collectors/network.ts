import { tcpStates } from '../../catalogue/network.ts'
import type { SeriesTable } from '../../frame/series-table.ts'
import type {
  ConnectionReading,
  LinkReading,
  NetworkReading,
  ProtocolReading,
  SystemMetrics,
} from '../../platform/platform.ts'
import type { SlowCollector, TickCollector } from '../collector.ts'
import { Emission, type Emit, emit, KeyedEmission } from '../emit.ts'
import { slowCollector, tickCollector } from './reading.ts'

function networkEmits({ device, role }: NetworkReading): Emit<NetworkReading>[] {
  return (['receive', 'transmit'] as const).flatMap((direction) => {
    const labels = { device, role, direction }
    return [
      emit('system.network.io', labels, (r: NetworkReading) => r[direction].bytes),
      emit('system.network.packet.count', labels, (r: NetworkReading) => r[direction].packets),
      emit('system.network.errors', labels, (r: NetworkReading) => r[direction].errors),
      emit('system.network.packet.dropped', labels, (r: NetworkReading) => r[direction].dropped),
    ]
  })
}

export function networkCollector(system: SystemMetrics, series: SeriesTable): TickCollector {
  const each = new KeyedEmission<NetworkReading>(series, (r) => `${r.device} ${r.role}`, networkEmits)
  return tickCollector(
    'network',
    () => system.networks(),
    (r, sink) => each.write(r, sink),
  )
}

export function linkCollector(system: SystemMetrics, series: SeriesTable): SlowCollector {
  const each = new KeyedEmission<LinkReading>(
    series,
    (r) => `${r.device} ${r.role}`,
    ({ device, role }) => [
      emit('system.network.limit', { device, role }, (r: LinkReading) => r.bytesPerSecond),
      emit('system.network.up', { device, role }, (r: LinkReading) => (r.up === undefined ? undefined : Number(r.up))),
    ],
  )
  return slowCollector(
    'network_link',
    { everyMs: 10_000, timeoutMs: 5_000 },
    () => system.links(),
    (r, sink) => each.write(r, sink),
  ) as SlowCollector
}

type P = ProtocolReading
const protocolEmits = [
  emit('system.network.tcp.segments', { direction: 'receive' }, (r: P) => r.tcpInSegments),
  emit('system.network.tcp.segments', { direction: 'transmit' }, (r: P) => r.tcpOutSegments),
  emit('system.network.tcp.retransmits', {}, (r: P) => r.tcpRetransmits),
  emit('system.network.tcp.opens', { side: 'active' }, (r: P) => r.tcpActiveOpens),
  emit('system.network.tcp.opens', { side: 'passive' }, (r: P) => r.tcpPassiveOpens),
  emit('system.network.tcp.failures', { type: 'attempt_failed' }, (r: P) => r.tcpAttemptsFailed),
  emit('system.network.tcp.failures', { type: 'established_reset' }, (r: P) => r.tcpEstablishedResets),
  emit('system.network.tcp.failures', { type: 'received_bad' }, (r: P) => r.tcpReceivedBad),
  emit('system.network.tcp.failures', { type: 'reset_sent' }, (r: P) => r.tcpResetsSent),
  emit('system.network.udp.datagrams', { direction: 'receive' }, (r: P) => r.udpInDatagrams),
  emit('system.network.udp.datagrams', { direction: 'transmit' }, (r: P) => r.udpOutDatagrams),
  emit('system.network.udp.failures', { type: 'no_port' }, (r: P) => r.udpNoPort),
  emit('system.network.udp.failures', { type: 'received_bad' }, (r: P) => r.udpReceivedBad),
  emit('system.network.udp.failures', { type: 'receive_buffer' }, (r: P) => r.udpReceiveBufferErrors),
  emit('system.network.udp.failures', { type: 'send_buffer' }, (r: P) => r.udpSendBufferErrors),
  ...(['tcp', 'udp', 'udplite', 'raw', 'frag'] as const).map((protocol) =>
    emit('system.network.sockets', { protocol }, (r: P) => r.sockets[protocol]),
  ),
  emit('system.network.tcp.sockets', { state: 'orphan' }, (r: P) => r.tcpOrphans),
  emit('system.network.tcp.sockets', { state: 'time_wait' }, (r: P) => r.tcpTimeWait),
  emit('system.network.tcp.sockets', { state: 'allocated' }, (r: P) => r.tcpAllocated),
  emit('system.network.tcp.memory', {}, (r: P) => r.tcpMemoryBytes),
]

export function protocolCollector(system: SystemMetrics, series: SeriesTable): TickCollector {
  const emission = new Emission(series, protocolEmits)
  return tickCollector(
    'protocol',
    () => system.protocols(),
    (r, sink) => emission.write(r, sink),
  )
}

const connectionEmits = [
  ...tcpStates.map((state) =>
    emit('system.network.connection.count', { protocol: 'tcp', state }, (r: ConnectionReading) => r.tcp?.[state]),
  ),
  emit('system.network.tcp.listen_drops', { reason: 'overflow' }, (r: ConnectionReading) => r.listenOverflows),
  emit('system.network.tcp.listen_drops', { reason: 'other' }, (r: ConnectionReading) => r.listenDropsOther),
]

export function connectionCollector(system: SystemMetrics, series: SeriesTable): SlowCollector {
  const emission = new Emission(series, connectionEmits)
  return slowCollector(
    'connection',
    { everyMs: 10_000, timeoutMs: 5_000 },
    () => system.connections(),
    (r, sink) => emission.write(r, sink),
  ) as SlowCollector
}
