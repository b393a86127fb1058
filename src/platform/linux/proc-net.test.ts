import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { fixtureHost } from '../../../test/fixture-host.ts'
import { bytesOf } from '../../../test/text-bytes.ts'
import { isAbsent, type NetworkReading } from '../platform.ts'
import { parseNetDev } from './proc-net-dev.ts'
import { listenKeys, SnmpGroup, tcpKeys, udpKeys } from './proc-net-snmp.ts'
import { parseSockstat } from './proc-net-sockstat.ts'
import { createLinuxSystem } from './system.ts'

const heading =
  'Inter-|   Receive                                                |  Transmit\n' +
  ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n'
const numbers = '11 12 13 14 15 16 17 18 21 22 23 24 25 26 27 28'
const parseBytes = (bytes: Uint8Array): NetworkReading[] => parseNetDev(bytes, () => 'physical')
const parse = (text: string): NetworkReading[] => parseBytes(bytesOf(heading + text))
const names = (readings: readonly NetworkReading[]): string[] => readings.map(({ device }) => device)

describe('/proc/net/dev', () => {
  test('N13 every field has its place', () => {
    expect(parse(`  eth0: ${numbers}\n`)).toEqual([
      {
        device: 'eth0',
        role: 'physical',
        receive: { bytes: 11, packets: 12, errors: 13, dropped: 14 },
        transmit: { bytes: 21, packets: 22, errors: 23, dropped: 24 },
      },
    ])
  })

  test('N3 counts of 64 bits are no counts of 32 bits', () => {
    expect(parse('eth0: 123456789012345 0 0 0 0 0 0 0 9007199254740991 0 0 0 0 0 0 0')).toMatchObject([
      { receive: { bytes: 123_456_789_012_345 }, transmit: { bytes: Number.MAX_SAFE_INTEGER } },
    ])
  })

  test('old kernels leave no blank behind the colon', () =>
    expect(names(parse('eth0:1 2 3 4 5 6 7 8 1 2 3 4'))).toEqual(['eth0']))

  test('N14 a line that was cut off does not take the others along', () => {
    expect(names(parse(`eth0: 1 2 3\nno colon here\nwg0: ${numbers}\n`))).toEqual(['wg0'])
  })

  test('N14, R11, R12 names of any bytes are shown as text that does no harm', () => {
    const latin = Uint8Array.from([0x20, 0xe6, 0xad, 0x1b, 0x5d, 0x3a, 0x20])
    expect(names(parseBytes(Uint8Array.from([...bytesOf(heading), ...latin, ...bytesOf(numbers)])))).toEqual([
      '\ufffd\ufffd]',
    ])
    expect(names(parse(`büro0: ${numbers}`))).toEqual(['büro0'])
  })

  test('any bytes are read without a throw and give no negative count', () => {
    const piece = fc.oneof(fc.constantFrom('eth0: ', numbers, '\n', '18446744073709551615 ', ':'), fc.string())
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        for (const { receive, transmit } of parse(pieces.join('').replaceAll('-', ' ')))
          for (const value of [...Object.values(receive), ...Object.values(transmit)])
            if (!Number.isNaN(value)) expect(value).toBeGreaterThanOrEqual(0)
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        parseBytes(bytes)
      }),
    )
  })
})

describe('reading it', () => {
  const devices =
    (host: ReturnType<typeof fixtureHost>, system = createLinuxSystem(host, 0)) =>
    (): string[] => {
      const reading = system.networks()
      return isAbsent(reading) ? [] : names(reading)
    }

  test('K7 the interfaces of the first process are the machine’s, ours may be a container’s', () => {
    const host = fixtureHost()
    host.put('proc/net/dev', `${heading}veth7: ${numbers}\n`)
    host.put('proc/1/net/dev', `${heading}enp3s0: ${numbers}\n`)
    expect(devices(host)()).toEqual(['enp3s0'])
  })

  test('N8 an interface that appears later, or stood at 0, is there', () => {
    const host = fixtureHost()
    const read = devices(host)
    host.put('proc/net/dev', `${heading}eth0: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`)
    expect(read()).toEqual(['eth0'])
    host.put('proc/net/dev', `${heading}eth0: ${numbers}\nwg0: ${numbers}\n`)
    expect(read()).toEqual(['eth0', 'wg0'])
  })

  test('N12 the file is read whole in one go', () => {
    const host = fixtureHost()
    host.put('proc/net/dev', heading + Array.from({ length: 2000 }, (_, i) => `veth${i}: ${numbers}\n`).join(''))
    const read = devices(host)
    expect(read()).toHaveLength(2000)
    // Once when it is opened, once when it is read.
    expect(host.reads('proc/net/dev')).toBe(2)
  })
})

describe('/proc/net/snmp and netstat', () => {
  const snmp =
    'Ip: Forwarding DefaultTTL\nIp: 1 64\n' +
    'Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors\n' +
    'Tcp: 1 200 120000 -1 11 12 13 14 15 16 17 18 19 20 21\n' +
    'Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors\nUdp: 31 32 33 34 5 36 37\n' +
    'UdpLite: InDatagrams NoPorts\nUdpLite: 91 92\n'

  test('N13 numbers are found by the names above them', () => {
    expect(new SnmpGroup('Tcp', tcpKeys).parse(bytesOf(snmp))).toEqual({
      ActiveOpens: 11,
      PassiveOpens: 12,
      AttemptFails: 13,
      EstabResets: 14,
      InSegs: 16,
      OutSegs: 17,
      RetransSegs: 18,
      InErrs: 19,
      OutRsts: 20,
    })
    expect(new SnmpGroup('Udp', udpKeys).parse(bytesOf(snmp))).toMatchObject({ InDatagrams: 31, SndbufErrors: 36 })
  })

  test('a name that the kernel does not have, and a group that is not there, are absent', () => {
    expect(new SnmpGroup('TcpExt', listenKeys).parse(bytesOf(snmp))).toEqual({
      ListenOverflows: Number.NaN,
      ListenDrops: Number.NaN,
    })
    expect(new SnmpGroup('Udp', udpKeys).parse(bytesOf('Udp: InDatagrams\nUdp: 7\n'))).toMatchObject({
      InDatagrams: 7,
      NoPorts: Number.NaN,
    })
  })

  test('names that change are looked up again', () => {
    const group = new SnmpGroup('Udp', udpKeys)
    group.parse(bytesOf('Udp: InDatagrams NoPorts\nUdp: 1 2\n'))
    expect(group.parse(bytesOf('Udp: NoPorts InDatagrams More\nUdp: 3 4 5\n'))).toMatchObject({
      InDatagrams: 4,
      NoPorts: 3,
    })
  })

  test('lost datagrams are counted once: those for want of a buffer are not among the bad ones', () => {
    const host = fixtureHost()
    host.put('proc/net/snmp', snmp)
    host.put('proc/net/sockstat', 'sockets: used 280\nTCP: inuse 7 orphan 1 tw 12 alloc 9 mem 3\nUDP: inuse 2 mem 0\n')
    host.put('proc/net/sockstat6', 'TCP6: inuse 4\nUDP6: inuse 5\n')
    expect(createLinuxSystem(host, 0).protocols()).toMatchObject({
      udpReceivedBad: 28,
      udpReceiveBufferErrors: 5,
      sockets: { tcp: 11, udp: 7 },
      tcpOrphans: 1,
      tcpTimeWait: 12,
      tcpAllocated: 9,
      tcpMemoryBytes: 3 * 4096,
    })
  })

  test('any bytes are read without a throw', () => {
    const piece = fc.oneof(fc.constantFrom('Tcp: ', 'InSegs ', 'OutSegs', '\n', '1 2 3 ', '-1 '), fc.string())
    const group = new SnmpGroup('Tcp', tcpKeys)
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        group.parse(bytesOf(pieces.join('')))
        const into = new Map<string, number>()
        parseSockstat(bytesOf(pieces.join('')), into)
      }),
    )
  })
})
