import type { tcpStates } from '../../catalogue/network.ts'
import { absent, type ConnectionReading, type ProtocolReading, type Reading } from '../platform.ts'
import { type AddressFamily, type Block, isFailure, type Native, whyNot } from './native.ts'
import {
  tcpRow4,
  tcpRow6,
  tcpStatistics,
  tcpStatisticsNarrow,
  tcpTable,
  udpStatistics,
  udpStatisticsNarrow,
} from './structures/network.ts'
import { counter64 } from './structures/structure.ts'
import { WideCounters } from './wide-counter.ts'

const families = [4, 6] as const satisfies readonly AddressFamily[]
type Family = (typeof families)[number]

const tcpNames = {
  activeOpens: 'dwActiveOpens',
  passiveOpens: 'dwPassiveOpens',
  attemptFails: 'dwAttemptFails',
  resets: 'dwEstabResets',
  retransmits: 'dwRetransSegs',
  received_bad: 'dwInErrs',
  resetsSent: 'dwOutRsts',
} as const
type TcpCount = keyof typeof tcpNames | 'inSegments' | 'outSegments' | 'connections'
type UdpCount = 'in' | 'out' | 'noPort' | 'bad' | 'sockets'
type Counts<N extends string> = Record<N, number>

/** Statistics of TCP and UDP, both families together. Counts of 32 bits are widened, for each family by itself (N3). */
export class Protocols {
  readonly #wide = new WideCounters<string>()

  read(native: Native): Reading<ProtocolReading> {
    const tcp = this.#sum(native, 'tcp', (block, family) => this.parseTcp(block, family))
    const udp = this.#sum(native, 'udp', (block, family) => this.parseUdp(block, family))
    if (tcp === undefined && udp === undefined) {
      const answer = native.protocolStatistics('tcp', 4)
      return absent(isFailure(answer) ? whyNot(answer) : 'neither TCP nor UDP tells its counts')
    }
    return {
      tcpInSegments: tcp?.inSegments,
      tcpOutSegments: tcp?.outSegments,
      tcpRetransmits: tcp?.retransmits,
      tcpActiveOpens: tcp?.activeOpens,
      tcpPassiveOpens: tcp?.passiveOpens,
      tcpAttemptsFailed: tcp?.attemptFails,
      tcpEstablishedResets: tcp?.resets,
      tcpReceivedBad: tcp?.received_bad,
      tcpResetsSent: tcp?.resetsSent,
      udpInDatagrams: udp?.in,
      udpOutDatagrams: udp?.out,
      udpNoPort: udp?.noPort,
      udpReceivedBad: udp?.bad,
      udpReceiveBufferErrors: undefined,
      udpSendBufferErrors: undefined,
      sockets: { tcp: tcp?.connections, udp: udp?.sockets },
      tcpOrphans: undefined,
      tcpTimeWait: undefined,
      tcpAllocated: undefined,
      tcpMemoryBytes: undefined,
    } as ProtocolReading
  }

  /** MIB_TCPSTATS2, or MIB_TCPSTATS_LH when the answer is as short as that. */
  parseTcp({ view, length }: Block, family: Family): Counts<TcpCount> {
    const isNarrow = length < tcpStatistics.size
    const { at } = isNarrow ? tcpStatisticsNarrow : tcpStatistics
    const narrow = (name: string, offset: number): number =>
      this.#wide.next(`tcp${family} ${name}`, view.getUint32(offset, true))
    const counts = Object.fromEntries(
      Object.entries(tcpNames).map(([count, member]) => [count, narrow(count, at[member])]),
    ) as Counts<keyof typeof tcpNames>
    return {
      ...counts,
      connections: view.getUint32(at.dwNumConns, true),
      inSegments: isNarrow
        ? narrow('in', tcpStatisticsNarrow.at.dwInSegs)
        : counter64(view, tcpStatistics.at.dw64InSegs),
      outSegments: isNarrow
        ? narrow('out', tcpStatisticsNarrow.at.dwOutSegs)
        : counter64(view, tcpStatistics.at.dw64OutSegs),
    }
  }

  /** MIB_UDPSTATS2, or MIB_UDPSTATS. */
  parseUdp({ view, length }: Block, family: Family): Counts<UdpCount> {
    const narrow = (name: string, offset: number): number =>
      this.#wide.next(`udp${family} ${name}`, view.getUint32(offset, true))
    const isNarrow = length < udpStatistics.size
    const { at } = isNarrow ? udpStatisticsNarrow : udpStatistics
    return {
      in: isNarrow
        ? narrow('in', udpStatisticsNarrow.at.dwInDatagrams)
        : counter64(view, udpStatistics.at.dw64InDatagrams),
      out: isNarrow
        ? narrow('out', udpStatisticsNarrow.at.dwOutDatagrams)
        : counter64(view, udpStatistics.at.dw64OutDatagrams),
      noPort: narrow('noPort', at.dwNoPorts),
      bad: narrow('bad', at.dwInErrors),
      sockets: view.getUint32(at.dwNumAddrs, true),
    }
  }

  #sum<N extends string>(
    native: Native,
    protocol: 'tcp' | 'udp',
    parse: (block: Block, family: Family) => Counts<N>,
  ): Counts<N> | undefined {
    let sum: Counts<N> | undefined
    for (const family of families) {
      const answer = native.protocolStatistics(protocol, family)
      const narrow = protocol === 'tcp' ? tcpStatisticsNarrow : udpStatisticsNarrow
      if (isFailure(answer) || answer.length < narrow.size) continue
      const counts = parse(answer, family)
      if (sum === undefined) sum = counts
      else for (const name of Object.keys(counts) as N[]) sum[name] += counts[name]
    }
    return sum
  }
}

/** MIB_TCP_STATE (tcpmib.h) by number, as RFC 4022 counts them. */
const stateNames: readonly ((typeof tcpStates)[number] | undefined)[] = [
  undefined,
  'close',
  'listen',
  'syn_sent',
  'syn_recv',
  'established',
  'fin_wait1',
  'fin_wait2',
  'close_wait',
  'closing',
  'last_ack',
  'time_wait',
]

export interface TcpConnection {
  readonly state: (typeof tcpStates)[number] | undefined
  readonly pid: number
  readonly local: string
  readonly remote: string
}

/** MIB_TCPTABLE_OWNER_PID and its sister for IPv6. */
export function parseTcpTable({ view, length }: Block, family: AddressFamily): TcpConnection[] {
  const row = family === 4 ? tcpRow4 : tcpRow6
  const count = length < tcpTable.rows ? 0 : view.getUint32(tcpTable.count, true)
  const connections: TcpConnection[] = []
  for (let index = 0; index < count; index++) {
    const start = tcpTable.rows + index * row.size
    if (start + row.size > length) break
    connections.push({
      state: stateNames[view.getUint32(start + row.at.dwState, true)],
      pid: view.getUint32(start + row.at.dwOwningPid, true),
      local: endOf(view, start, family, 'local'),
      remote: endOf(view, start, family, 'remote'),
    })
  }
  return connections
}

function endOf(view: DataView, start: number, family: AddressFamily, side: 'local' | 'remote'): string {
  if (family === 4) {
    const { dwLocalAddr, dwLocalPort, dwRemoteAddr, dwRemotePort } = tcpRow4.at
    const address = start + (side === 'local' ? dwLocalAddr : dwRemoteAddr)
    const bytes = [0, 1, 2, 3].map((index) => view.getUint8(address + index))
    return `${bytes.join('.')}:${portAt(view, start + (side === 'local' ? dwLocalPort : dwRemotePort))}`
  }
  const { ucLocalAddr, dwLocalPort, ucRemoteAddr, dwRemotePort } = tcpRow6.at
  const address = start + (side === 'local' ? ucLocalAddr : ucRemoteAddr)
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(address + index * 2).toString(16))
  return `[${shortened(groups)}]:${portAt(view, start + (side === 'local' ? dwLocalPort : dwRemotePort))}`
}

/** In network byte order, in the low half of a DWORD. */
const portAt = (view: DataView, offset: number): number => view.getUint16(offset)

/** The longest run of zeros as `::` (RFC 5952). */
function shortened(groups: readonly string[]): string {
  const text = groups.join(':')
  const [longest] = [...text.matchAll(/\b0(?::0)+\b/g)].toSorted(([a], [b]) => b.length - a.length)
  if (longest === undefined) return text
  const before = text.slice(0, longest.index).replace(/:$/, '')
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, '')
  return `${before}::${after}`
}

export function readTcpTable(native: Native): TcpConnection[] | undefined {
  const tables = families.map((family) => {
    const answer = native.tcpTable(family)
    return isFailure(answer) ? undefined : parseTcpTable(answer, family)
  })
  return tables.every((table) => table === undefined) ? undefined : tables.flatMap((table) => table ?? [])
}

export async function readConnections(native: Native): Promise<Reading<ConnectionReading>> {
  const table = readTcpTable(native)
  if (table === undefined) return absent('GetExtendedTcpTable: it does not answer')
  const tcp: Partial<Record<(typeof tcpStates)[number], number>> = {}
  for (const { state } of table) if (state !== undefined) tcp[state] = (tcp[state] ?? 0) + 1
  return { tcp: { ...noConnections, ...tcp }, listenOverflows: undefined, listenDropsOther: undefined }
}

const noConnections = Object.fromEntries(stateNames.flatMap((name) => (name === undefined ? [] : [[name, 0]])))
