import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { cpu, FakeClient, memory, settled } from '../../../test/live-client.ts'
import { readServerMessage, writeSubscribe } from '../../../test/live-protobuf.ts'
import { type LiveMachine, liveMachine } from '../../../test/live-stream.ts'

/** One that has offered the binary protocol; what it needs is loaded when it first asks for something. */
async function binaryClient(machine: LiveMachine, asked = {}): Promise<FakeClient> {
  const headers = { 'sec-websocket-protocol': 'sysmon.v1.protobuf' }
  const client = new FakeClient(machine, { isCurrent: () => true }, headers)
  client.handler('message', writeSubscribe(asked))
  await import('./protobuf-encoding.ts')
  await settled()
  return client
}
const read = (client: FakeClient): unknown[] => client.binaries.map(readServerMessage)

describe('a client of the binary protocol', () => {
  test('is told what one of JSON is told, tick by tick', async () => {
    const machine = liveMachine()
    machine.next([cpu(0.5), memory(7)])
    const binary = await binaryClient(machine, { since: 0, processes: { limit: 2 } })
    const text = new FakeClient(machine).subscribe({ since: 0, processes: { limit: 2 } })
    await settled()
    machine.next([cpu(0.5), memory(8), memory(1, 'free')], { gap: 'missed' })
    await settled()
    machine.next([cpu(0.6)])
    await settled()
    expect(read(binary)).toEqual(text.take())
    expect(binary.texts).toEqual([])
    expect(machine.hub.stats()).toMatchObject({ connections: 2, groups: 2, tables: 2 })
    // The table is worked out once for both: before them, at each of two ticks, and once for who came first.
    expect(machine.listed.length).toBeLessThanOrEqual(4)
    expect(machine.errors).toEqual([])
  })

  test('is sent the very bytes that the others are', async () => {
    const machine = liveMachine()
    machine.next([cpu(0.5)])
    const [one, other] = [await binaryClient(machine), await binaryClient(machine)]
    machine.next([cpu(0.6)])
    await settled()
    expect(one.binaries).toHaveLength(2)
    expect(one.binaries[1]).toBe(other.binaries[1] as Uint8Array)
  })

  test('V6: that does not read gets no more, and then the latest', async () => {
    const machine = liveMachine()
    const crowd = Array.from({ length: 2000 }, (_, n) => memory(n, `state-${n}`))
    machine.next(crowd)
    const slow = await binaryClient(machine)
    slow.isStuck = true
    slow.handler('message', writeSubscribe({}))
    for (let i = 0; i < 3; i++) machine.next([...crowd, cpu(i)])
    expect(slow.binaries).toHaveLength(2)
    slow.drain()
    expect(slow.binaries).toHaveLength(3)
    expect(read(slow).at(-1)).toMatchObject({ type: 'snapshot', seq: 4 })
  })

  test('that goes while what it needs is being loaded leaves nothing behind', async () => {
    const machine = liveMachine()
    machine.next([cpu(0.5)])
    const headers = { 'sec-websocket-protocol': 'sysmon.v1.protobuf' }
    const client = new FakeClient(machine, { isCurrent: () => true }, headers)
    client.handler('message', writeSubscribe({}))
    client.socket.close(1000, '')
    await settled()
    expect(machine.hub.stats()).toMatchObject({ connections: 0, groups: 0 })
    expect(machine.errors).toEqual([])
  })
})

test('the protobuf runtime is not loaded for who speaks JSON', async () => {
  const source = await Bun.file(join(import.meta.dir, 'hub.ts')).text()
  const imports = new Bun.Transpiler({ loader: 'ts' }).scanImports(source)
  expect(imports.filter(({ path }) => path.includes('protobuf'))).toEqual([
    { kind: 'dynamic-import', path: './protobuf-encoding.ts' },
  ])
})
