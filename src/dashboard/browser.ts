/** Clock, timers, connections and storage of the browser: the one file of the dashboard that touches them. */

export const nowMs = (): number => Date.now()

export type Cancel = () => void

export function after(delayMs: number, run: () => void): Cancel {
  const timer = setTimeout(run, delayMs)
  return () => clearTimeout(timer)
}

export function every(periodMs: number, run: () => void): Cancel {
  const timer = setInterval(run, periodMs)
  return () => clearInterval(timer)
}

const early = new Map<string, Promise<Response>>()

/** Asks before anybody wants it; the first who does is given the answer, also when there is none. */
export function askEarly(path: string, limitMs: number): void {
  const answer = request(path, { signal: timeLimit(limitMs) })
  answer.catch(() => undefined)
  early.set(path, answer)
}

/** Same origin only: `path` begins with a slash. */
export function request(path: string, init: RequestInit = {}): Promise<Response> {
  const begun = early.get(path)
  early.delete(path)
  if (begun !== undefined) return begun
  return fetch(path, { credentials: 'same-origin', cache: 'no-store', ...init })
}

export const timeLimit = (limitMs: number): AbortSignal => AbortSignal.timeout(limitMs)

export function openSocket(path: string): WebSocket {
  const { protocol, host } = window.location
  return new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}${path}`)
}

/** Storage may be refused (private windows, settings): then nothing is kept. */
export function readStored(key: string): string | undefined {
  try {
    return window.localStorage.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

export function writeStored(key: string, text: string): void {
  try {
    window.localStorage.setItem(key, text)
  } catch {
    // Kept for this page only.
  }
}

/** The width below which style.css lays out for a phone. */
export const isNarrow = (): boolean => window.matchMedia('(max-width: 820px)').matches
