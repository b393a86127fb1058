/**
 * The dashboard while it is written: `node scripts/run.mjs scripts/dev-dashboard.ts SOCKET` builds it, serves it on a
 * free loopback port and hands everything else to the daemon behind the local socket. No log-in.
 * Built anew at every load of the page after a change.
 */
import path from 'node:path'
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
const server = Bun.serve<{ upstream: WebSocket | undefined }>({
  websocket: {
    open(client) {
      const upstream = new WebSocket(`ws+unix://${path.resolve(socket)}:/ws/metrics`)
      client.data.upstream = upstream
      upstream.onmessage = ({ data }) => client.send(data)
      upstream.onclose = () => client.close()
      upstream.onerror = () => client.close()
    },
    message(client, text) {
      const { upstream } = client.data
      if (upstream?.readyState === WebSocket.OPEN) upstream.send(text)
      else upstream?.addEventListener('open', () => upstream.send(text))
    },
    close: (client) => client.data.upstream?.close(),
  },
  hostname: '127.0.0.1',
  port: Number(values.port),
  async fetch(request, self) {
    const url = new URL(request.url)
    if (url.pathname === '/ws/metrics') {
      const isUpgraded = self.upgrade(request, { data: { upstream: undefined } })
      return isUpgraded ? undefined : new Response('a WebSocket is needed', { status: 426 })
    }
    // The local socket asks nobody who he is: its owner may all.
    if (url.pathname === '/api/v1/auth/me') return Response.json({ subject: 'owner', role: 'admin', expiresUnixMs: 0 })
    if (/^\/(?:api\/|health$)/.test(url.pathname)) {
      try {
        const answer = await fetch(`http://daemon${url.pathname}${url.search}`, {
          method: request.method,
          headers: request.headers,
          ...(['POST', 'PUT'].includes(request.method) ? { body: await request.text() } : {}),
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
