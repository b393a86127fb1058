import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endsWithTest, removeDataDir, startDaemon } from '../../test/e2e/daemon.ts'
import type { ClientsReport } from '../live-clients.ts'
import { isolate, startCrowd } from '../live-crowd.ts'
import type { BenchPart, Figure } from '../part.ts'
import { measureCost, usageOf } from '../process-cost.ts'

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
interface Server {
  readonly pid: number
  readonly socket: string
}
const warmUpSeconds = 8
/** For a crowd to come to rest after it has been connected. */
const restMs = 2000

/**
 * Everything, to many at once, each second: what it costs the daemon, and how late the last to be served has it. The
 * clients run on the same machine: beside each crowd stands how late their own process was, and beside the largest what
 * a server that does nothing but send makes of it. SYSMON_BENCH_ISOLATED=1 keeps other work of the machine out of it.
 */
export const part: BenchPart = {
  name: 'live',
  about: 'the live stream at 1 Hz, all metrics, to clients of other processes over the local socket',
  async run({ seconds, progress }) {
    // Six windows: half as long each, so that all of it ends within three minutes by default.
    const windowSeconds = Math.max(5, Math.ceil(seconds / 2))
    const daemon = await startDaemon()
    if (isolate(daemon.pid)) progress('the daemon and the probes go before all other work of this machine')
    const figures: Figure[] = []
    let bytes = 0
    try {
      await Bun.sleep(warmUpSeconds * 1000)
      progress(`nobody listens: ${windowSeconds} s measured`)
      const alone = await measureCost(daemon.pid, windowSeconds)
      figures.push(
        { name: 'CPU, nobody listens', value: alone.cores * 100, unit: '% of a core' },
        { name: 'resident memory, nobody listens', value: alone.residentBytes / 1e6, unit: 'MB' },
        ...(await memoryOfEncodings(daemon)),
      )
      for (const crowd of crowds) {
        const measured = await measure(daemon, crowd, windowSeconds, progress)
        bytes = measured.report.bytesPerMessage
        figures.push(...measured.figures)
      }
    } finally {
      await daemon.stop()
      await removeDataDir(daemon)
    }
    return [...figures, ...(await bareStream(5000, bytes, windowSeconds, progress))]
  },
}

async function measure(
  server: Server,
  { clients, stuck }: Crowd,
  seconds: number,
  progress: (text: string) => void,
): Promise<{ figures: Figure[]; report: ClientsReport }> {
  const of = stuck === 0 ? `${clients} clients` : `${clients} clients, ${stuck} stuck`
  progress(`${of}: ${seconds} s measured`)
  const { crowd, probes } = await startCrowd(server.socket, clients)
  try {
    if (stuck > 0) await crowd.tell('stick', stuck)
    await Bun.sleep(restMs)
    const [cost, all, report] = await Promise.all([
      measureCost(server.pid, seconds),
      crowd.measure(seconds),
      probes.measure(seconds),
    ])
    return { report, figures: figuresOf(of, cost, all, report) }
  } finally {
    await Promise.all([crowd.end(), probes.end()])
  }
}

function figuresOf(
  of: string,
  cost: { readonly cores: number; readonly residentBytes: number },
  crowd: ClientsReport,
  probes: ClientsReport,
): Figure[] {
  const note = `own lag of the clients: p99 ${probes.p99LagMs.toFixed(1)} ms`
  return [
    { name: `${of}: CPU`, value: cost.cores * 100, unit: '% of a core', target: 100 },
    { name: `${of}: resident memory`, value: cost.residentBytes / 1e6, unit: 'MB' },
    { name: `${of}: sample → first client, median`, value: probes.firstDelayMs, unit: 'ms' },
    { name: `${of}: sample → last client, median`, value: probes.lastDelayMs, unit: 'ms' },
    { name: `${of}: sample → client, median`, value: probes.medianDelayMs, unit: 'ms' },
    { name: `${of}: sample → client, p99`, value: probes.p99DelayMs, unit: 'ms', target: 30, note },
    { name: `${of}: sample → client, worst`, value: probes.worstDelayMs, unit: 'ms', target: 1000 },
    { name: `${of}: ticks not sent`, value: crowd.missed + probes.missed, unit: 'ticks', target: 0 },
    { name: `${of}: bytes a tick and client`, value: probes.bytesPerMessage, unit: 'B' },
  ]
}

/** The same crowd and messages as long, of a server that only sends. */
async function bareStream(
  clients: number,
  bytes: number,
  seconds: number,
  progress: (text: string) => void,
): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sysmon-bench-'))
  const socket = join(folder, 'bare.sock')
  const program = join(import.meta.dir, '../bare-stream.ts')
  const child = Bun.spawn([...endsWithTest, process.execPath, program, socket, String(Math.round(bytes))], {
    stdin: 'ignore',
    stdout: 'pipe',
  })
  try {
    await child.stdout.getReader().read()
    isolate(child.pid)
    const { figures } = await measure({ pid: child.pid, socket }, { clients, stuck: 0 }, seconds, () =>
      progress(`${clients} clients of a server that only sends: ${seconds} s measured`),
    )
    return figures
      .filter(({ name }) => /: (?:CPU|sample → client)/.test(name))
      .map(({ name, value, unit, note }) => ({
        name: name.replace(' clients:', ', bare server:').replace('sample', 'send'),
        value,
        unit,
        ...(note === undefined ? {} : { note }),
      }))
  } finally {
    child.kill('SIGTERM')
    await child.exited
    await rm(folder, { recursive: true, force: true })
  }
}

/** What one client of each encoding adds to the daemon: the first binary one brings the protobuf runtime in. */
async function memoryOfEncodings({ pid, socket }: Server): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const protocol of ['sysmon.v1.json', 'sysmon.v1.protobuf']) {
    const before = usageOf(pid).residentBytes
    const client = new WebSocket(`ws+unix://${socket}:/ws/metrics`, protocol)
    await new Promise((resolve, reject) => {
      // An empty ClientMessage.subscribe: tag 1, no bytes.
      client.onopen = () => client.send(protocol.endsWith('json') ? '{"type":"subscribe"}' : new Uint8Array([10, 0]))
      client.onmessage = resolve
      client.onerror = reject
    })
    await Bun.sleep(restMs)
    const value = (usageOf(pid).residentBytes - before) / 1e6
    figures.push({ name: `resident memory that a first client of ${protocol} adds`, value, unit: 'MB' })
    client.close()
  }
  return figures
}
