import { afterEach, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../test/e2e/daemon.ts'
import { requireFile } from '../test/tools.ts'
import { descendantsOf } from './process-cost.ts'

const started: Bun.Subprocess[] = []
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

/** A bench that starts something and is then left alone with it; the pids of all that it started. */
async function benchWith(call: string, processes: number): Promise<{ bench: Bun.Subprocess; pids: number[] }> {
  const program = `const load = await import(${JSON.stringify(join(import.meta.dir, 'load.ts'))}); const held = ${call}; process.on('SIGUSR1', () => held.end()); setInterval(() => held, 1e6)`
  const bench = Bun.spawn([process.execPath, '-e', program], { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' })
  started.push(bench)
  await eventually(
    async () => descendantsOf(bench.pid).length,
    (count) => count === processes,
  )
  return { bench, pids: descendantsOf(bench.pid) }
}
const leftOf = (pids: readonly number[]): number[] => pids.filter(isRunning)

/** One that has ended may wait long for its new parent to take note. */
function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}
const isEmpty = (pids: readonly number[]): boolean => pids.length === 0
const hasProc = requireFile('/proc/self/stat', 'looks for processes left behind')

test.skipIf(!hasProc)('idle processes are there, and end when told', async () => {
  const { bench, pids } = await benchWith('load.idleProcesses(7)', 8)
  bench.kill('SIGUSR1')
  await eventually(async () => leftOf(pids), isEmpty)
  expect(bench.exitCode).toBeNull()
})

test.skipIf(!hasProc)('nothing that a bench started is left when it is killed', async () => {
  const calls = [
    ['load.idleProcesses(7)', 8],
    ["load.tiedCommand(['sleep', '86400'])", 3],
  ] as const
  for (const [call, processes] of calls) {
    const { bench, pids } = await benchWith(call, processes)
    bench.kill('SIGKILL')
    await bench.exited
    await eventually(async () => leftOf(pids), isEmpty)
    expect(leftOf(pids)).toEqual([])
  }
})
