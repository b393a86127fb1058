import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { embedded } from './dashboard-embedded.ts'

/**
 * The files of the dashboard as responses. It promises: gzipped as they were built, an ETag, names with a hash may be
 * kept for ever, any path that looks like a page gets the page, and who wants to read HTML elsewhere gets it with 404: it
 * says so in words. It must not know routes of the API: the listener asks it last.
 */
export interface AssetFile {
  readonly name: string
  /** Where the gzipped bytes are. */
  readonly path: string
}
export type Assets = (path: string, request?: Request) => Response | undefined

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/** Pages of the dashboard: one word, which no file has. */
const pagePath = /^\/[a-z]*$/
/** `name-0a1b2c3d.js`: the bundler writes the hash of the content into the name. */
const hashed = /-[a-z0-9]{8}\.[a-z]+$/

export function createAssets(files: readonly AssetFile[]): Assets {
  const byName = new Map(files.map((file) => [file.name, file]))
  const tags = new Map<string, string>()
  return (pathname, request) => {
    const known = byName.get(pathname.slice(1)) ?? (pagePath.test(pathname) ? byName.get('index.html') : undefined)
    const file = known ?? (wantsToRead(request) ? byName.get('index.html') : undefined)
    if (file === undefined) return undefined
    const status = known === undefined ? 404 : 200
    const headers = new Headers({
      'content-type': types[file.name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
      'cache-control': hashed.test(file.name) ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag: tagOf(file, tags),
      vary: 'accept-encoding',
      'x-content-type-options': 'nosniff',
    })
    if (status === 200 && isKnown(request, headers.get('etag'))) return new Response(null, { status: 304, headers })
    if (!acceptsGzip(request)) return new Response(unzipped(file), { status, headers })
    headers.set('content-encoding', 'gzip')
    return new Response(Bun.file(file.path), { status, headers })
  }
}

/** A browser that was sent there by a person names HTML; scripts, styles and programs do not. */
const wantsToRead = (request: Request | undefined): boolean =>
  (request?.headers.get('accept') ?? '').includes('text/html')

/** RFC 9110 13.1.2: a list, compared weakly. */
const isKnown = (request: Request | undefined, tag: string | null): boolean =>
  (request?.headers.get('if-none-match') ?? '').split(',').some((one) => one.trim() === tag)

/** Weak (RFC 9110 8.8.1): gzipped and plain are the same to who reads them, not byte for byte. */
function tagOf(file: AssetFile, tags: Map<string, string>): string {
  // The hash in the name is that of the content; of the others there are two small ones.
  const known = tags.get(file.name)
  if (known !== undefined) return known
  const tag = hashed.test(file.name) ? `W/"${file.name}"` : `W/"${Bun.hash(readBytes(file)).toString(36)}"`
  tags.set(file.name, tag)
  return tag
}

const acceptsGzip = (request: Request | undefined): boolean =>
  request === undefined || /\bgzip\b/i.test(request.headers.get('accept-encoding') ?? '')

const unzipped = (file: AssetFile): Uint8Array<ArrayBuffer> => Bun.gunzipSync(readBytes(file))

function readBytes(file: AssetFile): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(file.path))
}

/** Built files in a folder, as scripts/build-dashboard.ts leaves them. */
export function assetsIn(folder: string): Assets {
  if (!existsSync(folder)) return () => undefined
  const names = readdirSync(folder).filter((name) => name.endsWith('.gz'))
  return createAssets(names.map((name) => ({ name: name.slice(0, -'.gz'.length), path: path.join(folder, name) })))
}

let current: Assets | undefined =
  embedded === undefined
    ? undefined
    : createAssets(Object.entries<string>(embedded).map(([name, file]) => ({ name, path: file })))

/** To be awaited before the listener opens. In an executable there is nothing to do; from source it builds what is stale. */
export async function prepareAssets(): Promise<void> {
  if (current !== undefined) return
  // A name put together at run time, so that no bundler takes the build into the executable.
  const script = path.resolve(import.meta.dir, '../../scripts', 'build-dashboard.ts')
  const { buildDashboard, dashboardFolder, isStale } = await import(script)
  if (isStale()) await buildDashboard()
  current = assetsIn(dashboardFolder)
}

/** The dashboard at this path; undefined: nothing of the dashboard is there. */
export const assets: Assets = (pathname, request) => current?.(pathname, request)
