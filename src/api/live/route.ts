import { problemOf, problems } from '../problems.ts'
import type { LiveIdentity } from './connection.ts'
import type { LiveHub, UpgradingServer } from './hub.ts'

export const livePath = '/ws/metrics'

/**
 * The live stream's route, for any listener: `undefined` when the connection has become a WebSocket, else what to answer.
 * Who may listen, the listener has settled before.
 */
export function answerLive(
  hub: LiveHub,
  server: UpgradingServer,
  request: Request,
  identity: LiveIdentity,
): Response | undefined {
  if (hub.upgrade(server, request, identity)) return undefined
  if (hub.isFull) return refusal('too_many_connections', 'as many listen already as may', { 'retry-after': '30' })
  return refusal('upgrade_required', `${request.method} without an upgrade`, {
    connection: 'upgrade',
    upgrade: 'websocket',
  })
}

function refusal(
  code: 'too_many_connections' | 'upgrade_required',
  detail: string,
  headers: Record<string, string>,
): Response {
  return new Response(JSON.stringify(problemOf(code, detail)), {
    status: problems[code].status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  })
}
