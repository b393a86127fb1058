/** Scripts, styles, pictures and connections of ours alone, and in nobody's frame. Charts draw on a canvas and images may be data. */
const contentPolicy = [
  "default-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const everywhere: Readonly<Record<string, string>> = {
  'content-security-policy': contentPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
}

/** A year; browsers take it on https and for names only (RFC 6797 8.1). */
const strictTransport = 'max-age=31536000'

export interface Hardening {
  readonly hasStrictTransport: boolean
  /** For what says nothing itself. */
  readonly cache: 'no-store' | 'no-cache'
}

export function harden(response: Response, { hasStrictTransport, cache }: Hardening): Response {
  const headers = new Headers(response.headers)
  // The reference page names its one style by hash and allows nothing else: stricter than ours.
  const ownPolicy = headers.get('content-security-policy')
  for (const [name, value] of Object.entries(everywhere)) headers.set(name, value)
  if (ownPolicy?.startsWith("default-src 'none'") === true) headers.set('content-security-policy', ownPolicy)
  if (hasStrictTransport) headers.set('strict-transport-security', strictTransport)
  if (!headers.has('cache-control')) headers.set('cache-control', cache)
  // Whatever a route says, nobody else's page reads it.
  for (const name of [...headers.keys()]) if (name.startsWith('access-control-')) headers.delete(name)
  return new Response(response.body, { status: response.status, headers })
}
