import type { HistoryResponse } from '../../src/api/contract.ts'
import { removeDataDir, startDaemon, type TestDaemon } from '../../test/e2e/daemon.ts'
import { busyMachine, idleProcesses } from '../load.ts'
import { type BenchContext, type BenchPart, type Figure, percentile } from '../part.ts'

/** How late ticks begin and how long a sample takes to be stored: idle, and with all CPUs kept busy. */
export const part: BenchPart = {
  name: 'lateness',
  about: 'tick lateness, sample → stored, ticks lost',
  async run(context) {
    const load = idleProcesses(context.processes)
    const daemon = await startDaemon()
    try {
      context.progress('5 s to settle')
      await Bun.sleep(5000)
      const idle = await observe(daemon, context, 'idle', 20)
      const stress = busyMachine(context.seconds + 5)
      if (stress === undefined) return idle
      const busy = await observe(daemon, context, 'stress-ng on all cores')
      stress.end()
      return [...idle, ...busy]
    } finally {
      load.end()
      await daemon.stop()
      await removeDataDir(daemon)
    }
  },
}

async function observe(
  daemon: TestDaemon,
  { seconds, progress }: BenchContext,
  when: string,
  latenessTarget?: number,
): Promise<Figure[]> {
  progress(`${when}, ${seconds} s`)
  const start = Date.now()
  await Bun.sleep(seconds * 1000)
  const end = Date.now()
  const read = async (metric: string): Promise<number[]> => {
    const history = await daemon.get<HistoryResponse>(
      `/api/v1/metrics/history?metric=${metric}&start=${start}&end=${end}&resolution=1s`,
    )
    return (history.series[0]?.avg ?? []).filter((value) => value !== null)
  }
  const lateness = await read('sysmon.tick.lateness')
  const stored = await read('sysmon.store.duration')
  const missed = await read('sysmon.tick.missed')
  return [
    {
      name: `${when}: tick lateness p99`,
      value: percentile(lateness, 0.99) * 1000,
      unit: 'ms',
      ...(latenessTarget === undefined ? {} : { target: latenessTarget }),
    },
    { name: `${when}: tick lateness median`, value: percentile(lateness, 0.5) * 1000, unit: 'ms' },
    { name: `${when}: sample → stored p99`, value: percentile(stored, 0.99) * 1000, unit: 'ms', target: 20 },
    { name: `${when}: sample → stored median`, value: percentile(stored, 0.5) * 1000, unit: 'ms' },
    { name: `${when}: ticks lost`, value: missed.reduce((sum, rate) => sum + rate, 0), unit: 'ticks', target: 0 },
    { name: `${when}: ticks recorded`, value: lateness.length, unit: 'ticks', note: `of ${seconds}` },
  ]
}
