import { readStored, writeStored } from '../browser.ts'
import { createCell } from './cell.ts'

export type Theme = 'auto' | 'light' | 'dark'
const order: readonly Theme[] = ['auto', 'light', 'dark']
const key = 'sysmon.theme'

const stored = readStored(key)
export const theme = createCell<Theme>(order.find((one) => one === stored) ?? 'auto')
/** Grows when colours change: canvases have to be drawn anew. */
export const paint = createCell(0)

function apply(): void {
  document.documentElement.dataset.theme = theme.get()
  paint.set(paint.get() + 1)
}

export function startTheme(): void {
  apply()
  theme.subscribe(apply)
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', apply)
}

export function switchTheme(): void {
  const next = order[(order.indexOf(theme.get()) + 1) % order.length] ?? 'auto'
  writeStored(key, next)
  theme.set(next)
}
