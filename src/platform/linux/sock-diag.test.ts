import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { libcName } from './libc.ts'
import { countStates, countTcpStates, dumpRequest } from './sock-diag.ts'

/** A netlink message of the given type; of a socket, its second byte is the state. */
function message(type: number, body: readonly number[] = []): number[] {
  const bytes = new Uint8Array(16 + body.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, bytes.length, true)
  view.setUint16(4, type, true)
  bytes.set(body, 16)
  return [...bytes]
}
const socket = (state: number): number[] => message(20, [2, state, 0, 0])
const count = (...messages: number[][]): { counts: Record<string, number>; end: string } => {
  const counts = new Map()
  const end = countStates(Uint8Array.from(messages.flat()), counts)
  return { counts: Object.fromEntries(counts), end }
}

describe('sockets by state', () => {
  test('N11 states are counted from the records of the kernel, not from /proc/net/tcp', () => {
    expect(count(socket(1), socket(1), socket(10), socket(6), socket(12), socket(3))).toEqual({
      counts: { established: 2, listen: 1, time_wait: 1, syn_recv: 2 },
      end: 'more',
    })
    expect(count(socket(1), message(3))).toEqual({ counts: { established: 1 }, end: 'done' })
    expect(count(message(2, [1, 0, 0, 0]))).toMatchObject({ end: 'error' })
  })

  test('any answer is read to an end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(['more', 'done', 'error']).toContain(countStates(bytes, new Map()))
      }),
    )
  })

  test('the request asks for all states of TCP in one family', () => {
    const view = new DataView(dumpRequest(10).buffer)
    expect([view.getUint32(0, true), view.getUint16(4, true), view.getUint8(16), view.getUint8(17)]).toEqual([
      72, 20, 10, 6,
    ])
    expect(view.getUint32(20, true)).toBe(0xffff_ffff)
  })

  test('N11 this kernel tells of a socket that listens, or does not offer it', () => {
    const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } })
    try {
      const counts = countTcpStates(libcName(), () => performance.now())
      if (counts !== undefined) expect(counts.listen).toBeGreaterThanOrEqual(1)
    } finally {
      server.stop(true)
    }
  })

  test('N11 past its time the count is given up', () => {
    let calls = 0
    expect(countTcpStates(libcName(), () => 1000 * calls++)).toBeUndefined()
  })
})
