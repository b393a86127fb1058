import type { HealthResponse } from '../../api/contract.ts'
import { formatPercent, formatValue } from '../format/values.ts'
import type { LiveState } from './live.ts'
import type { PageName } from './place.ts'

/** What is wrong with the machine this second, worst first, each with the page that shows it. */
export interface Finding {
  /** The same for the same trouble, whatever its size. */
  readonly key: string
  readonly level: 'warning' | 'bad'
  readonly text: string
  readonly page: PageName
}

interface Limit {
  readonly key: string
  readonly warning: number
  readonly bad: number
  readonly page: PageName
  readonly say: (value: number) => string
}
/** Shares above which a person should look. */
const limits: readonly Limit[] = [
  limit('system.memory.utilization', 0.9, 0.97, 'memory', (v) => `Memory is ${formatPercent(v)} full`),
  limit('system.paging.utilization', 0.6, 0.9, 'memory', (v) => `Swap is ${formatPercent(v)} full`),
  limit(
    'system.pressure.full{resource=memory}',
    0.1,
    0.4,
    'pressure',
    (v) => `Everything waits for memory ${formatPercent(v)} of the time`,
  ),
  limit(
    'system.pressure.full{resource=io}',
    0.4,
    0.8,
    'pressure',
    (v) => `Everything waits for disks ${formatPercent(v)} of the time`,
  ),
  limit(
    'system.pressure.some{resource=cpu}',
    0.6,
    0.9,
    'pressure',
    (v) => `Something waits for a CPU ${formatPercent(v)} of the time`,
  ),
  limit('system.cpu.utilization', 0.9, 0.98, 'cpu', (v) => `CPUs are ${formatPercent(v)} busy`),
  limit(
    'system.cpu.mode.utilization{mode=steal}',
    0.1,
    0.3,
    'cpu',
    (v) => `The hypervisor takes ${formatPercent(v)} of the CPUs`,
  ),
  limit(
    'system.linux.memory.oom_kills',
    0.0001,
    0.0001,
    'memory',
    () => 'The kernel kills processes for lack of memory',
  ),
  limit('sysmon.store.buffered', 5, 100, 'sysmon', (v) => `${formatValue(v, '')} frames wait to be stored`),
]

function limit(key: string, warning: number, bad: number, page: PageName, say: (value: number) => string): Limit {
  return { key, warning, bad, page, say }
}

export type Level = 'ok' | 'warning' | 'bad' | 'unknown'

/** For the colour of a number that stands alone. */
export function levelOf(key: string, value: number | undefined): Level {
  if (value === undefined) return 'unknown'
  const one = limits.find((entry) => entry.key === key)
  if (one === undefined) return 'ok'
  return value >= one.bad ? 'bad' : value >= one.warning ? 'warning' : 'ok'
}

const fullWarning = 0.9
const fullBad = 0.97

export function findingsOf(state: LiveState, health: HealthResponse | undefined): readonly Finding[] {
  const found: Finding[] = []
  for (const one of limits) {
    const value = state.values.get(one.key)
    const level = levelOf(one.key, value)
    if (value !== undefined && (level === 'warning' || level === 'bad'))
      found.push({ key: one.key, level, text: one.say(value), page: one.page })
  }
  for (const [key, value] of state.values) {
    const mountpoint = /^system\.filesystem(?:\.inodes)?\.utilization\{mountpoint=(.*)\}$/.exec(key)?.[1]
    if (mountpoint === undefined || value < fullWarning) continue
    const what = key.startsWith('system.filesystem.inodes') ? 'inodes of ' : ''
    found.push({
      key,
      level: value >= fullBad ? 'bad' : 'warning',
      text: `${what}${mountpoint} ${what === '' ? 'is' : 'are'} ${formatPercent(value)} full`,
      page: 'disks',
    })
  }
  for (const text of health?.problems ?? []) found.push({ key: text, level: 'warning', text, page: 'sysmon' })
  return found.sort((a, b) => Number(b.level === 'bad') - Number(a.level === 'bad'))
}

/** A finding that is being watched: since when it has been there, and when it was last. */
export interface Held {
  readonly finding: Finding
  readonly sinceMs: number
  readonly lastMs: number
}
/** One busy second is none of anybody's business. */
const riseMs = 5000
/** And one better second is no relief. */
const fadeMs = 8000

/** What is to be shown neither comes with the first bad second nor goes with the first good one. */
export function holdFindings(
  before: ReadonlyMap<string, Held> | undefined,
  found: readonly Finding[],
  unixMs: number,
): ReadonlyMap<string, Held> {
  // What is there at the first look may have been there for long.
  const bornMs = before === undefined ? unixMs - riseMs : unixMs
  const held = new Map<string, Held>()
  for (const finding of found)
    held.set(finding.key, { finding, sinceMs: before?.get(finding.key)?.sinceMs ?? bornMs, lastMs: unixMs })
  for (const [key, one] of before ?? []) if (!held.has(key) && unixMs - one.lastMs < fadeMs) held.set(key, one)
  return held
}

export function shownFindings(held: ReadonlyMap<string, Held>): readonly Finding[] {
  return [...held.values()]
    .filter(({ sinceMs, lastMs }) => lastMs - sinceMs >= riseMs)
    .map(({ finding }) => finding)
    .sort((a, b) => Number(b.level === 'bad') - Number(a.level === 'bad'))
}
