import { useEffect, useState } from 'react'
import { every } from '../browser.ts'
import { sayError } from './api.ts'

export interface Loaded<T> {
  readonly value?: T
  readonly problem?: string
}

/** Asked for at once and again each period; `reload` asks now. Without an answer the last one stays, with the reason. */
export function useLoaded<T>(load: () => Promise<T>, periodMs: number): readonly [Loaded<T>, () => void] {
  const [loaded, setLoaded] = useState<Loaded<T>>({})
  const [attempt, setAttempt] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew when somebody wants it
  useEffect(() => {
    let isOver = false
    const ask = (): void => {
      load().then(
        (value) => isOver || setLoaded({ value }),
        (error: unknown) => isOver || setLoaded((before) => ({ ...before, problem: sayError(error) })),
      )
    }
    ask()
    const stop = every(periodMs, ask)
    return () => {
      isOver = true
      stop()
    }
  }, [load, periodMs, attempt])
  return [loaded, () => setAttempt((before) => before + 1)]
}
