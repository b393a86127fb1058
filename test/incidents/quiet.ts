import { readFileSync } from 'node:fs'
import type { ExplainResponse } from '../../src/api/explain-contract.ts'
import type { Stage } from './stage.ts'

/** The machine as the kernel tells it, read beside the daemon. */
interface Totals {
  readonly busy: number
  readonly all: number
  readonly stalledMicroseconds: number
  readonly forks: number
}

function totals(): Totals {
  const stat = readFileSync('/proc/stat', 'utf8')
  const [, ...words] = (stat.split('\n')[0] ?? '').split(/\s+/).map(Number)
  const all = words.slice(0, 8).reduce((sum, value) => sum + value, 0)
  const idle = (words[3] ?? 0) + (words[4] ?? 0)
  const stalls = ['cpu', 'io', 'memory'].map((name) => {
    try {
      return Number(/some .*total=(\d+)/.exec(readFileSync(`/proc/pressure/${name}`, 'utf8'))?.[1] ?? 0)
    } catch {
      return 0
    }
  })
  return {
    busy: all - idle,
    all,
    stalledMicroseconds: Math.max(...stalls),
    forks: Number(/^processes (\d+)/m.exec(stat)?.[1] ?? 0),
  }
}

/** Seconds that must be calm one after the other. */
const calmTicks = 6
const mostTicks = 25

/** What explain says of a calm stretch; undefined when the machine does not become calm. */
export async function quietWindow(stage: Stage): Promise<ExplainResponse | undefined> {
  let calm = 0
  let before = totals()
  for (let tick = 0; tick < mostTicks; tick++) {
    await stage.ticks(1)
    const now = totals()
    const share = (now.busy - before.busy) / Math.max(1, now.all - before.all)
    const isCalm = share < 0.5 && now.stalledMicroseconds - before.stalledMicroseconds < 100_000
    calm = isCalm && now.forks - before.forks < 100 ? calm + 1 : 0
    before = now
    if (calm < calmTicks) continue
    const endMs = await stage.now()
    return stage.explain(endMs - calmTicks * 1000, endMs)
  }
  return undefined
}
