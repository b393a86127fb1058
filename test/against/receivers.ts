import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** Real receivers of Debian's packages, each with its own folder and port, ended by pid. */
export interface Receiver {
  readonly address: string
  /** What was received can be asked for. */
  settled(): Promise<void>
  stop(): Promise<void>
}

export async function startPrometheusReceiver(): Promise<Receiver> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sysmon-receiver-'))
  const config = path.join(folder, 'prometheus.yml')
  writeFileSync(config, 'global: {}\n')
  return await started(folder, [
    'prometheus',
    `--config.file=${config}`,
    `--storage.tsdb.path=${folder}/data`,
    '--web.listen-address=127.0.0.1:0',
    '--web.enable-remote-write-receiver',
    '--log.format=json',
  ])
}

export async function startVictoriaMetrics(): Promise<Receiver> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sysmon-receiver-'))
  const port = freePort()
  return await started(
    folder,
    ['victoria-metrics', `-storageDataPath=${folder}`, `-httpListenAddr=127.0.0.1:${port}`, '-search.latencyOffset=0s'],
    `127.0.0.1:${port}`,
  )
}

/** It takes no port 0: one that was free a moment ago. */
function freePort(): number {
  const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() })
  const { port } = server
  void server.stop(true)
  return port ?? 0
}

async function started(folder: string, command: string[], fixed?: string): Promise<Receiver> {
  const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' })
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await child.exited
    rmSync(folder, { recursive: true, force: true })
  }
  let log = ''
  void (async () => {
    for await (const bytes of child.stderr) log += new TextDecoder().decode(bytes)
  })()
  for (;;) {
    const told = fixed ?? /"address":"(127\.0\.0\.1:\d+)"[^\n]*"msg":"Listening on"/.exec(log)?.[1]
    if (told !== undefined && (await answers(`http://${told}/-/ready`, `http://${told}/health`))) {
      const address = `http://${told}`
      // Of VictoriaMetrics; Prometheus knows at once, and no such page.
      return { address, stop, settled: async () => void (await fetch(`${address}/internal/force_flush`)) }
    }
    if (child.exitCode !== null) throw new Error(`${command[0]} ended: ${log}`)
    await Bun.sleep(50)
  }
}

async function answers(...urls: readonly string[]): Promise<boolean> {
  for (const url of urls) {
    try {
      if ((await fetch(url)).ok) return true
    } catch {
      // Not yet.
    }
  }
  return false
}

/** Value of each series by its labels, at a moment. */
export async function queried(address: string, query: string, atMs: number): Promise<ReadonlyMap<string, number>> {
  const url = `${address}/api/v1/query?query=${encodeURIComponent(query)}&time=${atMs / 1000}`
  const answer = (await (await fetch(url)).json()) as {
    readonly data?: { readonly result: readonly { metric: Record<string, string>; value: [number, string] }[] }
  }
  return new Map((answer.data?.result ?? []).map(({ metric, value }) => [labelsText(metric), Number(value[1])]))
}

export const labelsText = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(
    Object.entries(labels)
      .filter(([name, value]) => value !== '' && !['__name__', 'job', 'instance', 'host', 'db'].includes(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
