import { sanitizeText } from '../../../base/text.ts'
import type { OpenSocket } from '../../platform.ts'

/** A socket of /proc/PID/net/*, found by the inode that its descriptor links to. */
export type SocketFacts = Omit<OpenSocket, 'descriptor'> & { readonly inode: string }
export type SocketTable = 'tcp' | 'tcp6' | 'udp' | 'udp6' | 'unix'

/** include/net/tcp_states.h */
const tcpStates = [
  '',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
]

/**
 * One line of net/tcp: `  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 23456 …`
 * (proc_pid_net(5)); of net/unix: `ffff…: 00000002 00000000 00010000 0001 01 12345 /run/x.sock`.
 */
export function parseSocketTable(table: SocketTable, text: string): SocketFacts[] {
  const lines = text.split('\n').slice(1)
  return lines.flatMap((line) => {
    const fields = line.trim().split(/\s+/)
    return (table === 'unix' ? unixSocket(fields) : inetSocket(table, fields)) ?? []
  })
}

function inetSocket(protocol: SocketTable, fields: readonly string[]): SocketFacts | undefined {
  const [, local, remote, state, , , , , , inode] = fields
  if (local === undefined || remote === undefined || state === undefined || inode === undefined) return undefined
  const isTcp = protocol.startsWith('tcp')
  return {
    protocol,
    local: formatAddress(local),
    remote: /^0+:0000$/.test(remote) ? '' : formatAddress(remote),
    state: isTcp ? (tcpStates[parseInt(state, 16)] ?? state) : '',
    inode,
  }
}

function unixSocket(fields: readonly string[]): SocketFacts | undefined {
  const [, , , flags, , state, inode, path = ''] = fields
  if (inode === undefined) return undefined
  const listening = flags === '00010000'
  const connected = state === '03' ? 'CONNECTED' : ''
  return { protocol: 'unix', local: sanitizeText(path), remote: '', state: listening ? 'LISTEN' : connected, inode }
}

/** Addresses are hexadecimal, each 32-bit word in the byte order of the machine (little-endian on all that we run on). */
export function formatAddress(text: string): string {
  const [address = '', port = ''] = text.split(':')
  const bytes = (address.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse())
  const number = parseInt(port, 16)
  if (bytes.length === 4) return `${bytes.map((byte) => parseInt(byte, 16)).join('.')}:${number}`
  return `[${shortIpv6(bytes)}]:${number}`
}

/** RFC 5952: the longest run of zero groups becomes `::`; addresses mapped from IPv4 keep its form. */
function shortIpv6(bytes: readonly string[]): string {
  const groups = Array.from({ length: 8 }, (_, i) => parseInt(`${bytes[2 * i]}${bytes[2 * i + 1]}`, 16))
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${bytes
      .slice(12)
      .map((byte) => parseInt(byte, 16))
      .join('.')}`
  }
  const text = groups.map((group) => group.toString(16)).join(':')
  const runs = text.match(/(?:^|:)0(?::0)+(?=:|$)/g) ?? []
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  if (longest === '') return text
  return text
    .replace(longest, text.startsWith(longest) ? ':' : ':')
    .replace(/:{3,}/, '::')
    .replace(/^:(?!:)/, '::')
    .replace(/([^:]):$/, '$1::')
}
