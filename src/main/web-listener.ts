import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LiveHub } from '../api/live/hub.ts'
import { answerLive, livePath } from '../api/live/route.ts'
import { createWebFront, type WebFront } from '../api/web/front.ts'
import { linkMinutes } from '../api/web/login-links.ts'
import { readOrMakeSecret } from '../api/web/secret.ts'
import type { Clock } from '../base/clock.ts'
import { describeError, errnoCode, exitCodes, UserError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import { formatListen, isLoopback } from '../config/listen.ts'
import type { Config } from '../config/schema.ts'

/** The web listener: TCP, with or without TLS. Loaded only when the web is on. */
export interface WebListenerParts {
  readonly config: Pick<Config, 'dataDir' | 'web'>
  readonly clock: Clock
  readonly logger: Logger
  readonly answer: (request: Request) => Response | Promise<Response>
  readonly assets: (path: string, request: Request) => Response | undefined
  readonly live: LiveHub
}

export interface WebListener {
  /** `http://127.0.0.1:8080` */
  readonly url: string
  /** Says in the log how to get in. */
  announce(): void
  /** Routes that only the local socket has; `undefined`: not one of them. */
  answerLocal(request: Request): Promise<Response | undefined>
  /** Reads certificate and key again; what is wrong with them leaves everything as it is. */
  reload(): Promise<void>
  close(): Promise<void>
}

/** More than the routes take, so that they can say in words what is too large. */
const largestBodyBytes = 2 * 1024 * 1024
/** A connection over which nothing comes for so long is closed (slowloris). */
const idleSeconds = 15

interface Tls {
  readonly cert: string
  readonly key: string
}
type Server = Bun.Server<unknown>

/** Throws UserError: the address is taken or not ours, the secret or the certificate cannot be used. */
export async function openWebListener(parts: WebListenerParts): Promise<WebListener> {
  const { config, clock, logger, answer, assets, live } = parts
  const { web } = config
  const isTls = web.tls.certificate !== undefined
  const tls = await readTls(web.tls)
  const front = createWebFront({
    clock,
    logger,
    secret: readOrMakeSecret(join(config.dataDir, 'web.secret')),
    hosts: { names: [...web.hosts, web.listen.host.toLowerCase()], isLoopbackOnly: isLoopback(web.listen) },
    isTls,
    isBehindProxy: web.isBehindProxy,
    requestsPerMinute: web.requestsPerMinute,
    users: web.users,
    answer,
    assets,
    url: () => url,
  })
  let server = listen(web.listen, tls, front, live)
  const port = server.port ?? web.listen.port
  const url = `${isTls ? 'https' : 'http'}://${formatListen({ host: reachable(web.listen.host), port })}`
  return {
    url,
    announce: () => logger.info('log in here', { url: front.loginUrl(), good_for: `${linkMinutes}m, once` }),
    answerLocal: (request) => front.answerLocal(request),
    reload: async () => {
      if (!isTls) return
      const next = await readTls(web.tls)
      // Bun keeps the certificate that a listener began with. Those under way go on with the old one.
      void server.stop()
      server = listen({ ...web.listen, port }, next, front, live)
      logger.info('certificate read again', { certificate: web.tls.certificate })
    },
    close: async () => void (await server.stop(true)),
  }
}

/** What listens everywhere is reached here. */
const reachable = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host)

function listen({ host, port }: Config['web']['listen'], tls: Tls | undefined, front: WebFront, live: LiveHub): Server {
  try {
    return Bun.serve({
      hostname: host,
      port,
      ...(tls === undefined ? {} : { tls }),
      fetch: (request, server) => answerTo(request, server as unknown as Server, front, live),
      websocket: live.websocket,
      maxRequestBodySize: largestBodyBytes,
      idleTimeout: idleSeconds,
      development: false,
      // With development off, Bun 1.4.5 would share the port with whoever asks for it too.
      reusePort: false,
    }) as unknown as Server
  } catch (error) {
    throw listenRefusal(error, formatListen({ host, port }), port)
  }
}

async function answerTo(
  request: Request,
  server: Server,
  front: WebFront,
  live: LiveHub,
): Promise<Response | undefined> {
  const address = server.requestIP(request)?.address ?? 'unknown'
  if (URL.parse(request.url)?.pathname !== livePath) return await front.answer(request, address)
  const identity = front.authorizeUpgrade(request, address)
  if (identity instanceof Response) return identity
  const refused = answerLive(live, server as never, request, { isCurrent: () => front.isCurrent(identity) })
  return refused === undefined ? undefined : front.hardened(request, refused)
}

function listenRefusal(error: unknown, where: string, port: number): Error {
  const code = errnoCode(error)
  const cures: Readonly<Record<string, readonly [string, string]>> = {
    EADDRINUSE: ['another program listens on this port', 'End it, or name another: --web=127.0.0.1:8081'],
    EACCES: [`port ${port} needs a privilege`, 'Name a port of 1024 or more, or give sysmond CAP_NET_BIND_SERVICE'],
    EADDRNOTAVAIL: ['no interface of this machine has that address', 'Name one that `ip address` shows'],
  }
  const [what, cure] = cures[code ?? ''] ?? [
    `the web listener cannot be opened (${code ?? describeError(error)})`,
    'Name another with web.listen',
  ]
  // A port that is taken is free another time; an address that is not ours was named wrongly.
  const exitCode = code === 'EADDRINUSE' ? exitCodes.failed : exitCodes.usage
  return new UserError({ what, where, cure, exitCode })
}

/** Looked at before a listener is given up for it. Throws UserError. */
async function readTls({ certificate, key }: Config['web']['tls']): Promise<Tls | undefined> {
  if (certificate === undefined || key === undefined) return undefined
  const { X509Certificate, createPrivateKey } = await import('node:crypto')
  const pair = { cert: readPem(certificate), key: readPem(key) }
  const parsed = parseOr(certificate, 'this is no certificate in PEM', () => new X509Certificate(pair.cert))
  const privateKey = parseOr(key, 'this is no private key in PEM', () => createPrivateKey(pair.key))
  if (parsed.checkPrivateKey(privateKey)) return pair
  throw new UserError({
    what: `the key is not that of ${certificate}`,
    where: key,
    cure: 'Name the two that belong together',
    exitCode: exitCodes.usage,
  })
}

function parseOr<T>(where: string, what: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new UserError({ what, where, cure: 'Look at it with openssl', exitCode: exitCodes.usage }, { cause: error })
  }
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UserError({
      what: `cannot be read (${errnoCode(error) ?? describeError(error)})`,
      where: file,
      cure: 'Name a file that this user may read, with web.tls',
      exitCode: exitCodes.usage,
    })
  }
}
