import type { MiddlewareHandler } from 'hono'

/**
 * How an answer travels: named by its content where it may be kept, so that who has it is told so (RFC 9110 13), and
 * compressed for who says that it can take that. Compression runs beside the loop: a large answer delays no tick.
 */
export const deliver: MiddlewareHandler = async (c, next) => {
  await next()
  const { status, headers } = c.res
  const cacheControl = headers.get('cache-control')
  if (cacheControl === null) headers.set('cache-control', 'no-store')
  if (status !== 200 || c.res.body === null) return
  const mayBeKept = cacheControl !== null && !cacheControl.includes('no-store')
  // RFC 9111 5.2.2.6: as it is, and as it comes.
  if (cacheControl?.includes('no-transform') === true) return
  const isText = /^(?:text\/|application\/(?:json|problem\+json|openmetrics-text))/.test(
    headers.get('content-type') ?? '',
  )
  if (isText) headers.append('vary', 'Accept-Encoding')
  const encoding =
    isText && !headers.has('content-encoding') ? chooseEncoding(c.req.header('accept-encoding')) : undefined
  if (!mayBeKept && encoding === undefined) return

  const body = new Uint8Array(await c.res.arrayBuffer())
  const kept = new Headers(headers)
  if (mayBeKept) {
    const tag = `W/"${Bun.hash(body).toString(36)}"`
    kept.set('etag', tag)
    if (isListed(tag, c.req.header('if-none-match'))) {
      kept.delete('content-type')
      c.res = new Response(null, { status: 304, headers: kept })
      return
    }
  }
  if (encoding === undefined || body.length < leastBytes) {
    c.res = new Response(body, { status, headers: kept })
    return
  }
  const packed = await encoders[encoding](body)
  kept.set('content-encoding', encoding)
  kept.delete('content-length')
  c.res = new Response(new Uint8Array(packed), { status, headers: kept })
}

/** Less than fits into a packet is not worth the work. */
const leastBytes = 1024

type Encoding = 'zstd' | 'gzip'
// Of the runtime itself: importing node:zlib costs 3 MB, asked or not.
const encoders: Readonly<Record<Encoding, (body: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>>> = {
  gzip: async (body) =>
    new Uint8Array(
      await new Response(new Blob([body]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer(),
    ),
  zstd: (body) => Bun.zstdCompress(body),
}

/** What the client likes best of what we have; zstd where it likes both (RFC 9110 12.5.3). */
export function chooseEncoding(accepted: string | undefined): Encoding | undefined {
  const qualities = new Map<string, number>()
  for (const part of (accepted ?? '').split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const quality = parameters.find((text) => text.startsWith('q='))?.slice(2)
    if (name !== '') qualities.set(name, quality === undefined ? 1 : Number(quality))
  }
  const of = (name: string): number => qualities.get(name) ?? qualities.get('*') ?? 0
  if (of('zstd') > 0 && of('zstd') >= of('gzip')) return 'zstd'
  return of('gzip') > 0 ? 'gzip' : undefined
}

/** Weak comparison: the same content, however packed. */
function isListed(tag: string, asked: string | undefined): boolean {
  if (asked === undefined) return false
  const bare = tag.slice('W/'.length)
  return asked.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === bare)
}
