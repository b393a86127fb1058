import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { SendError } from './sender.ts'

/**
 * Where a webhook may go. A name that somebody else controls could point into the private network (server-side request
 * forgery), so what a name resolves to is checked, and the connection is made to the very address that was checked.
 */
const closed = new BlockList()
// IANA special-purpose registries for IPv4 and IPv6: not globally reachable, plus multicast and reserved.
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  closed.addSubnet(network, bits, 'ipv4')
}
for (const [network, bits] of [
  ['::', 128],
  ['::1', 128],
  ['100::', 64],
  ['2001:db8::', 32],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  closed.addSubnet(network, bits, 'ipv6')
}

/** IPv4 written as IPv6: mapped (RFC 4291), translated (RFC 6052), 6to4 (RFC 3056). The last two are refused whole. */
const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i
const mappedHex = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/i
const tunnelled = /^(?:64:ff9b:|2002:|2001:0{0,4}:)/i

export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  const family = isIP(plain)
  if (family === 4) return closed.check(plain, 'ipv4')
  if (family !== 6) return true
  const inner = mapped.exec(plain)?.[1] ?? fromHex(mappedHex.exec(plain))
  if (inner !== undefined) return isPrivateAddress(inner)
  return tunnelled.test(plain) || closed.check(plain, 'ipv6')
}

function fromHex(found: RegExpExecArray | null): string | undefined {
  if (found === null) return undefined
  const [high, low] = [Number.parseInt(found[1] ?? '0', 16), Number.parseInt(found[2] ?? '0', 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** An address or `localhost` in the URL itself: its owner has named the place, there is nothing to be deceived about. */
export const namesItself = (hostname: string): boolean =>
  isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || hostname === 'localhost' || hostname.endsWith('.localhost')

export interface PinnedAddress {
  readonly address: string
  readonly family: number
}

export type Resolve = (hostname: string) => Promise<readonly PinnedAddress[]>
const resolveBySystem: Resolve = (hostname) => lookup(hostname, { all: true })

/** Addresses that may be connected to. Throws SendError. */
export async function allowedAddresses(
  hostname: string,
  allowsPrivate: boolean,
  resolve: Resolve = resolveBySystem,
): Promise<readonly PinnedAddress[]> {
  const bare = hostname.replace(/^\[|\]$/g, '')
  const family = isIP(bare)
  if (family !== 0) return [{ address: bare, family }]
  const found = await resolved(hostname, resolve)
  if (allowsPrivate || namesItself(hostname)) return found
  const open = found.filter(({ address }) => !isPrivateAddress(address))
  if (open.length > 0) return open
  throw new SendError(
    `${hostname} is at the private address ${found[0]?.address}; if that is meant, set allow_private: true for the channel`,
  )
}

async function resolved(hostname: string, resolve: Resolve): Promise<readonly PinnedAddress[]> {
  try {
    const found = await resolve(hostname)
    if (found.length > 0) return found
  } catch (error) {
    throw new SendError(`the name ${hostname} cannot be resolved (${(error as { code?: string }).code ?? 'unknown'})`)
  }
  throw new SendError(`the name ${hostname} has no address`)
}
