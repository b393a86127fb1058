import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { linesOf } from '../../src/platform/mount-probe.ts'
import { apiMachine } from '../api-machine.ts'
import { requireTool } from '../tools.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'sysmon-prometheus-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** As its API gives an instant vector. */
interface Answer {
  readonly data: {
    readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[]
  }
}

/** A Prometheus that scrapes the target every second; the address of its own API. */
async function startPrometheus(target: string) {
  const config = path.join(folder, 'prometheus.yml')
  writeFileSync(
    config,
    `global: { scrape_interval: 1s }\nscrape_configs:\n  - job_name: sysmon\n    static_configs: [{ targets: ['${target}'] }]\n`,
  )
  const child = Bun.spawn(
    [
      'prometheus',
      `--config.file=${config}`,
      `--storage.tsdb.path=${folder}/data`,
      '--web.listen-address=127.0.0.1:0',
      '--log.format=json',
    ],
    { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' },
  )
  const stop = async () => {
    child.kill('SIGKILL')
    await child.exited
  }
  // Taken by hand: a loop would close the pipe at its end, and Prometheus with it.
  const lines = linesOf(child.stderr)
  for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
    const port = /"address":"127\.0\.0\.1:(\d+)"/.exec(line.value)?.[1]
    if (port !== undefined && port !== '0') return { address: `http://127.0.0.1:${port}`, stop }
  }
  await stop()
  throw new Error('it ended without saying where it listens')
}

test.skipIf(!requireTool('prometheus'))(
  'a Prometheus scrapes it and has the numbers, counters as counters',
  async () => {
    const api = await apiMachine()
    api.machine.tick()
    const accepted: (string | null)[] = []
    const server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: (request) => {
        accepted.push(request.headers.get('accept'))
        return api.app.fetch(request)
      },
    })
    const prometheus = await startPrometheus(`127.0.0.1:${server.port}`)
    try {
      const ask = async (query: string) => {
        const answer = await fetch(`${prometheus.address}/api/v1/query?query=${encodeURIComponent(query)}`)
        // It answers 503 until it has read its own record.
        return answer.ok ? ((await answer.json()) as Answer).data.result : []
      }
      const name = 'system_cpu_time_seconds_total{cpu="0",mode="user"}'
      let found = await ask(name)
      while (found.length === 0) {
        await Bun.sleep(50)
        found = await ask(name)
      }
      expect(found[0]?.value[1]).toBe('249.96')
      expect(found[0]?.metric).toMatchObject({ cpu: '0', mode: 'user', job: 'sysmon' })
      expect((await ask('up'))[0]?.value[1]).toBe('1')
      expect((await ask('sysmon_host_info'))[0]?.metric).toMatchObject({ os: 'linux', scope: 'host' })
      const metadata = (await (await fetch(`${prometheus.address}/api/v1/metadata`)).json()) as {
        readonly data: Record<string, readonly { readonly type: string; readonly unit: string }[]>
      }
      // Asked for OpenMetrics, it knows families: the unit is told, the type is that of the family.
      expect(accepted[0]).toContain('application/openmetrics-text')
      expect(metadata.data.system_cpu_time_seconds?.[0]).toMatchObject({ type: 'counter', unit: 'seconds' })
    } finally {
      await prometheus.stop()
      await server.stop(true)
      api.close()
    }
  },
  30_000,
)
