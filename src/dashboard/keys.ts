import { useEffect } from 'react'
import { currentSpan, go, leaving, liveNowMs, place } from './data/place-store.ts'
import { switchTheme } from './data/theme.ts'
import { explainPlace } from './state/explain-window.ts'
import { pan, spanLengthMs, zoom } from './state/view.ts'
import { menu } from './titles.ts'

type Open = (overlay: 'palette' | 'help' | undefined) => void

/** Every key that works everywhere. In a field only those with Ctrl and Escape do. */
export function useKeys(open: Open): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        open('palette')
        return
      }
      if (event.key === 'Escape') {
        letGo(open)
        return
      }
      const isTyping =
        event.target instanceof Element && event.target.closest('input, select, textarea, dialog') !== null
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return
      if (press(event, open)) event.preventDefault()
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [open])
}

function letGo(open: Open): void {
  const isInDialog = document.querySelector('dialog[open]') !== null
  open(undefined)
  // One press, one thing: what lies under a dialog stays as it is.
  if (isInDialog) return
  const { process, atMs } = place.get()
  if (process !== undefined) go({ process: undefined })
  else if (atMs !== undefined) go({ atMs: undefined })
}

function press(event: KeyboardEvent, open: Open): boolean {
  const { view } = place.get()
  const page = menu[event.key === '0' ? 9 : Number(event.key) - 1]
  if (/^\d$/.test(event.key) && page !== undefined) go({ page, ...leaving })
  else if (event.key === 'e') explainThis()
  else if (event.key === 'a') go({ page: 'alerts', ...leaving })
  else if (event.key === '?') open('help')
  else if (event.key === 't') switchTheme()
  else if (event.key === 'l') goLive()
  else if (event.key === '+' || event.key === '=') go({ view: zoom(view, 0.5, liveNowMs()) })
  else if (event.key === '-') go({ view: zoom(view, 2, liveNowMs()) })
  else if (event.key === '/') document.querySelector<HTMLInputElement>('input[type=search]')?.focus()
  else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') move(event)
  else return false
  return true
}

/** What was short in the window, or around the second, that is shown. */
export const explainThis = (): void => go({ ...explainPlace(place.get(), liveNowMs()), ...leaving })

/** The length stays, up to a day: nobody wants a live month. */
export function goLive(): void {
  const lengthMs = Math.min(spanLengthMs(place.get().view), 86_400_000)
  go({ view: { kind: 'live', spanMs: lengthMs }, atMs: undefined })
}

/** Arrows move the chosen second, with Shift the whole span. */
function move(event: KeyboardEvent): void {
  const direction = event.key === 'ArrowLeft' ? -1 : 1
  const { view, atMs } = place.get()
  if (event.shiftKey) {
    go({ view: pan(view, direction, liveNowMs()) })
    return
  }
  const { startMs, endMs } = currentSpan()
  const stepMs = Math.max(1000, Math.round((endMs - startMs) / 300_000) * 1000)
  const from = atMs ?? Math.floor(endMs / 1000) * 1000
  go({ atMs: Math.min(Math.max(from + direction * stepMs, startMs), endMs) }, 'replace')
}
