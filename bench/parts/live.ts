import { join } from 'node:path'
import { endsWithTest, removeDataDir, startDaemon, type TestDaemon } from '../../test/e2e/daemon.ts'
import type { ClientsReport } from '../live-clients.ts'
import type { BenchPart, Figure } from '../part.ts'
import { measureCost } from '../process-cost.ts'

const crowds: readonly Crowd[] = [
  { clients: 100, stuck: 0 },
  { clients: 1000, stuck: 0 },
  { clients: 1000, stuck: 100 },
  { clients: 5000, stuck: 0 },
]
interface Crowd {
  readonly clients: number
  /** More that ask for everything and read nothing. */
  readonly stuck: number
}
const warmUpSeconds = 10

/** Everything, to many at once, each second: what it costs the daemon, and how late the last to be served has it. */
export const part: BenchPart = {
  name: 'live',
  about: 'the live stream at 1 Hz, all metrics, to clients of another process over the local socket',
  async run({ seconds, progress }) {
    const daemon = await startDaemon()
    try {
      await Bun.sleep(warmUpSeconds * 1000)
      progress(`nobody listens: ${seconds} s measured`)
      const alone = await measureCost(daemon.pid, seconds)
      const figures: Figure[] = [
        { name: 'CPU, nobody listens', value: alone.cores * 100, unit: '% of a core' },
        { name: 'resident memory, nobody listens', value: alone.residentBytes / 1e6, unit: 'MB' },
      ]
      for (const crowd of crowds) figures.push(...(await measure(daemon, crowd, seconds, progress)))
      return figures
    } finally {
      await daemon.stop()
      await removeDataDir(daemon)
    }
  },
}

async function measure(
  daemon: TestDaemon,
  { clients, stuck }: Crowd,
  seconds: number,
  progress: (text: string) => void,
): Promise<Figure[]> {
  const of = stuck === 0 ? `${clients} clients` : `${clients} clients, ${stuck} stuck`
  progress(`${of}: ${seconds} s measured`)
  const program = join(import.meta.dir, '../live-clients.ts')
  const child = Bun.spawn(
    [...endsWithTest, process.execPath, program, daemon.socket, ...[clients, seconds, stuck].map(String)],
    {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'inherit',
    },
  )
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const until = async (fits: (text: string) => boolean): Promise<void> => {
    while (!fits(text)) {
      const { value, done } = await lines.read()
      if (done) throw new Error(`the clients ended early: ${text}`)
      text += value
    }
  }
  await until((all) => all.startsWith('ready\n'))
  const cost = await measureCost(daemon.pid, seconds)
  await until((all) => all.endsWith('}\n'))
  await child.exited
  const report = JSON.parse(text.slice('ready\n'.length)) as ClientsReport
  return [
    { name: `${of}: CPU`, value: cost.cores * 100, unit: '% of a core', target: 100 },
    { name: `${of}: resident memory`, value: cost.residentBytes / 1e6, unit: 'MB' },
    { name: `${of}: sample → client, median`, value: report.medianDelayMs, unit: 'ms' },
    {
      name: `${of}: sample → client, p99`,
      value: report.p99DelayMs,
      unit: 'ms',
      ...(clients <= 100 ? { target: 30 } : {}),
    },
    { name: `${of}: sample → client, worst`, value: report.worstDelayMs, unit: 'ms', target: 1000 },
    { name: `${of}: ticks not sent`, value: report.missed, unit: 'ticks', target: 0 },
    { name: `${of}: bytes a tick and client`, value: report.bytesPerMessage, unit: 'B' },
  ]
}
