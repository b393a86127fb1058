import { type Finding, findingsOf, type Held, holdFindings, shownFindings } from '../state/findings.ts'
import { createCell } from './cell.ts'
import { live } from './feed.ts'
import { health } from './health.ts'

/** What is wrong with the machine, held steady; undefined before the first tick. */
export const findings = createCell<readonly Finding[] | undefined>(undefined)

let held: ReadonlyMap<string, Held> | undefined

live.subscribe(() => {
  const state = live.get()
  if (state === undefined) return
  held = holdFindings(held, findingsOf(state, health.get()), state.unixMs)
  findings.set(shownFindings(held))
})
