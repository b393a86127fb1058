import { nowMs } from '../browser.ts'
import { formatPlace, type Place, parsePlace } from '../state/place.ts'
import { type Span, spanOf } from '../state/view.ts'
import { createCell } from './cell.ts'
import { live } from './feed.ts'

/** Where one is, kept in the address; back and forward work as everywhere. */
export const place = createCell<Place>(parsePlace(window.location.pathname, window.location.search))

window.addEventListener('popstate', () => place.set(parsePlace(window.location.pathname, window.location.search)))

/** `undefined` takes away what may be absent. */
export type Change = { readonly [Key in keyof Place]?: Place[Key] | undefined }

export function changed(from: Place, change: Change): Place {
  const merged = Object.entries({ ...from, ...change }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(merged) as unknown as Place
}

/** `replace`: no step of its own in back and forward, such as while typing or moving the cursor. */
export function go(change: Change, how: 'push' | 'replace' = 'push'): void {
  const next = changed(place.get(), { unread: undefined, ...change })
  const address = formatPlace(next)
  if (address !== `${window.location.pathname}${window.location.search}`)
    window.history[how === 'push' ? 'pushState' : 'replaceState'](null, '', address)
  place.set(next)
}

/** What belongs to the page that one leaves. */
export const leaving = { process: undefined, part: undefined, against: undefined } as const

/** Now, as the daemon's clock says: charts end where its newest tick is. */
export const liveNowMs = (): number => live.get()?.unixMs ?? nowMs()

export const currentSpan = (): Span => spanOf(place.get().view, liveNowMs())

/** The time under the pointer, on whichever chart. */
export const hoveredMs = createCell<number | undefined>(undefined)
