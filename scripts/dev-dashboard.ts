/**
 * The dashboard while it is written: `node scripts/run.mjs scripts/dev-dashboard.ts SOCKET` builds it, serves it on a
 * free loopback port and hands everything else to the daemon behind the local socket. No log-in, no stream: the page
 * polls. Built anew at every load of the page after a change.
 */
import { parseArgs } from 'node:util'
import { assetsIn } from '../src/main/dashboard-assets.ts'
import { buildDashboard, dashboardFolder, describeSizes, isStale } from './build-dashboard.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string', default: '0' } },
})
const [socket] = positionals
if (socket === undefined) {
  console.error('usage: scripts/dev-dashboard.ts SOCKET [--port N]')
  process.exit(2)
}

let assets = assetsIn(dashboardFolder)
async function refresh(): Promise<void> {
  if (isStale()) console.log(describeSizes(await buildDashboard()))
  assets = assetsIn(dashboardFolder)
}

const security = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
}

await refresh()
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: Number(values.port),
  async fetch(request) {
    const url = new URL(request.url)
    if (/^\/(?:api\/|health$)/.test(url.pathname)) {
      try {
        const answer = await fetch(`http://daemon${url.pathname}${url.search}`, {
          method: request.method,
          headers: request.headers,
          ...(request.method === 'POST' ? { body: await request.text() } : {}),
          unix: socket,
        })
        // fetch has unpacked it already.
        const headers = new Headers(answer.headers)
        headers.delete('content-encoding')
        headers.delete('content-length')
        return new Response(answer.body, { status: answer.status, headers })
      } catch (error) {
        return new Response(String(error), { status: 502 })
      }
    }
    if (!url.pathname.includes('.')) await refresh()
    const answer = assets(url.pathname, request) ?? new Response('not found', { status: 404 })
    for (const [name, value] of Object.entries(security)) answer.headers.set(name, value)
    return answer
  },
})
console.log(`http://127.0.0.1:${server.port}/`)
