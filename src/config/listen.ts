import * as v from 'valibot'
import { type Kind, show } from './setting.ts'

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`. */
export function parseListen(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits = ''] = /^(?:\[([\da-fA-F:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  return host === undefined || port > 65_535 ? undefined : { host, port }
}

export const formatListen = ({ host, port }: ListenAddress): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

/** Reachable from this machine only: 127.0.0.0/8 (RFC 1122 3.2.1.3), ::1 (RFC 4291 2.5.3), localhost (RFC 6761 6.3). */
export const isLoopback = ({ host }: ListenAddress): boolean =>
  host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)

const shape = 'is no address to listen on. Write HOST:PORT, like 127.0.0.1:8080 or [::1]:8080'

export const listenAddress: Kind<ListenAddress> = {
  label: 'HOST:PORT',
  schema: v.pipe(
    v.string(({ input }) => `${show(input)} ${shape}`),
    v.rawTransform<string, ListenAddress>(({ dataset, addIssue, NEVER }) => {
      const address = parseListen(dataset.value)
      if (address !== undefined) return address
      addIssue({ message: `"${dataset.value}" ${shape}` })
      return NEVER
    }),
  ),
  fromText: (text) => text,
  format: formatListen,
}
