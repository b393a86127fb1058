import { join } from 'node:path'
import { endsWithTest } from '../test/e2e/daemon.ts'
import type { ClientsReport } from './live-clients.ts'

/**
 * With SYSMON_BENCH_ISOLATED set, and the right to (CAP_SYS_NICE), a process goes before all other work of the machine
 * (SCHED_RR, sched(7)): then a figure is that of the daemon and not of whatever else is busy.
 */
export function isolate(pid: number): boolean {
  if (process.env.SYSMON_BENCH_ISOLATED === undefined || Bun.which('chrt') === null) return false
  return Bun.spawnSync(['chrt', '--all-tasks', '--rr', '--pid', '1', String(pid)]).exitCode === 0
}

/** A process of live-clients.ts, and what it is told to do. */
export interface Clients {
  tell(what: 'connect' | 'stick', count: number): Promise<void>
  measure(seconds: number): Promise<ClientsReport>
  end(): Promise<void>
}

/** `isIdle`: it gives way to everybody, as clients on machines of their own do. */
function startClients(socket: string, isIdle: boolean): Clients {
  const program = join(import.meta.dir, 'live-clients.ts')
  const manners = isIdle && Bun.which('nice') !== null ? ['nice', '-n', '19'] : []
  const child = Bun.spawn([...endsWithTest, ...manners, process.execPath, program, socket], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  if (!isIdle) isolate(child.pid)
  const answers = child.stdout.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const ask = async (line: string): Promise<string> => {
    child.stdin.write(`${line}\n`)
    await child.stdin.flush()
    while (!text.includes('\n')) {
      const { value, done } = await answers.read()
      if (done) throw new Error(`the clients ended instead of "${line}"`)
      text += value
    }
    const [answer = ''] = text.split('\n', 1)
    text = text.slice(answer.length + 1)
    return answer
  }
  return {
    tell: async (what, count) => void (await ask(`${what} ${count}`)),
    measure: async (seconds) => JSON.parse(await ask(`measure ${seconds}`)) as ClientsReport,
    end: async () => {
      child.kill('SIGTERM')
      await child.exited
    },
  }
}

/** Probes among a crowd: as many as give a 99th percentile, few enough to have no queue of their own. */
const probeCount = 50

/**
 * A crowd that is there to be served, and a few clients in another process that say how late it was: spread evenly over
 * the order in which all are served.
 */
export async function startCrowd(socket: string, count: number): Promise<{ crowd: Clients; probes: Clients }> {
  const [crowd, probes] = [startClients(socket, true), startClients(socket, false)]
  const each = Math.floor(count / probeCount)
  await probes.tell('connect', 1)
  for (let probe = 1; probe < probeCount; probe++) {
    if (each > 1) await crowd.tell('connect', each - 1)
    await probes.tell('connect', 1)
  }
  const rest = count - probeCount - (each > 1 ? (probeCount - 1) * (each - 1) : 0)
  if (rest > 0) await crowd.tell('connect', rest)
  return { crowd, probes }
}
