import type { LiveIdentity } from '../api/live/connection.ts'
import { answerLive, livePath } from '../api/live/route.ts'
import type { LocalSocketOptions } from './local-socket.ts'

/** Whoever gets through may do everything: the rights of the file have decided. */
const owner: LiveIdentity = { isCurrent: () => true }
/**
 * A file that is read in or out pauses while the disk at either end does, and the owner may be silent. Bun 1.4.5 cuts off
 * after ten seconds on a Unix socket too, whatever `server.timeout` says, and its types do not know the word for it.
 */
const patient = { idleTimeout: 0 } as object
/** Of one request, bytes: a file that is read in. */
const largestBodyBytes = 8 * 2 ** 30

export type LocalPlace = { readonly unix: string } | { readonly hostname: string; readonly port: number }

/** Plain HTTP and the live stream at a place of this machine. `refuse` says no to who may not. */
export function serveLocal(
  { answer, live }: Pick<LocalSocketOptions, 'answer' | 'live'>,
  place: LocalPlace,
  refuse: (request: Request) => Response | undefined = () => undefined,
): { readonly port?: number | undefined; stop(force: boolean): Promise<void> } {
  return Bun.serve({
    // The types of the runtime want to know which of the two it is.
    ...(place as { readonly hostname: string; readonly port: number }),
    fetch: (request, server) => {
      const refusal = refuse(request)
      if (refusal !== undefined) return refusal
      const { pathname } = new URL(request.url)
      if (pathname === livePath) return answerLive(live, server, request, owner)
      return answer(request)
    },
    websocket: live.websocket,
    maxRequestBodySize: largestBodyBytes,
    ...patient,
    development: false,
  })
}
