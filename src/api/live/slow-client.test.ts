import { describe, expect, test } from 'bun:test'
import { cpu, FakeClient, memory, settled } from '../../../test/live-client.ts'
import { knownOf, liveMachine } from '../../../test/live-stream.ts'
import { behindLimitMs, queueBoundBytes, queueLimitBytes } from './connection.ts'

describe('V6: a client that does not read', () => {
  const crowd = Array.from({ length: 2000 }, (_, n) => memory(n, `state-${n}`))

  test('gets no more while much waits for it, then the latest at once', () => {
    const machine = liveMachine()
    machine.next(crowd)
    const slow = new FakeClient(machine)
    slow.isStuck = true
    slow.subscribe()
    const other = new FakeClient(machine).subscribe()
    expect(slow.queued).toBeGreaterThan(queueBoundBytes)
    for (let i = 0; i < 5; i++) machine.next([...crowd, cpu(i)])
    expect(slow.texts).toHaveLength(1)
    expect(other.texts).toHaveLength(6)
    slow.texts.length = 0
    slow.drain()
    expect(slow.texts).toHaveLength(1)
    expect(slow.reader.known).toEqual(knownOf([...crowd, cpu(4)]))
    machine.next([...crowd, cpu(5)])
    expect(slow.reader.known).toEqual(other.reader.known)
    expect(slow.reader.snapshots).toBe(2)
  })

  test('is dropped when it has read nothing for long', () => {
    const machine = liveMachine()
    machine.next(crowd)
    const slow = new FakeClient(machine)
    slow.isStuck = true
    slow.subscribe()
    const seconds = behindLimitMs / 1000
    for (let i = 0; i < seconds; i++) machine.next(crowd)
    expect(slow.isTerminated).toBe(false)
    machine.next(crowd)
    // An orderly end would wait for the client to read all.
    expect(slow.closed).toBeUndefined()
    expect(slow.isTerminated).toBe(true)
    expect(machine.hub.stats()).toMatchObject({ connections: 0, droppedSlow: 1 })
    expect(machine.tooSlow).toBe(1)
  })

  test('is dropped at once when too much waits', () => {
    const machine = liveMachine()
    machine.next(crowd)
    const slow = new FakeClient(machine).subscribe()
    slow.queued = queueLimitBytes + 1
    machine.next(crowd)
    expect(slow.isTerminated).toBe(true)
    expect(machine.hub.stats()).toMatchObject({ connections: 0, droppedSlow: 1 })
  })

  test('asks for the whole again and again and is given it once', () => {
    const machine = liveMachine()
    machine.next(crowd)
    const slow = new FakeClient(machine)
    slow.isStuck = true
    for (let i = 0; i < 10; i++) slow.subscribe()
    expect(slow.texts).toHaveLength(1)
  })

  test('gets no process tables either meanwhile, and the latest with the rest', async () => {
    const machine = liveMachine()
    machine.next(crowd)
    const slow = new FakeClient(machine)
    slow.isStuck = true
    slow.subscribe({ processes: {} })
    await settled()
    expect(slow.texts).toHaveLength(2)
    machine.next(crowd)
    await settled()
    slow.subscribe({ processes: { limit: 1 } })
    await settled()
    expect(slow.texts).toHaveLength(2)
    slow.drain()
    await settled()
    expect(slow.texts.slice(2).map((text) => text.slice(0, 18))).toEqual(['{"type":"snapshot"', '{"type":"processes'])
  })

  test('is given the whole when a message could not even be queued', () => {
    const machine = liveMachine()
    machine.next([cpu(0)])
    const client = new FakeClient(machine).subscribe()
    const { sendText } = client.socket
    client.socket.sendText = () => 0
    machine.next([cpu(1)])
    client.socket.sendText = sendText
    machine.next([cpu(2)])
    expect(client.reader.snapshots).toBe(2)
    expect(client.reader.known).toEqual(knownOf([cpu(2)]))
  })

  test('whose snapshot and table are large is not begun anew for ever', async () => {
    const machine = liveMachine()
    machine.next(crowd)
    const slow = new FakeClient(machine)
    slow.isStuck = true
    slow.subscribe({ processes: {} })
    await settled()
    slow.drain()
    await settled()
    expect(slow.reader.snapshots).toBe(1)
    expect(slow.texts).toHaveLength(2)
    machine.next(crowd)
    await settled()
    expect(slow.texts).toHaveLength(4)
    expect(slow.texts[2]).toStartWith('{"type":"delta"')
  })
})

describe('more clients than are served at a time', () => {
  const many = 2400

  test('know the latest, in order, also when a tick overtakes the one before', async () => {
    const machine = liveMachine()
    machine.next([cpu(0)])
    const clients = Array.from({ length: many }, () => new FakeClient(machine).subscribe())
    for (let i = 1; i <= 3; i++) machine.next([cpu(i), memory(i, `state-${i}`)])
    const late = new FakeClient(machine).subscribe()
    machine.next([cpu(4)])
    await settled()
    for (const client of [...clients, late]) expect(client.reader.known).toEqual(knownOf([cpu(4)]))
    machine.next([cpu(5)])
    await settled()
    for (const client of [...clients, late]) expect(client.reader.known).toEqual(knownOf([cpu(5)]))
    expect(machine.errors).toEqual([])
  })

  test('one that comes while a tick is being sent has it already', async () => {
    const machine = liveMachine()
    machine.next([cpu(0)])
    for (let i = 0; i < many; i++) new FakeClient(machine).subscribe()
    machine.next([cpu(1)])
    const late = new FakeClient(machine).subscribe()
    await settled()
    expect(late.texts).toHaveLength(1)
    expect(machine.errors).toEqual([])
  })

  test('one that goes or asks anew while a tick is being sent does no harm', async () => {
    const machine = liveMachine()
    machine.next([cpu(0), memory(0)])
    const clients = Array.from({ length: many }, () => new FakeClient(machine).subscribe())
    machine.next([cpu(1), memory(1)])
    const [gone, changed] = clients.slice(-2) as [FakeClient, FakeClient]
    gone.socket.close(1000, '')
    changed.subscribe({ metrics: ['system.memory.usage'] })
    await settled()
    machine.next([cpu(2), memory(2)])
    await settled()
    expect(changed.reader.known).toEqual(knownOf([memory(2)]))
    expect(gone.texts).toHaveLength(1)
    expect(machine.errors).toEqual([])
  })
})

describe('a client that says nothing', () => {
  const seconds = (machine: ReturnType<typeof liveMachine>, count: number): void => {
    for (let i = 0; i < count; i++) machine.next([cpu(i)])
  }

  test('is pinged, and is gone when it does not answer for a minute', () => {
    const machine = liveMachine()
    machine.next([])
    const silent = new FakeClient(machine).subscribe()
    const answering = new FakeClient(machine).subscribe()
    seconds(machine, 21)
    expect([silent.pings, answering.pings]).toEqual([1, 1])
    answering.handler('pong')
    seconds(machine, 35)
    expect([silent.isTerminated, silent.pings]).toEqual([false, 2])
    seconds(machine, 5)
    expect(silent.isTerminated).toBe(true)
    expect(answering.isTerminated).toBe(false)
    expect(machine.hub.stats()).toMatchObject({ connections: 1, droppedSlow: 0 })
  })

  test('is not taken for gone when it was the daemon that stood still', () => {
    const machine = liveMachine()
    machine.next([])
    const client = new FakeClient(machine).subscribe()
    machine.clock.advance(600_000)
    seconds(machine, 3)
    expect(client.isTerminated).toBe(false)
  })
})
