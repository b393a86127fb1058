import { problemResponse } from '../problem-response.ts'
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
  if (hub.isFull)
    return problemResponse('too_many_connections', 'as many listen already as may', undefined, { 'retry-after': '30' })
  const ask = { connection: 'upgrade', upgrade: 'websocket' }
  return problemResponse('upgrade_required', `${request.method} without an upgrade`, undefined, ask)
}
