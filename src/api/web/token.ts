import type { WebRole } from '../../config/web.ts'

/**
 * Tokens: JWT (RFC 7519) in JWS compact form, HS256 only (RFC 7518 3.2). Our own sixty lines instead of a library: Bun's
 * hasher costs 1.9 MB of memory where WebCrypto, which hono/jwt and jose use, costs 5. A test holds both against each other.
 */
export interface Claims {
  /** `user:NAME`, `link` or `token`. */
  readonly sub: string
  readonly role: WebRole
  /** Unix seconds. */
  readonly iat: number
  /** Unix seconds. */
  readonly exp: number
  /** Names this token, so that it can be ended before its time. */
  readonly jti: string
}

/** No token of ours comes near; what is longer is not decoded. */
const longestToken = 2048

const encode = (text: string): string => Buffer.from(text).toString('base64url')
const header = encode('{"alg":"HS256","typ":"JWT"}')

export function signToken(claims: Claims, secret: Uint8Array): string {
  const signed = `${header}.${encode(JSON.stringify(claims))}`
  return `${signed}.${signatureOf(signed, secret).toString('base64url')}`
}

/** `undefined` for whatever is not a token of ours that is still valid; why, nobody needs to know. */
export function verifyToken(token: string, secret: Uint8Array, nowSeconds: number): Claims | undefined {
  if (token.length > longestToken) return undefined
  const [, head, body, signature] = /^([\w-]+)\.([\w-]+)\.([\w-]{43})$/.exec(token) ?? []
  if (head === undefined || body === undefined || signature === undefined) return undefined
  const given = Buffer.from(signature, 'base64url')
  // The last of 43 characters has two bits to spare: one signature is written one way.
  if (given.toString('base64url') !== signature) return undefined
  if (!areEqual(given, signatureOf(`${head}.${body}`, secret))) return undefined
  if (!isOurHeader(parsed(head))) return undefined
  const claims = parsed(body)
  return isClaims(claims) && claims.exp > nowSeconds && hasBegun(claims, nowSeconds) ? claims : undefined
}

const signatureOf = (text: string, secret: Uint8Array): Buffer =>
  new Bun.CryptoHasher('sha256', secret).update(text).digest()

/** Takes as long for the first byte that differs as for the last. */
function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length
  for (const [index, byte] of b.entries()) difference |= byte ^ (a[index] ?? 0)
  return difference === 0
}

function parsed(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString())
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return undefined
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** `crit` would oblige us to understand what it names (RFC 7515 4.1.11). */
const isOurHeader = (value: unknown): boolean =>
  isRecord(value) && value.alg === 'HS256' && (value.typ === undefined || value.typ === 'JWT') && !('crit' in value)

const isClaims = (value: unknown): value is Claims =>
  isRecord(value) &&
  typeof value.sub === 'string' &&
  (value.role === 'viewer' || value.role === 'admin') &&
  Number.isSafeInteger(value.iat) &&
  Number.isSafeInteger(value.exp) &&
  typeof value.jti === 'string'

/** Ours have no `nbf`; one that has it means it (RFC 7519 4.1.5). */
const hasBegun = (claims: Claims & { readonly nbf?: unknown }, nowSeconds: number): boolean =>
  claims.nbf === undefined || (typeof claims.nbf === 'number' && claims.nbf <= nowSeconds)

/** Text that nobody can guess: so many random bytes. */
export const randomText = (bytes: number): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64url')
