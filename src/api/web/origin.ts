/**
 * Who is asked and by whose page. A name that DNS points at us (rebinding) comes with that name as Host; a foreign page
 * with its Origin. An address as Host is no name and cannot be rebound. (V4)
 */
export interface HostRule {
  /** Names from the configuration, lower case. */
  readonly names: readonly string[]
  /** Listens to this machine only: then only its own names are right. */
  readonly isLoopbackOnly: boolean
}

/** `[::1]:8080` and `localhost:8080` without the port, lower case; `undefined`: no such thing. */
export function hostNameOf(host: string | null): string | undefined {
  const [, name] = /^(\[[\da-f:.]+\]|[a-z\d](?:[a-z\d.-]{0,252}))(?::\d{1,5})?$/i.exec(host ?? '') ?? []
  return name?.toLowerCase()
}

const isAddress = (name: string): boolean => name.startsWith('[') || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name)
export const isLoopbackName = (name: string): boolean =>
  name === 'localhost' || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name)

export function isOurHost(host: string | null, { names, isLoopbackOnly }: HostRule): boolean {
  const name = hostNameOf(host)
  if (name === undefined) return false
  return isLoopbackName(name) || names.includes(name) || (!isLoopbackOnly && isAddress(name))
}

/** `own`: our page asked; `foreign`: another one did; `none`: no page, or a browser that does not say. */
export function askedBy(headers: Headers, isHttps: boolean): 'own' | 'foreign' | 'none' {
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  if (origin !== null) {
    const own = URL.parse(`${isHttps ? 'https' : 'http'}://${headers.get('host')}`)?.origin
    if (origin !== own) return 'foreign'
  }
  // Sites are told apart without their ports, and localhost has many: `same-site` is foreign too.
  if (site === 'cross-site' || site === 'same-site') return 'foreign'
  return origin !== null || site === 'same-origin' ? 'own' : 'none'
}
