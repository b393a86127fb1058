import { dlopen, FFIType, ptr } from 'bun:ffi'
import type { tcpStates } from '../../catalogue/network.ts'

/**
 * TCP sockets by state over netlink (sock_diag(7)): the kernel sends one small record a socket, a hundred times faster
 * than /proc/net/tcp with many of them (N11). Loaded only by the slow lane. Bounded in time: past the budget the count
 * is given up rather than the lane held up.
 */
type TcpState = (typeof tcpStates)[number]

/** Kernel numbers of the states, include/net/tcp_states.h; 12 is NEW_SYN_RECV, a half-open one. */
const stateOfNumber: Readonly<Record<number, TcpState>> = {
  1: 'established',
  2: 'syn_sent',
  3: 'syn_recv',
  4: 'fin_wait1',
  5: 'fin_wait2',
  6: 'time_wait',
  7: 'close',
  8: 'close_wait',
  9: 'last_ack',
  10: 'listen',
  11: 'closing',
  12: 'syn_recv',
}

/** include/uapi/linux: netlink.h, sock_diag.h, inet_diag.h, socket.h */
const AF_NETLINK = 16
const SOCK_RAW_CLOEXEC_NONBLOCK = 3 | 0o2000000 | 0o4000
const NETLINK_SOCK_DIAG = 4
const SOCK_DIAG_BY_FAMILY = 20
const NLM_F_REQUEST_DUMP = 0x301
const NLMSG_ERROR = 2
const NLMSG_DONE = 3
const IPPROTO_TCP = 6
const families = { inet: 2, inet6: 10 } as const

const headerBytes = 16
/** struct inet_diag_req_v2 */
const requestBytes = 56
const budgetMs = 200
const bufferBytes = 64 * 1024

/** A dump request for all TCP sockets of one family. */
export function dumpRequest(family: number): Uint8Array {
  const request = new Uint8Array(headerBytes + requestBytes)
  const view = new DataView(request.buffer)
  view.setUint32(0, request.length, true)
  view.setUint16(4, SOCK_DIAG_BY_FAMILY, true)
  view.setUint16(6, NLM_F_REQUEST_DUMP, true)
  view.setUint32(8, 1, true)
  request[16] = family
  request[17] = IPPROTO_TCP
  view.setUint32(20, 0xffff_ffff, true)
  return request
}

/** Counts the records of one answer into `counts`; tells whether more is to come. A record's second byte is its state. */
export function countStates(answer: Uint8Array, counts: Map<TcpState, number>): 'more' | 'done' | 'error' {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength)
  for (let at = 0; at + headerBytes <= answer.length; ) {
    const length = view.getUint32(at, true)
    const type = view.getUint16(at + 4, true)
    if (type === NLMSG_DONE) return 'done'
    if (type === NLMSG_ERROR || length < headerBytes) return 'error'
    const state = stateOfNumber[answer[at + headerBytes + 1] ?? 0]
    if (state !== undefined) counts.set(state, (counts.get(state) ?? 0) + 1)
    at += (length + 3) & ~3
  }
  return 'more'
}

const symbols = {
  socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  send: { args: [FFIType.i32, FFIType.ptr, FFIType.u64_fast, FFIType.i32], returns: FFIType.i64_fast },
  recv: { args: [FFIType.i32, FFIType.ptr, FFIType.u64_fast, FFIType.i32], returns: FFIType.i64_fast },
  close: { args: [FFIType.i32], returns: FFIType.i32 },
} as const

let opened: ReturnType<typeof dlopen<typeof symbols>> | undefined

export type TcpCounts = Readonly<Partial<Record<TcpState, number>>>

/** `undefined` when the kernel does not offer it, or it took longer than the budget. */
export function countTcpStates(library: string, nowMs: () => number): TcpCounts | undefined {
  opened ??= dlopen(library, symbols)
  const libc = opened
  const descriptor = libc.symbols.socket(AF_NETLINK, SOCK_RAW_CLOEXEC_NONBLOCK, NETLINK_SOCK_DIAG)
  if (descriptor < 0) return undefined
  try {
    const counts = new Map<TcpState, number>()
    const buffer = new Uint8Array(bufferBytes)
    const endMs = nowMs() + budgetMs
    for (const family of Object.values(families)) {
      const request = dumpRequest(family)
      if (Number(libc.symbols.send(descriptor, ptr(request), request.length, 0)) !== request.length) return undefined
      for (;;) {
        const length = Number(libc.symbols.recv(descriptor, ptr(buffer), buffer.length, 0))
        if (length <= 0) return undefined
        const state = countStates(buffer.subarray(0, length), counts)
        if (nowMs() > endMs) return undefined
        // A kernel without IPv6 refuses to tell of it; IPv4 is then all there is.
        if (state === 'error' && family === families.inet) return undefined
        if (state !== 'more') break
      }
    }
    return Object.fromEntries(counts)
  } finally {
    libc.symbols.close(descriptor)
  }
}
