import type { WebUser } from '../../config/web.ts'
import { randomText } from './token.ts'

/** OWASP's smaller choice for argon2id: 19 MiB, two passes. Bun's own default would take 64 MiB for each log-in. */
const cost = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const

export const hashPassword = (password: string): Promise<string> => Bun.password.hash(password, cost)

/** Longer ones are refused before they are hashed. */
export const longestPassword = 1024
const mostWaiting = 4

/** One password at a time, whatever many ask: each costs 19 MiB and a core while it is checked. */
export class PasswordCheck {
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #nobody: Promise<string> | undefined

  constructor(private readonly users: readonly WebUser[]) {}

  /** The user, `undefined` for a wrong name or password, `busy` when too many wait. */
  async check(name: string, password: string): Promise<WebUser | undefined | 'busy'> {
    if (this.#waiting >= mostWaiting) return 'busy'
    this.#waiting++
    const result = this.#last.then(() => this.#compare(name, password))
    this.#last = result.catch(() => undefined)
    try {
      return await result
    } finally {
      this.#waiting--
    }
  }

  /** A name that does not exist takes as long as one that does. */
  async #compare(name: string, password: string): Promise<WebUser | undefined> {
    const user = this.users.find((each) => each.name === name)
    this.#nobody ??= hashPassword(randomText(32))
    const hash = user?.password ?? (await this.#nobody)
    return (await Bun.password.verify(password, hash)) ? user : undefined
  }
}
