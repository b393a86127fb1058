import { spawn } from 'node:child_process'
import type { HealthResponse } from '../../src/api/contract.ts'
import { programCommand, removeDataDir, startDaemon } from '../../test/e2e/daemon.ts'
import { idleProcesses } from '../load.ts'
import type { BenchPart, Figure } from '../part.ts'
import { measureCost } from '../process-cost.ts'

/** The runtime compiles in the first half minute; what it costs to begin, cold-start says. */
const warmUpSeconds = 60
const megabyte = 1e6

/** CPU and memory of the daemon that records everything each second, beside `top -d 1` in the same run. */
export const part: BenchPart = {
  name: 'cost',
  about: 'CPU and memory of sysmond at 1 s, everything recorded',
  async run(context) {
    const load = idleProcesses(context.processes)
    try {
      if (context.peers !== undefined) await runPeers(context.peers, context.seconds, context.progress)
      const top = await costOfTop(context.seconds, context.progress)
      const daemon = await startDaemon()
      context.progress(`sysmond: ${warmUpSeconds} s to settle, ${context.seconds} s measured`)
      await Bun.sleep(warmUpSeconds * 1000)
      const cost = await measureCost(daemon.pid, context.seconds)
      const health = await daemon.get<HealthResponse>('/health')
      await daemon.stop()
      await removeDataDir(daemon)
      const figures: Figure[] = [
        {
          name: `CPU, ${context.processes} processes`,
          value: cost.cores * 100,
          unit: '% of a core',
          target: 0.4,
          reference: { name: 'top -d 1', value: top * 100 },
        },
        { name: 'CPU as a share of top -d 1', value: cost.cores / top, unit: '×', target: 0.35 },
        { name: 'resident memory', value: cost.residentBytes / megabyte, unit: 'MB', target: 38 },
        { name: 'of it anonymous', value: cost.anonymousBytes / megabyte, unit: 'MB' },
        { name: 'proportional memory', value: cost.proportionalBytes / megabyte, unit: 'MB' },
      ]
      for (const [name, { duration_ms }] of Object.entries(health.collector_status)) {
        if (duration_ms !== undefined) figures.push({ name: `collector ${name}`, value: duration_ms, unit: 'ms' })
      }
      return figures
    } finally {
      load.end()
    }
  },
}

async function costOfTop(seconds: number, progress: (text: string) => void): Promise<number> {
  progress(`top -d 1: 5 s to settle, ${seconds} s measured`)
  const child = spawn('script', ['-qc', 'stty cols 200 rows 50; exec top -d 1', '/dev/null'], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { ...process.env, TERM: 'xterm-256color' },
  })
  await Bun.sleep(5000)
  const cost = await measureCost(child.pid as number, seconds)
  child.kill('SIGTERM')
  return cost.cores
}

async function runPeers(script: string, seconds: number, progress: (text: string) => void): Promise<void> {
  progress(`other monitors, one after the other, ${seconds} s each; ours last`)
  const child = Bun.spawn(['bash', script, '0', String(seconds), '--', ...programCommand('sysmond')], {
    stdout: 'inherit',
    stderr: 'inherit',
  })
  await child.exited
}
