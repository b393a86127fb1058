import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient } from '../../src/api/client.ts'
import { eventually } from '../../test/e2e/daemon.ts'
import { canRunWine, openWine, type Wine, windowsPath } from '../../test/wine.ts'
import type { BenchContext, BenchPart, Figure } from '../part.ts'

/** The Windows build, run by Wine: an indication, since each call is a message to Wine's server and every page is its own. */
export const part: BenchPart = {
  name: 'windows',
  about: 'the Windows build under Wine: calls a tick, CPU and memory (an indication)',
  async run(context) {
    if (!canRunWine()) return []
    const wine = await openWine()
    try {
      return [...(await callsOfTick(wine)), ...(await costOfDaemon(wine, context))]
    } finally {
      await wine.close()
    }
  },
}

async function callsOfTick(wine: Wine): Promise<Figure[]> {
  const script = windowsPath(path.join(import.meta.dir, '../windows-calls.ts'))
  const { output, errors } = await wine.run([wine.executable, script], { BUN_BE_BUN: '1' })
  const line = output.split('\n').find((each) => each.startsWith('{'))
  if (line === undefined) throw new Error(errors)
  const { calls, medianMs, processes } = JSON.parse(line) as { calls: number; medianMs: number; processes: number }
  return [
    { name: 'calls into Windows a tick', value: calls, unit: '', note: `${processes} processes, none new` },
    { name: 'the tick lane, median', value: medianMs, unit: 'ms' },
  ]
}

async function costOfDaemon(wine: Wine, { seconds, progress }: BenchContext): Promise<Figure[]> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'sysmon-bench-'))
  const child = wine.start([wine.executable, 'sysmond', '--data-dir', windowsPath(dataDir)])
  try {
    const client = createClient({ socketPath: path.join(dataDir, 'sysmon.sock') })
    await eventually(
      () =>
        client.health().then(
          () => true,
          () => false,
        ),
      (isThere) => isThere,
      60_000,
    )
    progress(`${seconds} s of a daemon`)
    await Bun.sleep(5000)
    const before = cpuSeconds(child.pid)
    await Bun.sleep(seconds * 1000)
    const used = cpuSeconds(child.pid) - before
    return [
      {
        name: 'CPU of the daemon',
        value: (used / seconds) * 100,
        unit: '% of a core',
        note: 'without that of wineserver',
      },
      {
        name: 'resident memory',
        value: residentMegabytes(child.pid),
        unit: 'MB',
        note: 'the 117 MB executable is mapped privately by Wine',
      },
    ]
  } finally {
    child.kill('SIGINT')
    await child.exited
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** proc_pid_stat(5), fields 14 and 15. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

const residentMegabytes = (pid: number): number =>
  (Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024) / 1e6
