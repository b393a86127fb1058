import { describe, expect, test } from 'bun:test'
import { cpu, FakeClient, memory, settled } from '../../../test/live-client.ts'
import { knownOf, liveMachine } from '../../../test/live-stream.ts'
import { closeCodes } from '../live-contract.ts'
import { ApiError } from '../problems.ts'

describe('a client that subscribes', () => {
  test('gets every value at once, then what has changed', () => {
    const machine = liveMachine()
    machine.next([cpu(0.5), memory(7)])
    const client = new FakeClient(machine).subscribe()
    expect(client.take()).toEqual([
      {
        type: 'snapshot',
        seq: 1,
        unixMs: machine.tick?.unixMs,
        elapsedSeconds: 1,
        host: expect.objectContaining({ hostName: 'maschine-ü' }),
        series: [
          { id: 0, metric: 'system.cpu.utilization', labels: {}, unit: '1' },
          { id: 1, metric: 'system.memory.usage', labels: { state: 'used' }, unit: '1' },
        ],
        values: [0.5, 7],
      },
    ])
    machine.next([cpu(0.5), memory(8), memory(1, 'free')], { gap: 'missed' })
    expect(client.take()).toEqual([
      {
        type: 'delta',
        seq: 2,
        unixMs: machine.tick?.unixMs,
        elapsedSeconds: 1,
        gap: 'missed',
        series: [{ id: 2, metric: 'system.memory.usage', labels: { state: 'free' }, unit: '1' }],
        changes: [
          [1, 8],
          [2, 1],
        ],
      },
    ])
    machine.next([cpu(0.5)])
    expect(client.take()).toEqual([
      expect.objectContaining({
        changes: [
          [1, null],
          [2, null],
        ],
      }),
    ])
    machine.next([cpu(0.5)])
    expect(client.take()).toEqual([expect.objectContaining({ type: 'delta', changes: [] })])
  })

  test('gets nothing before it asks, and the whole with the first tick when it asks before', () => {
    const machine = liveMachine()
    const silent = new FakeClient(machine)
    const early = new FakeClient(machine).subscribe({ since: 0 })
    expect(early.texts).toEqual([])
    machine.next([cpu(0.5)])
    expect(early.reader.known).toEqual(knownOf([cpu(0.5)]))
    expect(silent.texts).toEqual([])
    expect(machine.errors).toEqual([])
  })

  test('again, gets the whole again, of what it wants now', () => {
    const machine = liveMachine()
    machine.next([cpu(0.5), memory(7)])
    const client = new FakeClient(machine).subscribe()
    client.subscribe({ metrics: ['system.memory.*'] })
    machine.next([cpu(0.6), memory(8)])
    expect(client.reader.snapshots).toBe(2)
    expect(client.reader.known).toEqual(knownOf([memory(8)]))
    expect(machine.hub.stats()).toMatchObject({ connections: 1, groups: 1 })
  })

  test('to the same again, stays one of its group', () => {
    const machine = liveMachine()
    machine.next([cpu(0.5)])
    const client = new FakeClient(machine).subscribe().subscribe({ processes: {} }).subscribe()
    machine.next([cpu(0.6)])
    expect(client.reader.known).toEqual(knownOf([cpu(0.6)]))
    expect(machine.hub.stats()).toMatchObject({ groups: 1, tables: 0 })
  })

  test('after a break is told how many ticks it missed', () => {
    const machine = liveMachine()
    for (let i = 0; i < 10; i++) machine.next([cpu(i)])
    const missed = (since: number) => new FakeClient(machine).subscribe({ since }).take()
    expect(missed(4)).toEqual([expect.objectContaining({ seq: 10, missed: 5 })])
    expect(missed(9)).toEqual([expect.objectContaining({ missed: 0 })])
    expect(missed(10)).toEqual([expect.objectContaining({ missed: 0 })])
    expect(missed(11)).toEqual([expect.not.objectContaining({ missed: expect.anything() })])
  })
})

describe('what is sent', () => {
  test('is the same bytes to all who want the same, however they say it', () => {
    const machine = liveMachine()
    machine.next([cpu(0.5), memory(7)])
    const one = new FakeClient(machine).subscribe({ metrics: ['system.memory.*', 'system.cpu.utilization'] })
    const other = new FakeClient(machine).subscribe({
      metrics: ['system.cpu.utilization', 'system.memory.usage', 'system.memory.*', 'system.cpu.utilization'],
    })
    machine.next([cpu(0.6), memory(8)])
    expect(machine.hub.stats().groups).toBe(1)
    expect(other.texts).toEqual(one.texts)
    expect(one.texts).toHaveLength(2)
  })

  test('with an empty list of metrics is the time alone', () => {
    const machine = liveMachine()
    machine.next([cpu(0.5)])
    const client = new FakeClient(machine).subscribe({ metrics: [] })
    machine.next([cpu(0.6)])
    expect(client.take()).toEqual([
      expect.objectContaining({ type: 'snapshot', series: [], values: [] }),
      expect.objectContaining({ type: 'delta', changes: [] }),
    ])
  })

  test('names a series before its value also to who came while it was absent', () => {
    const machine = liveMachine()
    machine.next([cpu(0.5), memory(7)])
    const first = new FakeClient(machine).subscribe()
    machine.next([cpu(0.5)])
    const late = new FakeClient(machine).subscribe()
    machine.next([cpu(0.5), memory(9)])
    for (const client of [first, late]) expect(client.reader.known).toEqual(knownOf([cpu(0.5), memory(9)]))
  })

  test('nothing while nobody listens, and nothing is asked for', () => {
    const machine = liveMachine()
    machine.next([cpu(0.5)])
    const client = new FakeClient(machine).subscribe({ processes: {} })
    client.socket.close(1000, '')
    const before = machine.listed.length
    machine.next([cpu(0.6)])
    expect(machine.listed).toHaveLength(before)
    expect(machine.hub.stats()).toMatchObject({ connections: 0, groups: 0, tables: 0 })
    expect(new FakeClient(machine).subscribe().reader.known).toEqual(knownOf([cpu(0.6)]))
  })
})

describe('process tables', () => {
  test('come at once and with each tick, made once for all who want the same', async () => {
    const machine = liveMachine()
    machine.next([cpu(0.5)])
    const clients = [1, 2, 3].map(() => new FakeClient(machine).subscribe({ processes: { limit: 2, sort: 'cpu' } }))
    const all = new FakeClient(machine).subscribe({ metrics: [], processes: {} })
    const without = new FakeClient(machine).subscribe()
    await settled()
    machine.next([cpu(0.6)])
    await settled()
    expect(machine.listed).toEqual([
      { limit: 2, sort: 'cpu' },
      { limit: undefined, sort: undefined },
      { limit: 2, sort: 'cpu' },
      { limit: undefined, sort: undefined },
    ])
    const types = (client: FakeClient) => client.take().map((message) => (message as { type: string }).type)
    for (const client of [...clients, all]) {
      expect(client.texts[3]).toContain(`"unixMs":${machine.tick?.unixMs}`)
      expect(types(client)).toEqual(['snapshot', 'processes', 'delta', 'processes'])
    }
    expect(types(without)).toEqual(['snapshot', 'delta'])
  })

  test('that cannot be made are a problem told to who asks, not one of the stream', async () => {
    const machine = liveMachine()
    machine.next([cpu(0.5)])
    machine.failure = new ApiError('not_recorded', 'no processes here')
    const client = new FakeClient(machine).subscribe({ processes: {} })
    await settled()
    machine.failure = new Error('ours')
    machine.next([cpu(0.6)])
    await settled()
    expect(client.reader.problems).toEqual([{ type: 'problem', code: 'not_recorded', detail: 'no processes here' }])
    expect(client.reader.known).toEqual(knownOf([cpu(0.6)]))
    expect(machine.errors).toEqual([new Error('ours')])
  })
})

describe('bounds', () => {
  test('no more connections than may, until one has gone', () => {
    const machine = liveMachine({ connections: 2 })
    const [first] = [new FakeClient(machine), new FakeClient(machine)]
    expect(new FakeClient(machine).isUpgraded).toBe(false)
    expect(machine.hub.stats()).toMatchObject({ connections: 2, refused: 1 })
    first?.socket.close(1000, '')
    expect(new FakeClient(machine).isUpgraded).toBe(true)
  })

  test('no more different subscriptions than may; the connection goes on with what it had', () => {
    const machine = liveMachine({ subscriptions: 2 })
    machine.next([cpu(0.5), memory(7)])
    const client = new FakeClient(machine).subscribe()
    new FakeClient(machine).subscribe({ metrics: ['system.memory.usage'] })
    client.subscribe({ metrics: ['system.cpu.utilization'] })
    expect(client.reader.problems).toEqual([expect.objectContaining({ code: 'too_much' })])
    machine.next([cpu(0.6), memory(8)])
    expect(client.reader.known).toEqual(knownOf([cpu(0.6), memory(8)]))
  })

  test('messages are heard so many at once, then one a second, then the connection is closed', () => {
    const machine = liveMachine()
    machine.next([cpu(0.5)])
    const client = new FakeClient(machine)
    for (let i = 0; i < 21; i++) client.subscribe()
    expect(client.reader.snapshots).toBe(20)
    expect(client.reader.problems).toEqual([expect.objectContaining({ code: 'too_many_messages' })])
    machine.next([cpu(0.6)])
    machine.next([cpu(0.7)])
    client.subscribe()
    expect(client.reader.snapshots).toBe(21)
    for (let i = 0; i < 100 && client.closed === undefined; i++) client.subscribe()
    expect(client.closed?.code).toBe(1008)
  })

  test('who may listen no longer is told and closed', () => {
    const machine = liveMachine()
    const endMs = machine.clock.wallMs() + 2500
    const guest = new FakeClient(machine, { isCurrent: () => machine.clock.wallMs() < endMs })
    const owner = new FakeClient(machine)
    for (let i = 0; i < 2; i++) machine.next([cpu(i)])
    expect(guest.closed).toBeUndefined()
    machine.next([cpu(3)])
    expect(guest.closed?.code).toBe(closeCodes.unauthorized)
    expect(owner.closed).toBeUndefined()
  })
})

describe('the end', () => {
  test('is told to all, and nobody comes in any more', () => {
    const machine = liveMachine()
    const clients = [new FakeClient(machine).subscribe(), new FakeClient(machine)]
    machine.hub.close()
    for (const client of clients) expect(client.closed?.code).toBe(closeCodes.serverStops)
    expect(new FakeClient(machine).isUpgraded).toBe(false)
    machine.next([cpu(1)])
    expect(machine.errors).toEqual([])
  })

  test('an error of ours while answering reaches the log and the client, not the tick', () => {
    const machine = liveMachine()
    machine.next([cpu(0.5)])
    const client = new FakeClient(machine).subscribe()
    client.socket.sendText = () => {
      throw new Error('broken')
    }
    machine.next([cpu(0.6)])
    return settled().then(() => expect(machine.errors).toEqual([new Error('broken')]))
  })
})

test('the protocol is agreed on when it is offered, no other', () => {
  const machine = liveMachine()
  const offered = (list: string) =>
    new FakeClient(machine, { isCurrent: () => true }, { 'sec-websocket-protocol': list }).headers
  expect(offered('token.abc, sysmon.v1.json')).toEqual({ 'sec-websocket-protocol': 'sysmon.v1.json' })
  expect(offered('sysmon.v1.protobuf')).toEqual({ 'sec-websocket-protocol': 'sysmon.v1.protobuf' })
  expect(offered('sysmon.v2.json')).toEqual({ 'sec-websocket-protocol': '' })
})
