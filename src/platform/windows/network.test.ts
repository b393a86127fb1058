import { describe, expect, test } from 'bun:test'
import { block, bytesOf, fakeNative, joined } from '../../../test/windows-native.ts'
import { parseInterfaces } from './interfaces.ts'
import { Protocols, parseTcpTable, readConnections } from './protocols.ts'
import {
  interfaceRow,
  tcpRow4,
  tcpRow6,
  tcpStatistics,
  tcpStatisticsNarrow,
  udpStatistics,
  udpStatisticsNarrow,
} from './structures/network.ts'

type Row = Parameters<typeof bytesOf<keyof typeof interfaceRow.at>>[1]
const card: Row = { Alias: 'Ethernet', Type: 6, InterfaceAndOperStatusFlags: 5, OperStatus: 1 }
function interfaces(...rows: Row[]) {
  const count = new Uint8Array(8)
  new DataView(count.buffer).setUint32(0, rows.length, true)
  return parseInterfaces(block(joined(count, ...rows.map((row) => bytesOf(interfaceRow, row)))))
}

describe('interfaces', () => {
  test('N3, N13 counters of 64 bits, each its own', () => {
    const [first] = interfaces({
      ...card,
      InOctets: 10_000_000_000n,
      OutOctets: 20_000_000_000n,
      InUcastPkts: 3,
      InNUcastPkts: 4,
      OutUcastPkts: 5,
      OutNUcastPkts: 6,
      InErrors: 7,
      OutErrors: 8,
      InDiscards: 9,
      OutDiscards: 10,
    })
    expect(first?.network).toEqual({
      device: 'Ethernet',
      role: 'physical',
      receive: { bytes: 10_000_000_000, packets: 7, errors: 7, dropped: 9 },
      transmit: { bytes: 20_000_000_000, packets: 11, errors: 8, dropped: 10 },
    })
  })

  test('N7 filters of a card count its bytes again, and are left out', () => {
    const filter = { ...card, Alias: 'Ethernet-QoS Packet Scheduler-0000', InterfaceAndOperStatusFlags: 7 }
    expect(interfaces(card, filter, filter).map(({ network }) => network.device)).toEqual(['Ethernet'])
  })

  test('roles: hardware, switches and tunnels, loopback; what never came up is left out', () => {
    const list = interfaces(
      card,
      { ...card, Alias: 'vEthernet', InterfaceAndOperStatusFlags: 0 },
      { ...card, Alias: 'Loopback', Type: 24, InterfaceAndOperStatusFlags: 0 },
      { ...card, Alias: 'WAN Miniport', InterfaceAndOperStatusFlags: 0, OperStatus: 2 },
      { ...card, Alias: 'Wi-Fi', OperStatus: 2 },
    )
    expect(list.map(({ network }) => `${network.device} ${network.role}`)).toEqual([
      'Ethernet physical',
      'vEthernet virtual',
      'Loopback loopback',
      'Wi-Fi physical',
    ])
    expect(list.map(({ link }) => link.up)).toEqual([true, true, true, false])
  })

  test('N6 a speed that the driver does not know is absent; one of 100 Gbit/s is right', () => {
    const speeds = [100_000_000_000n, 2n ** 64n - 1n, 2n ** 32n - 1n, 0n]
    const list = interfaces(...speeds.map((TransmitLinkSpeed) => ({ ...card, TransmitLinkSpeed })))
    expect(list.map(({ link }) => link.bytesPerSecond)).toEqual([12_500_000_000, undefined, undefined, undefined])
    const [virtual] = interfaces({ ...card, InterfaceAndOperStatusFlags: 0, TransmitLinkSpeed: 10_000_000_000n })
    expect(virtual?.link.bytesPerSecond).toBeUndefined()
  })

  test('N14, R12 names of any script; what a terminal would obey is taken out', () => {
    const names = interfaces(
      { ...card, Alias: 'Подключение ＬＡＮ' },
      { ...card, Alias: 'a\u001b[31mb' },
      { ...card, Alias: '', Description: 'Intel' },
    )
    expect(names.map(({ network }) => network.device)).toEqual(['Подключение ＬＡＮ', 'a\ufffd[31mb', 'Intel'])
  })

  test('a table that is cut off gives the rows that are whole', () => {
    const count = new Uint8Array(8)
    new DataView(count.buffer).setUint32(0, 1000, true)
    expect(parseInterfaces(block(joined(count, bytesOf(interfaceRow, card), new Uint8Array(100)))).length).toBe(1)
    expect(parseInterfaces(block(new Uint8Array(0)))).toEqual([])
  })
})

describe('TCP and UDP', () => {
  const wide = bytesOf(tcpStatistics, {
    dwActiveOpens: 1,
    dwPassiveOpens: 2,
    dwAttemptFails: 3,
    dwEstabResets: 4,
    dw64InSegs: 5_000_000_000n,
    dw64OutSegs: 6,
    dwRetransSegs: 7,
    dwInErrs: 8,
    dwOutRsts: 9,
    dwNumConns: 10,
  })
  const udp = bytesOf(udpStatistics, {
    dw64InDatagrams: 11,
    dwNoPorts: 12,
    dwInErrors: 13,
    dw64OutDatagrams: 14,
    dwNumAddrs: 15,
  })

  test('N13 IPv4 and IPv6 together, each number its own', () => {
    const native = fakeNative({ protocolStatistics: (protocol) => block(protocol === 'tcp' ? wide : udp) })
    expect(new Protocols().read(native)).toMatchObject({
      tcpActiveOpens: 2,
      tcpPassiveOpens: 4,
      tcpAttemptsFailed: 6,
      tcpEstablishedResets: 8,
      tcpInSegments: 10_000_000_000,
      tcpOutSegments: 12,
      tcpRetransmits: 14,
      tcpReceivedBad: 16,
      tcpResetsSent: 18,
      udpInDatagrams: 22,
      udpNoPort: 24,
      udpReceivedBad: 26,
      udpOutDatagrams: 28,
      sockets: { tcp: 20, udp: 30 },
    })
  })

  test('N3 before Windows 10 1709 all have 32 bits, and are widened', () => {
    const narrow = (segments: number, datagrams: number) =>
      fakeNative({
        protocolStatistics: (protocol, family) =>
          family === 6
            ? { failed: 'no IPv6', code: 50 }
            : block(
                protocol === 'tcp'
                  ? bytesOf(tcpStatisticsNarrow, { dwInSegs: segments, dwNumConns: 3 })
                  : bytesOf(udpStatisticsNarrow, { dwInDatagrams: datagrams, dwNumAddrs: 4 }),
              ),
      })
    const protocols = new Protocols()
    protocols.read(narrow(4_294_967_290, 4_294_967_295))
    expect(protocols.read(narrow(10, 0))).toMatchObject({
      tcpInSegments: 4_294_967_306,
      udpInDatagrams: 4_294_967_296,
      sockets: { tcp: 3, udp: 4 },
    })
  })

  test('neither: absent with the reason', () => {
    expect(new Protocols().read(fakeNative())).toEqual({ absent: 'GetTcpStatisticsEx2: it is not supported here' })
  })

  const table = (...rows: Uint8Array[]): Uint8Array => {
    const count = new Uint8Array(4)
    new DataView(count.buffer).setUint32(0, rows.length, true)
    return joined(count, ...rows)
  }
  const row4 = (state: number) =>
    bytesOf(tcpRow4, {
      dwState: state,
      dwLocalAddr: 0x0100007f,
      dwLocalPort: 0x901f,
      dwRemoteAddr: 0x0101a8c0,
      dwRemotePort: 0xbb01,
      dwOwningPid: 8,
    })

  test('connections by state, both families', async () => {
    const six = bytesOf(tcpRow6, { dwState: 2 })
    const native = fakeNative({
      tcpTable: (family) => block(family === 4 ? table(row4(5), row4(5), row4(11), row4(12)) : table(six)),
    })
    expect(await readConnections(native)).toMatchObject({
      tcp: { established: 2, time_wait: 1, listen: 1, close: 0, closing: 0 },
    })
  })

  test('addresses and ports as people write them', () => {
    const [four] = parseTcpTable(block(table(row4(5))), 4)
    expect(four).toEqual({ state: 'established', pid: 8, local: '127.0.0.1:8080', remote: '192.168.1.1:443' })
    const ends = (bytes: number[]) =>
      parseTcpTable(block(table(bytesOf(tcpRow6, { dwState: 2, ucLocalAddr: bytes }))), 6)[0]?.local
    expect(ends([])).toBe('[::]:0')
    expect(ends([...Array.from({ length: 15 }, () => 0), 1])).toBe('[::1]:0')
    expect(ends([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 5])).toBe('[fe80::1:0:0:5]:0')
    expect(ends([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])).toBe('[2001:db8::]:0')
  })
})
