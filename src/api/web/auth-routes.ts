import * as v from 'valibot'
import type { Clock } from '../../base/clock.ts'
import type { WebRole, WebUser } from '../../config/web.ts'
import type { LoggedIn } from '../contract.ts'
import { problemResponse } from '../problem-response.ts'
import type { LoginLinks } from './login-links.ts'
import { otherMethod } from './other-method.ts'
import { longestPassword, PasswordCheck } from './passwords.ts'
import { addressKey, RateLimiter, tooMany } from './rate-limit.ts'
import { readJson } from './request-body.ts'
import { cookieSeconds, type Identity, type Sessions, sessionCookie } from './sessions.ts'
import { spentLink } from './spent-link.ts'

/** A request and what is known about who sent it. */
export interface Asked {
  readonly request: Request
  readonly path: string
  readonly search: URLSearchParams
  /** Of the browser or program, seen through a proxy if there is one. */
  readonly address: string
  readonly isHttps: boolean
  readonly by: 'own' | 'foreign' | 'none'
  readonly identity: Identity | undefined
}

/** One line in the log for what an admin does and for every log-in. Nothing secret goes in. */
export type Audit = (
  action: string,
  who: string,
  from: string,
  outcome: string,
  more?: Readonly<Record<string, unknown>>,
) => void

export interface AuthParts {
  readonly clock: Clock
  readonly sessions: Sessions
  readonly links: LoginLinks
  readonly users: readonly WebUser[]
  readonly audit: Audit
}

/** Attempts to log in, a minute: of one address, and of all together. */
const attemptsPerMinute = 10
const attemptsOfAll = 60

export const credentials = v.strictObject({
  name: v.pipe(v.string(), v.maxLength(64)),
  password: v.pipe(v.string(), v.minLength(1), v.maxLength(longestPassword)),
})

/** Logging in and out. */
export class AuthRoutes {
  readonly #attempts: RateLimiter
  readonly #allAttempts: RateLimiter
  readonly #passwords: PasswordCheck

  readonly #routes: Readonly<Record<string, (asked: Asked) => Response | undefined | Promise<Response>>> =
    Object.assign(Object.create(null), {
      'GET /login': (asked: Asked) => this.#openLink(asked),
      'POST /api/v1/auth/login': (asked: Asked) => this.#logIn(asked),
      'POST /api/v1/auth/logout': (asked: Asked) => this.#logOut(asked),
      'GET /api/v1/auth/me': ({ identity }: Asked) =>
        identity === undefined ? undefined : Response.json(loggedIn(identity)),
    })

  constructor(private readonly parts: AuthParts) {
    this.#attempts = new RateLimiter(parts.clock, attemptsPerMinute)
    this.#allAttempts = new RateLimiter(parts.clock, attemptsOfAll)
    this.#passwords = new PasswordCheck(parts.users)
  }

  /** `GET /login` and so on. */
  get names(): readonly string[] {
    return Object.keys(this.#routes)
  }

  /** `undefined`: not one of these. */
  async answer(asked: Asked): Promise<Response | undefined> {
    const { path, request } = asked
    const route = this.#routes[`${request.method} ${path}`]
    return route === undefined ? otherMethod(request.method, path, this.names) : await route(asked)
  }

  #openLink({ search, address, isHttps, request }: Asked): Response {
    const seconds = this.#attempts.take(addressKey(address))
    if (seconds > 0) return tooMany(seconds)
    const role = this.parts.links.redeem(search.get('token') ?? '')
    this.parts.audit('log in', 'link', address, role === undefined ? 'refused: link is spent' : 'done')
    if (role === undefined) return spentLink(request)
    return new Response(null, {
      status: 303,
      headers: { location: '/', 'set-cookie': this.#cookie('link', role, isHttps) },
    })
  }

  async #logIn({ request, address, isHttps }: Asked): Promise<Response> {
    const from = addressKey(address)
    const seconds = this.#attempts.take(from) || this.#allAttempts.take('all')
    if (seconds > 0) return tooMany(seconds)
    const given = await readJson(request, credentials)
    if (given instanceof Response) return given
    const user = await this.#passwords.check(given.name, given.password)
    if (user === 'busy') return tooMany(1)
    if (user === undefined) {
      // What was typed as name may have been the password.
      const isKnown = this.parts.users.some(({ name }) => name === given.name)
      this.parts.audit(
        'log in',
        isKnown ? `user:${given.name}` : '(unknown)',
        address,
        'refused: wrong name or password',
      )
      return problemResponse('wrong_password', 'nobody was logged in')
    }
    const subject = `user:${user.name}`
    this.parts.audit('log in', subject, address, 'done', { role: user.role })
    const { token, expiresUnixMs } = this.parts.sessions.issue(subject, user.role, cookieSeconds)
    const body: LoggedIn = { subject, role: user.role, expiresUnixMs }
    return Response.json(body, { headers: { 'set-cookie': sessionCookie(token, isHttps) } })
  }

  #logOut({ identity, address, isHttps }: Asked): Response {
    if (identity !== undefined) {
      this.parts.sessions.end(identity)
      this.parts.audit('log out', identity.subject, address, 'done')
    }
    return new Response(null, { status: 204, headers: { 'set-cookie': sessionCookie('', isHttps, 0) } })
  }

  #cookie(subject: string, role: WebRole, isHttps: boolean): string {
    return sessionCookie(this.parts.sessions.issue(subject, role, cookieSeconds).token, isHttps)
  }
}

const loggedIn = ({ subject, role, expiresUnixMs }: Identity): LoggedIn => ({ subject, role, expiresUnixMs })
