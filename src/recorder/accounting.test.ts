import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { histories, ProcessHistory } from '../../test/process-history.ts'
import { accountProcesses } from './accounting.ts'

const second = { elapsedMs: 1000, isKey: false }

/** A process that uses 0.5 of a CPU and one that reaped 0.3 which nobody saw. */
function busy(): ProcessHistory {
  const history = new ProcessHistory()
  history.tick({ elapsedMs: 0, isKey: true }, (h) => {
    h.start({ cpuUserSeconds: 10, cpuSystemSeconds: 10 })
    h.start({ childrenCpuSeconds: 50 })
  })
  history.tick(second, (h) => {
    h.set(0, { cpuUserSeconds: 10.4, cpuSystemSeconds: 10.1 })
    h.set(1, { childrenCpuSeconds: 50.3 })
  })
  return history
}

describe('C18 what the host was busy with', () => {
  test('C18 is shared out: seen, reaped, and what is left', () => {
    const shares = accountProcesses(busy().live.table, 1)
    expect(shares.hostBusy).toBe(1)
    expect(shares.processes).toBeCloseTo(0.5, 9)
    expect(shares.reaped).toBeCloseTo(0.3, 9)
    expect(shares.unattributed).toBeCloseTo(0.2, 9)
  })

  test('C18 the reaped are told no more than is left of it', () => {
    expect(accountProcesses(busy().live.table, 0.6)).toMatchObject({ hostBusy: 0.6, unattributed: 0 })
    expect(accountProcesses(busy().live.table, 0.6).reaped).toBeCloseTo(0.1, 9)
    expect(accountProcesses(busy().live.table, 0.2)).toMatchObject({ reaped: 0, unattributed: 0 })
  })

  test('C15 of the first tick, and of one without a length, nothing is known', () => {
    const history = new ProcessHistory()
    const unknown = { hostBusy: 1, processes: undefined, reaped: undefined, unattributed: undefined }
    history.tick({ elapsedMs: 0, isKey: true }, (h) => h.start({ cpuUserSeconds: 10, cpuSystemSeconds: 10 }))
    expect(accountProcesses(history.live.table, 1)).toEqual(unknown)
    history.tick(second, () => undefined)
    history.tick({ elapsedMs: 0, isKey: false }, () => undefined)
    expect(accountProcesses(history.live.table, 1)).toEqual(unknown)
  })

  test('without the host’s own figure the processes are told and the rest is not', () => {
    const shares = accountProcesses(busy().live.table, undefined)
    expect(shares).toMatchObject({ hostBusy: undefined, unattributed: undefined })
    expect(shares.processes).toBeCloseTo(0.5, 9)
    expect(shares.reaped).toBeCloseTo(0.3, 9)
  })

  test('C18 no share is ever negative, nor above what is left', () => {
    fc.assert(
      fc.property(histories, fc.double({ min: 0, max: 64, noNaN: true }), (shapes, hostBusy) => {
        const history = new ProcessHistory()
        for (const shape of shapes) {
          history.run(shape)
          const { processes = 0, reaped = 0, unattributed = 0 } = accountProcesses(history.live.table, hostBusy)
          expect(processes).toBeGreaterThanOrEqual(0)
          expect(reaped).toBeGreaterThanOrEqual(0)
          expect(unattributed).toBeGreaterThanOrEqual(0)
          expect(reaped).toBeLessThanOrEqual(Math.max(0, hostBusy - processes))
          expect(reaped + unattributed).toBeLessThanOrEqual(Math.max(0, hostBusy - processes) + 1e-9)
        }
      }),
    )
  })
})
