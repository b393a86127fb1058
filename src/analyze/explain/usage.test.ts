import { describe, expect, test } from 'bun:test'
import { ProcessHistory } from '../../../test/process-history.ts'
import { RecordedTable } from '../../recorder/recorded-table.ts'
import { Usage } from './usage.ts'

/** Ticks of one second; what each does to the table, and the usage over all of them. */
function played(ticks: readonly ((history: ProcessHistory) => void)[], elapsedMs: readonly number[] = []) {
  const history = new ProcessHistory()
  const usage = new Usage(0, Number.MAX_SAFE_INTEGER)
  const table = new RecordedTable()
  ticks.forEach((scan, i) => {
    table.apply(history.tick({ elapsedMs: elapsedMs[i] ?? (i === 0 ? 0 : 1000), isKey: i === 0 }, scan))
    usage.add(table)
  })
  return usage
}
const nothing = (): void => undefined

describe('what processes did', () => {
  test('is the growth of their counters, however apart they were read', () => {
    let slot = 0
    const usage = played([
      (history) => {
        slot = history.start({ cpuUserSeconds: 500, writtenBytes: 1e9 })
      },
      (history) => history.set(slot, { cpuUserSeconds: 500.5, writtenBytes: 1e9 + 4096 }, 900),
      (history) => history.set(slot, { cpuUserSeconds: 501.5, writtenBytes: 1e9 + 8192 }, 100),
    ])
    const [use] = usage.processes()
    expect(use?.cpuSeconds).toBeCloseTo(1.5, 6)
    expect(use?.writtenBytes).toBe(8192)
  })

  test('C15 before the first tick is nobody’s, and what began within is counted from 0', () => {
    const usage = played([
      (history) => void history.start({ cpuUserSeconds: 1000 }),
      nothing,
      (history) => void history.start({ cpuUserSeconds: 0.7 }),
    ])
    expect(usage.processes().map(({ cpuSeconds, hasStarted }) => [cpuSeconds, hasStarted])).toEqual([
      [0, false],
      [0.7, true],
    ])
  })

  test('R15 a counter that falls as the process exits takes nothing away', () => {
    let slot = 0
    const usage = played([
      (history) => {
        slot = history.start({ cpuUserSeconds: 10 })
      },
      (history) => history.set(slot, { cpuUserSeconds: 12 }),
      (history) => history.set(slot, { cpuUserSeconds: 0 }),
    ])
    expect(usage.processes()[0]?.cpuSeconds).toBe(2)
  })

  test('does not count what lies between ticks that do not follow on each other', () => {
    let slot = 0
    const usage = played(
      [
        (history) => {
          slot = history.start({ cpuUserSeconds: 10 })
        },
        (history) => history.set(slot, { cpuUserSeconds: 11 }),
        // Begun again after a restart: no length.
        (history) => history.set(slot, { cpuUserSeconds: 90 }),
        (history) => history.set(slot, { cpuUserSeconds: 91 }),
      ],
      [0, 1000, 0, 1000],
    )
    expect(usage.processes()[0]?.cpuSeconds).toBe(2)
  })

  test('one that is stuck counts though nothing of it changes', () => {
    let slot = 0
    const usage = played([
      (history) => {
        slot = history.start({})
      },
      (history) => {
        history.table.texts.state[slot] = 'D'
        history.set(slot, {})
      },
      nothing,
      nothing,
      nothing,
    ])
    expect(usage.processes()[0]?.longestBlockedSeconds).toBe(4)
  })
})
