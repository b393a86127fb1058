import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { WebUser } from '../../config/web.ts'
import { problemResponse } from '../problem-response.ts'
import { type Asked, type Audit, AuthRoutes } from './auth-routes.ts'
import { answerLocal } from './local-routes.ts'
import { LoginLinks } from './login-links.ts'
import { askedBy, type HostRule, hostNameOf, isLoopbackName, isOurHost } from './origin.ts'
import { addressKey, RateLimiter, tooMany } from './rate-limit.ts'
import { harden } from './response-headers.ts'
import { type Identity, Sessions } from './sessions.ts'

export interface WebFrontOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly secret: Uint8Array
  readonly hosts: HostRule
  readonly isTls: boolean
  /** Then X-Forwarded-For and X-Forwarded-Proto are its words. */
  readonly isBehindProxy: boolean
  readonly requestsPerMinute: number
  readonly users: readonly WebUser[]
  /** The routes. Only asked once it is known who asks, and that he may. */
  readonly answer: (request: Request) => Response | Promise<Response>
  /** The dashboard's files by absolute path, its pages too; open to everybody, so without data. */
  readonly assets: (path: string, request: Request) => Response | undefined
  /** Where the listener is, for links: `http://127.0.0.1:8080`. */
  readonly url: () => string
}

/**
 * What stands between the network and the routes: who asks, by which name, from which page, how often, and whether he
 * may. It knows no route but those of logging in: reading is GET, everything else needs an admin.
 */
export interface WebFront {
  /** `address`: whom the connection comes from. Never throws; every answer is hardened. */
  answer(request: Request, address: string): Promise<Response>
  /** Who may open a WebSocket, or the answer that refuses it, hardened. */
  authorizeUpgrade(request: Request, address: string): Identity | Response
  /** An answer that somebody else made: with what all answers of the listener carry. */
  hardened(request: Request, response: Response): Response
  /** Whether what was true at the upgrade still is: not logged out, not expired. */
  isCurrent(identity: Identity): boolean
  /** The routes for the owner of the local socket; `undefined`: not one of them. */
  answerLocal(request: Request): Promise<Response | undefined>
  /** A fresh log-in link for an admin. */
  loginUrl(): string
}

/** A logged-in page loads a dozen charts at once and one a second while somebody drags: docs/decisions/009. */
const sessionFactor = 12
/** Longest address, characters: every label of a query fits; browsers and proxies take 8 KiB. */
const longestAddress = 8192
/** The routes that are not files of the dashboard. */
const dataPath = /^\/(?:api|ws|metrics|health|openapi\.json|docs)(?:\/|$)/
/** Reads, though its parameters are too long for an address. */
const readingPost = '/api/v1/metrics/query'

export function createWebFront(options: WebFrontOptions): WebFront {
  const links = new LoginLinks(options.clock)
  const sessions = new Sessions(options.clock, options.secret, options.users)
  const audit: Audit = (action, who, from, outcome, more = {}) =>
    options.logger.info('audit', { action, who, from, outcome, ...more })
  const guard = new Guard(options, sessions)
  const routes = new AuthRoutes({ clock: options.clock, sessions, links, users: options.users, audit })
  const hardened = (request: Request, response: Response, path: string): Response => {
    const isData = path === '/login' || dataPath.test(path)
    const hasStrictTransport = options.isTls && !isLoopbackName(hostNameOf(request.headers.get('host')) ?? '')
    return harden(response, { hasStrictTransport, cache: isData || response.status >= 400 ? 'no-store' : 'no-cache' })
  }
  return {
    answer: async (request, address) => {
      const asked = guard.asked(request, address)
      return hardened(request, await answered(options, routes, audit, asked, guard.refusal(asked)), asked.path)
    },
    authorizeUpgrade: (request, address) => {
      const asked = guard.asked(request, address)
      const refusal = guard.refusal(asked) ?? guard.forgery(asked)
      if (refusal === undefined && asked.identity !== undefined) return asked.identity
      const response = refusal ?? problemResponse('unauthorized', 'the live stream needs a log-in')
      return hardened(request, response, asked.path)
    },
    hardened: (request, response) => hardened(request, response, URL.parse(request.url)?.pathname ?? '/'),
    isCurrent: (identity) => sessions.isCurrent(identity),
    answerLocal: (request) => answerLocal(request, { links, sessions, audit, url: options.url }),
    loginUrl: () => `${options.url()}/login?token=${links.create('admin')}`,
  }
}

/** After the checks that everybody has to pass. */
async function answered(
  options: WebFrontOptions,
  routes: AuthRoutes,
  audit: Audit,
  asked: Asked,
  refusal: Response | undefined,
): Promise<Response> {
  if (refusal !== undefined) return refusal
  const { request, path, identity } = asked
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (isRead && !dataPath.test(path) && path !== '/login') {
    return options.assets(path, request) ?? problemResponse('unknown_route', `GET ${path}`)
  }
  if (!isRead && isForgery(asked)) return foreign(asked.request)
  const own = await routes.answer(asked)
  if (own !== undefined) return own
  if (identity === undefined) return problemResponse('unauthorized', 'this route needs a log-in')
  if (isRead || (request.method === 'POST' && path === readingPost)) return await options.answer(request)
  const action = `${request.method} ${path}`
  if (identity.role !== 'admin') {
    audit(action, identity.subject, asked.address, 'refused: no admin')
    return problemResponse('forbidden', `${identity.subject} is a ${identity.role}`)
  }
  const response = await options.answer(request)
  audit(action, identity.subject, asked.address, response.ok ? 'done' : 'failed', { status: response.status })
  return response
}

/** A cookie is sent whoever's page asks: what changes something must come from ours (V4). */
const isForgery = ({ identity, by }: Asked): boolean => by === 'foreign' || (identity?.via === 'cookie' && by !== 'own')
const foreign = (request: Request): Response =>
  problemResponse('foreign_origin', `Origin ${request.headers.get('origin') ?? 'not told'}`)

class Guard {
  readonly #byAddress: RateLimiter
  readonly #bySession: RateLimiter

  constructor(
    private readonly options: WebFrontOptions,
    private readonly sessions: Sessions,
  ) {
    this.#byAddress = new RateLimiter(options.clock, options.requestsPerMinute)
    this.#bySession = new RateLimiter(options.clock, options.requestsPerMinute * sessionFactor)
  }

  asked(request: Request, peer: string): Asked {
    const { headers } = request
    const { isBehindProxy, isTls } = this.options
    const isHttps = isTls || (isBehindProxy && headers.get('x-forwarded-proto') === 'https')
    // The last one is what our proxy saw; those before, anybody may have written.
    const forwarded = isBehindProxy ? headers.get('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined
    const url = URL.parse(request.url)
    return {
      request,
      path: url?.pathname ?? '/',
      search: url?.searchParams ?? new URLSearchParams(),
      address: forwarded === undefined || forwarded === '' ? peer : forwarded.slice(0, 64),
      isHttps,
      by: askedBy(headers, isHttps),
      identity: this.sessions.identify(headers),
    }
  }

  /** Why a request is not looked at any further. */
  refusal({ request, path, address, identity, by }: Asked): Response | undefined {
    const seconds =
      identity?.via === 'cookie' ? this.#bySession.take(identity.id) : this.#byAddress.take(addressKey(address))
    if (seconds > 0) return tooMany(seconds)
    const host = request.headers.get('host')
    if (!isOurHost(host, this.options.hosts)) return problemResponse('wrong_host', `Host ${host ?? 'is missing'}`)
    if (request.url.length > longestAddress)
      return problemResponse('address_too_long', `it has ${request.url.length} characters; ${longestAddress} are taken`)
    // A foreign page could not read the answer, but it could see how long that takes. Following a link is no asking.
    const isNavigation = request.headers.get('sec-fetch-mode') === 'navigate' && !request.headers.has('origin')
    if (by === 'foreign' && dataPath.test(path) && !isNavigation) return foreign(request)
    return undefined
  }

  /** A WebSocket is no fetch: browsers ask no CORS for it, so Origin must be ours. */
  forgery(asked: Asked): Response | undefined {
    return isForgery(asked) ? foreign(asked.request) : undefined
  }
}
