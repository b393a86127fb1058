import { afterEach, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { requireTool } from '../tools.ts'
import { differences, outside, run, words } from './live.ts'
import { livePlatform, read } from './live-platform.ts'

const { system } = await livePlatform()

const opened: { destroy(): void }[] = []
afterEach(() => {
  for (const each of opened.splice(0)) each.destroy()
})

/** A server on a port of the kernel's choice and so many connections to it. */
async function connections(count: number): Promise<{ readonly clients: Socket[]; readonly accepted: Socket[] }> {
  const accepted: Socket[] = []
  const server: Server = createServer((socket) => {
    opened.push(socket)
    accepted.push(socket)
    socket.resume()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  opened.push({ destroy: () => server.close() })
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const clients = await Promise.all(
    Array.from({ length: count }, () => {
      const client = connect(port, '127.0.0.1')
      opened.push(client)
      return new Promise<Socket>((resolve, reject) =>
        client.once('connect', () => resolve(client)).once('error', reject),
      )
    }),
  )
  while (accepted.length < count) await Bun.sleep(5)
  return { clients, accepted }
}

const flowNames = ['bytes', 'packets', 'errors', 'dropped'] as const

test('N13: every counter of every interface is that of /proc/net/dev, each way', () => {
  const parse = (): Map<string, { receive: number[]; transmit: number[] }> =>
    new Map(
      readFileSync('/proc/net/dev', 'utf8')
        .split('\n')
        .slice(2)
        .filter((line) => line.includes(':'))
        .map((line) => {
          const [name = '', rest = ''] = line.split(/:(.*)/)
          const fields = rest.trim().split(/\s+/).map(Number)
          return [name.trim(), { receive: fields.slice(0, 4), transmit: fields.slice(8, 12) }]
        }),
    )
  const before = parse()
  const ours = read(system.networks())
  const after = parse()
  expect(ours.map(({ device }) => device).sort()).toEqual([...before.keys()].sort())
  const wrong = ours.flatMap((nic) =>
    (['receive', 'transmit'] as const).flatMap((way) =>
      flowNames.map((name, i) => {
        const [low, high] = [before.get(nic.device)?.[way][i], after.get(nic.device)?.[way][i]]
        return outside(`${nic.device} ${way} ${name}`, low ?? Number.NaN, nic[way][name], high ?? Number.NaN)
      }),
    ),
  )
  expect(wrong.filter((line) => line !== undefined)).toEqual([])
})

interface IpLink {
  readonly ifname: string
  readonly operstate: string
  readonly flags: readonly string[]
  readonly stats64: Record<'rx' | 'tx', Record<string, number>>
}

describe.skipIf(!requireTool('ip'))('beside ip', () => {
  const links = (): Map<string, IpLink> =>
    new Map((JSON.parse(run('ip', '-s', '-j', 'link')) as IpLink[]).map((link) => [link.ifname, link]))

  test('N3: bytes, packets and errors are the 64-bit ones of the kernel', () => {
    const before = links()
    const ours = read(system.networks())
    const after = links()
    expect(ours.length).toBe(before.size)
    const wrong = ours.flatMap((nic) =>
      (['receive', 'transmit'] as const).flatMap((way) =>
        (['bytes', 'packets', 'errors'] as const).map((name) => {
          const of = (all: Map<string, IpLink>): number =>
            all.get(nic.device)?.stats64[way === 'receive' ? 'rx' : 'tx'][name] ?? Number.NaN
          return outside(`${nic.device} ${way} ${name}`, of(before), nic[way][name], of(after))
        }),
      ),
    )
    expect(wrong.filter((line) => line !== undefined)).toEqual([])
  })

  test('a link is up when ip says so, or has its carrier where the driver does not say', async () => {
    const known = links()
    read(system.networks())
    for (const { device, up } of read(await system.links())) {
      const { operstate, flags } = known.get(device) as IpLink
      if (operstate === 'UP') expect([device, up]).toEqual([device, true])
      else if (operstate === 'DOWN') expect([device, up]).toEqual([device, false])
      else if (operstate === 'UNKNOWN') expect([device, up]).toEqual([device, flags.includes('LOWER_UP')])
    }
  })
})

test('N13: 10 MB over the loopback are received and transmitted there', async () => {
  const payload = Buffer.alloc(10_000_000)
  const { clients, accepted } = await connections(1)
  let received = 0
  accepted[0]?.on('data', (bytes: Buffer) => {
    received += bytes.length
  })
  const loopback = () => {
    const nic = read(system.networks()).find(({ device }) => device === 'lo')
    return { receive: nic?.receive.bytes ?? Number.NaN, transmit: nic?.transmit.bytes ?? Number.NaN }
  }
  const before = loopback()
  clients[0]?.write(payload)
  while (received < payload.length) await Bun.sleep(5)
  const after = loopback()
  expect(after.receive - before.receive).toBeGreaterThanOrEqual(payload.length)
  expect(after.transmit - before.transmit).toBeGreaterThanOrEqual(payload.length)
})

describe.skipIf(!requireTool('ss'))('beside ss', () => {
  /** As ss names the states; what it calls `UNCONN` has no connection to count. */
  const stateOfSs: Readonly<Record<string, string>> = {
    ESTAB: 'established',
    'SYN-SENT': 'syn_sent',
    'SYN-RECV': 'syn_recv',
    'FIN-WAIT-1': 'fin_wait1',
    'FIN-WAIT-2': 'fin_wait2',
    'TIME-WAIT': 'time_wait',
    UNCONN: 'close',
    'CLOSE-WAIT': 'close_wait',
    'LAST-ACK': 'last_ack',
    LISTEN: 'listen',
    CLOSING: 'closing',
  }
  function countStates(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const [name = ''] of words(run('ss', '-H', '-tan'))) {
      const state = stateOfSs[name] ?? name
      counts[state] = (counts[state] ?? 0) + 1
    }
    return counts
  }

  test('N11: TCP sockets by state are as many as ss lists', async () => {
    const { clients, accepted } = await connections(8)
    // Half closed by the client: the server's side waits for its own end.
    for (const client of clients.slice(0, 3)) client.end()
    accepted[3]?.pause()
    const compare = async () => {
      const before = countStates()
      const { tcp = {} } = read(await system.connections())
      const after = countStates()
      const states = new Set([...Object.keys(before), ...Object.keys(tcp), ...Object.keys(after)])
      return [...states].map((state) =>
        outside(state, before[state] ?? 0, tcp[state as keyof typeof tcp] ?? 0, after[state] ?? 0),
      )
    }
    expect(await differences(compare)).toEqual([])
    const { tcp } = read(await system.connections())
    expect(tcp?.established ?? 0).toBeGreaterThanOrEqual(10)
    expect(tcp?.listen ?? 0).toBeGreaterThanOrEqual(1)
  })

  test('sockets in use are those of ss, IPv4 and IPv6', async () => {
    await connections(2)
    const totals = (): Record<string, number> => {
      const lines = words(run('ss', '-s')).filter(([name]) => ['TCP', 'UDP', 'RAW', 'FRAG'].includes(name ?? ''))
      return Object.fromEntries(lines.map(([name = '', total]) => [name.toLowerCase(), Number(total)]))
    }
    const compare = () => {
      const before = totals()
      const { sockets } = read(system.protocols())
      const after = totals()
      return (['tcp', 'udp', 'raw', 'frag'] as const).map((name) =>
        outside(name, before[name] ?? Number.NaN, sockets[name], after[name] ?? Number.NaN),
      )
    }
    expect(await differences(compare)).toEqual([])
  })
})

test('segments and datagrams are those of /proc/net/snmp', async () => {
  await connections(1)
  const parse = (): Map<string, number> => {
    const lines = words(readFileSync('/proc/net/snmp', 'utf8'))
    const pairs = lines.flatMap(([group = '', ...names], i) =>
      lines[i + 1]?.[0] === group && Number.isNaN(Number(names[0]))
        ? names.map((name, k) => [group + name, Number(lines[i + 1]?.[k + 1])] as const)
        : [],
    )
    return new Map(pairs)
  }
  const before = parse()
  const ours = read(system.protocols())
  const after = parse()
  const fields = {
    'Tcp:InSegs': ours.tcpInSegments,
    'Tcp:OutSegs': ours.tcpOutSegments,
    'Tcp:RetransSegs': ours.tcpRetransmits,
    'Tcp:ActiveOpens': ours.tcpActiveOpens,
    'Tcp:PassiveOpens': ours.tcpPassiveOpens,
    'Tcp:AttemptFails': ours.tcpAttemptsFailed,
    'Tcp:EstabResets': ours.tcpEstablishedResets,
    'Tcp:InErrs': ours.tcpReceivedBad,
    'Tcp:OutRsts': ours.tcpResetsSent,
    'Udp:InDatagrams': ours.udpInDatagrams,
    'Udp:OutDatagrams': ours.udpOutDatagrams,
    'Udp:NoPorts': ours.udpNoPort,
    'Udp:RcvbufErrors': ours.udpReceiveBufferErrors,
    'Udp:SndbufErrors': ours.udpSendBufferErrors,
  }
  const wrong = Object.entries(fields).map(([key, value]) =>
    outside(key, before.get(key) ?? Number.NaN, value, after.get(key) ?? Number.NaN),
  )
  expect(wrong.filter((line) => line !== undefined)).toEqual([])
})
