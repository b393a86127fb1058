import { sanitizeText } from '../../base/text.ts'
import { absent, type LinkReading, type NetworkReading, type NetworkRole, type Reading } from '../platform.ts'
import { zeroEndedText } from './growing-buffer.ts'
import { type Block, isFailure, type Native, whyNot } from './native.ts'
import { interfaceFlag, interfaceRow, interfaceTable, interfaceType, operationalUp } from './structures/network.ts'
import { counter64, unsigned64 } from './structures/structure.ts'

const nameCharacters = 257
/** What drivers say that do not know: all ones, in 32 bits or 64 (N6). */
const unknownSpeeds: readonly number[] = [0, 2 ** 32 - 1, 2 ** 64]

export interface Interface {
  readonly network: NetworkReading
  readonly link: LinkReading
}

/**
 * MIB_IF_TABLE2, whose counters have 64 bits (N3). Filters stand in it as interfaces of their own, several on each card,
 * and count its bytes again: they are left out. So is what never came up and never carried a byte (a dozen miniports on
 * every machine).
 */
export function parseInterfaces({ view, length }: Block): Interface[] {
  const count = length < interfaceTable.rows ? 0 : view.getUint32(interfaceTable.count, true)
  const found: Interface[] = []
  for (let index = 0; index < count; index++) {
    const start = interfaceTable.rows + index * interfaceRow.size
    if (start + interfaceRow.size > length) break
    const row = parseRow(view, start)
    if (row !== undefined) found.push(row)
  }
  return found
}

function parseRow(view: DataView, start: number): Interface | undefined {
  const { at } = interfaceRow
  const flags = view.getUint8(start + at.InterfaceAndOperStatusFlags)
  if ((flags & interfaceFlag.filter) !== 0) return undefined
  const isUp = view.getUint32(start + at.OperStatus, true) === operationalUp
  const counter = (offset: number): number => counter64(view, start + offset)
  const role = roleOf(flags, view.getUint32(start + at.Type, true))
  const receive = {
    bytes: counter(at.InOctets),
    packets: counter(at.InUcastPkts) + counter(at.InNUcastPkts),
    errors: counter(at.InErrors),
    dropped: counter(at.InDiscards),
  }
  const transmit = {
    bytes: counter(at.OutOctets),
    packets: counter(at.OutUcastPkts) + counter(at.OutNUcastPkts),
    errors: counter(at.OutErrors),
    dropped: counter(at.OutDiscards),
  }
  if (role !== 'physical' && !isUp && receive.bytes + transmit.bytes === 0) return undefined
  const alias = zeroEndedText(view, start + at.Alias, nameCharacters)
  const device = sanitizeText(alias || zeroEndedText(view, start + at.Description, nameCharacters))
  const bits = unsigned64(view, start + at.TransmitLinkSpeed)
  const isKnown = role === 'physical' && !unknownSpeeds.includes(bits)
  return {
    network: { device, role, receive, transmit },
    link: { device, role, up: isUp, bytesPerSecond: isKnown ? bits / 8 : undefined },
  }
}

function roleOf(flags: number, type: number): NetworkRole {
  if (type === interfaceType.loopback) return 'loopback'
  const physical = interfaceFlag.hardware | interfaceFlag.connectorPresent
  return (flags & physical) === physical ? 'physical' : 'virtual'
}

export function readInterfaces(native: Native): Reading<readonly Interface[]> {
  const answer = native.interfaceTable()
  return isFailure(answer) ? absent(whyNot(answer)) : parseInterfaces(answer)
}
