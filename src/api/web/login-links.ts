import type { Clock } from '../../base/clock.ts'
import type { WebRole } from '../../config/web.ts'
import { randomText } from './token.ts'

export const linkMinutes = 10
const linkMs = linkMinutes * 60_000
/** More than anybody opens in ten minutes; the oldest goes first. */
const mostLinks = 100

/** Log-in links: each good once, for ten minutes. Only their hashes are kept, in memory. */
export class LoginLinks {
  readonly #waiting = new Map<string, { readonly role: WebRole; readonly endsMs: number }>()

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  /** The token that the link carries. */
  create(role: WebRole): string {
    const oldest = this.#waiting.keys().next()
    if (this.#waiting.size >= mostLinks && oldest.done !== true) this.#waiting.delete(oldest.value)
    const token = randomText(32)
    this.#waiting.set(hashOf(token), { role, endsMs: this.clock.monotonicMs() + linkMs })
    return token
  }

  /** Uses it up. `undefined`: never there, used, or too old. */
  redeem(token: string): WebRole | undefined {
    const hash = hashOf(token)
    const link = this.#waiting.get(hash)
    this.#waiting.delete(hash)
    return link !== undefined && this.clock.monotonicMs() < link.endsMs ? link.role : undefined
  }
}

const hashOf = (token: string): string => new Bun.CryptoHasher('sha256').update(token).digest('base64url')
