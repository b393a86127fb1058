import { sanitizeText } from '../../../base/text.ts'
import type { HostClock } from '../../host.ts'
import { type Block, isFailure, type Native } from '../native.ts'
import { tokenUser } from '../structures/process.ts'
import { unsigned64 } from '../structures/structure.ts'

/** A security identifier as its bytes: revision, number of parts, authority in 6 bytes, parts of 4 (winnt.h SID). */
export function parseUser({ view, length, address }: Block): Uint8Array | undefined {
  if (length < tokenUser.size) return undefined
  const start = unsigned64(view, tokenUser.at.Sid) - address
  if (start < tokenUser.size || start + 8 > length) return undefined
  const bytes = 8 + 4 * view.getUint8(start + 1)
  return start + bytes > length ? undefined : new Uint8Array(view.buffer.slice(start, start + bytes))
}

/** `S-1-5-21-…` (https://learn.microsoft.com/windows/win32/secauthz/sid-components) */
export function sidText(sid: Uint8Array): string {
  const view = new DataView(sid.buffer, sid.byteOffset, sid.length)
  const authority = view.getUint16(2) * 2 ** 32 + view.getUint32(4)
  const parts = Array.from({ length: view.getUint8(1) }, (_, index) => view.getUint32(8 + index * 4, true))
  return ['S', view.getUint8(0), authority, ...parts].join('-')
}

/** Accounts of the system itself, the same on every Windows whatever its language. */
const wellKnown: Readonly<Record<string, string>> = {
  'S-1-5-18': 'SYSTEM',
  'S-1-5-19': 'LOCAL SERVICE',
  'S-1-5-20': 'NETWORK SERVICE',
}
/** Window managers and font drivers, one for each session. */
const sessionAccounts = /^S-1-5-(90|96)-0-(\d+)$/
/** A look-up that took so long has asked somebody far away: no more for a while, milliseconds. */
const dearMs = 100
const restMs = 600_000

/**
 * Names of accounts, each looked up once. LookupAccountSidW may ask a domain controller, and wait for it (R13): one
 * look-up a tick, none for ten minutes after one that was slow; until then the identifier stands for the name.
 */
export class Accounts {
  readonly #names = new Map<string, string>()
  #restUntilMs = Number.NEGATIVE_INFINITY
  #lookedUp = false

  constructor(
    private readonly native: Native,
    private readonly clock: HostClock,
  ) {}

  beginTick(): void {
    this.#lookedUp = false
  }

  /** The name, and whether that is the last word. */
  nameOf(sid: Uint8Array): { readonly name: string; readonly isFinal: boolean } {
    const text = sidText(sid)
    const session = sessionAccounts.exec(text)
    const known =
      wellKnown[text] ?? this.#names.get(text) ?? (session && `${session[1] === '90' ? 'DWM' : 'UMFD'}-${session[2]}`)
    if (known) return { name: known, isFinal: true }
    const startMs = this.clock.monotonicMs()
    if (this.#lookedUp || startMs < this.#restUntilMs) return { name: text, isFinal: false }
    this.#lookedUp = true
    const found = this.native.process.accountOf(sid)
    if (this.clock.monotonicMs() - startMs > dearMs) this.#restUntilMs = startMs + restMs
    const name = isFailure(found) ? text : sanitizeText(found)
    this.#names.set(text, name)
    return { name, isFinal: true }
  }
}
