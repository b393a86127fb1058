import type { Clock } from '../../base/clock.ts'
import type { WebRole, WebUser } from '../../config/web.ts'
import { randomText, signToken, verifyToken } from './token.ts'

/** Who asks. */
export interface Identity {
  /** `user:NAME`, `link` or `token`. */
  readonly subject: string
  readonly role: WebRole
  /** Names the token. */
  readonly id: string
  readonly expiresUnixMs: number
  readonly via: 'cookie' | 'bearer'
}

export const cookieName = 'sysmon'
export const cookieSeconds = 12 * 3600
/** Ended before their time; the oldest is forgotten first. */
const mostEnded = 10_000

/** Tokens given out and taken back. What was ended is known until the daemon ends; then only the 12 hours end it. */
export class Sessions {
  readonly #ended = new Map<string, number>()

  constructor(
    private readonly clock: Pick<Clock, 'wallMs'>,
    private readonly secret: Uint8Array,
    private readonly users: readonly WebUser[],
  ) {}

  issue(subject: string, role: WebRole, seconds: number): { readonly token: string; readonly expiresUnixMs: number } {
    const iat = Math.floor(this.clock.wallMs() / 1000)
    const claims = { sub: subject, role, iat, exp: iat + seconds, jti: randomText(12) }
    return { token: signToken(claims, this.secret), expiresUnixMs: claims.exp * 1000 }
  }

  /** By `Authorization: Bearer`, else by the cookie. */
  identify(headers: Headers): Identity | undefined {
    const authorization = headers.get('authorization')
    const bearer = authorization === null ? undefined : (/^Bearer +([\w.-]+)$/i.exec(authorization)?.[1] ?? '')
    const token = bearer ?? cookieIn(headers.get('cookie'))
    if (token === undefined) return undefined
    const claims = verifyToken(token, this.secret, this.clock.wallMs() / 1000)
    if (claims === undefined) return undefined
    const identity: Identity = {
      subject: claims.sub,
      role: claims.role,
      id: claims.jti,
      expiresUnixMs: claims.exp * 1000,
      via: bearer === undefined ? 'cookie' : 'bearer',
    }
    return this.isCurrent(identity) ? identity : undefined
  }

  isCurrent({ subject, role, id, expiresUnixMs }: Identity): boolean {
    if (this.#ended.has(id) || expiresUnixMs <= this.clock.wallMs()) return false
    if (!subject.startsWith('user:')) return true
    // A user who was taken out of the configuration, or has another role there now.
    return this.users.some((user) => `user:${user.name}` === subject && user.role === role)
  }

  end({ id, expiresUnixMs }: Identity): void {
    for (const [each, endsMs] of this.#ended) if (endsMs <= this.clock.wallMs()) this.#ended.delete(each)
    const oldest = this.#ended.keys().next()
    if (this.#ended.size >= mostEnded && oldest.done !== true) this.#ended.delete(oldest.value)
    this.#ended.set(id, expiresUnixMs)
  }
}

function cookieIn(header: string | null): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const [name, value] = part.trim().split('=', 2)
    if (name === cookieName) return value ?? ''
  }
  return undefined
}

export function sessionCookie(token: string, isHttps: boolean, seconds = cookieSeconds): string {
  const secure = isHttps ? '; Secure' : ''
  return `${cookieName}=${token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${seconds}${secure}`
}
