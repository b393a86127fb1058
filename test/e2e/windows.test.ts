import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync, statSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import path from 'node:path'
import { createClient } from '../../src/api/client.ts'
import { livePath } from '../../src/api/live/route.ts'
import { loopbackUrl, readLoopback } from '../../src/base/loopback-file.ts'
import { canRunWine, openWine, type Wine, windowsPath } from '../wine.ts'
import { eventually, type LogRecord, repository } from './daemon.ts'

/** The first start of a prefix, and of a program in it, takes long on a machine with other work. */
const patienceMs = 120_000

describe.skipIf(!canRunWine())('sysmon for Windows, run by Wine', () => {
  let wine: Wine
  beforeAll(async () => {
    wine = await openWine()
  }, patienceMs)
  afterAll(async () => {
    await wine?.close()
  }, patienceMs)

  interface Daemon {
    readonly child: ReturnType<Wine['start']>
    readonly dataDir: string
    readonly log: readonly LogRecord[]
    readonly client: ReturnType<typeof createClient>
  }
  async function startDaemon(name: string): Promise<Daemon> {
    const dataDir = path.join(wine.folder, name)
    const log: LogRecord[] = []
    const child = wine.start([wine.executable, 'sysmond', '--data-dir', windowsPath(dataDir)])
    void (async () => {
      let rest = ''
      for await (const bytes of child.stderr) {
        const lines = (rest + new TextDecoder().decode(bytes)).split(/\r?\n/)
        rest = lines.pop() ?? ''
        for (const line of lines) if (line.startsWith('{')) log.push(JSON.parse(line) as LogRecord)
      }
    })()
    await eventually(
      async () => log,
      (records) => records.some(({ msg }) => msg === 'ready'),
      patienceMs,
    )
    return { child, dataDir, log, client: createClient({ socketPath: path.join(dataDir, 'sysmon.sock') }) }
  }
  const ask = (daemon: Daemon, ...args: string[]) =>
    wine.run([wine.executable, ...args, '--data-dir', windowsPath(daemon.dataDir)])
  /** As a console does at Ctrl-C. */
  const stop = async ({ child }: Daemon): Promise<number> => {
    child.kill('SIGINT')
    return await child.exited
  }
  const valuesOf = async ({ client }: Daemon, metric: string) => (await client.current({ metrics: [metric] })).values
  /** Until so many more have been recorded. */
  const ticks = async (daemon: Daemon, more: number): Promise<void> => {
    const { seq } = await daemon.client.current({})
    await eventually(
      () => daemon.client.current({}),
      (answer) => answer.seq >= seq + more,
      patienceMs,
    )
  }

  test(
    'the platform conformance suite passes inside it, and no answer outlives its buffer',
    async () => {
      const suite = windowsPath(path.join(repository, 'test/conformance/windows-live.ts'))
      const { code, errors } = await wine.run([wine.executable, 'test', suite], { BUN_BE_BUN: '1' })
      expect([code, errors.match(/^\(fail\).*$/gm) ?? []]).toEqual([0, []])
      expect(Number(/(\d+) pass/.exec(errors)?.[1])).toBeGreaterThan(10)
    },
    patienceMs,
  )

  test(
    'a daemon: asked by program, over HTTP and as a stream; what it reads is what this machine has; a clean stop',
    async () => {
      const daemon = await startDaemon('clean')
      await ticks(daemon, 2)
      const status = await ask(daemon, 'status')
      expect([status.code, status.errors.replaceAll(/^wine:.*\n/gm, '')]).toEqual([0, ''])
      expect(status.output).toContain('Windows')
      const ps = await ask(daemon, 'ps')
      expect(ps.output).toContain('sysmon.exe')
      expect((await ask(daemon, 'history', 'system.cpu.utilization', '--json')).code).toBe(0)

      expect((await ask(daemon, 'doctor')).output).not.toContain('chmod')
      const own = (await daemon.client.processes()).processes.find(({ name }) => name === 'sysmon.exe')
      expect(Math.abs(Date.now() - (own?.startUnixMs ?? 0))).toBeLessThan(120_000)

      const [memory] = await valuesOf(daemon, 'system.memory.limit')
      // Wine leaves the last page out.
      expect(Math.abs((memory?.value ?? 0) - totalmem())).toBeLessThanOrEqual(4096)
      expect((await valuesOf(daemon, 'system.cpu.logical.count'))[0]?.value).toBe(cpus().length)
      const loopback = readLoopback(path.join(daemon.dataDir, 'sysmon.sock'))
      if (loopback === undefined) throw new Error('no channel')
      expect((await fetch(`${loopbackUrl(loopback)}/api/v1/metrics/current`)).status).toBe(401)

      const headers = { authorization: `Bearer ${loopback.token}` }
      const socket = new WebSocket(`${loopbackUrl(loopback).replace('http', 'ws')}${livePath}`, { headers } as never)
      const answer = await new Promise<string>((resolve, reject) => {
        socket.addEventListener('open', () => socket.send('{"type":"subscribe","metrics":["system.memory.*"]}'))
        socket.addEventListener('message', ({ data }) => resolve(String(data)))
        socket.addEventListener('close', () => reject(new Error('the stream was closed')))
      })
      expect(answer).toContain('system.memory.limit')
      socket.close()

      expect(await stop(daemon)).toBe(0)
      expect(daemon.log.at(-1)?.msg).toBe('stopped')
      expect(readLoopback(path.join(daemon.dataDir, 'sysmon.sock'))).toBeUndefined()
    },
    patienceMs,
  )

  /** User and system time so far, proc_pid_stat(5) fields 14 and 15 in hundredths of a second. */
  const linuxSeconds = (pid: number): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  }

  test(
    'W4 a busy loop is given as much of a core as Linux gives it: all of one on a machine with nothing else to do',
    async () => {
      const daemon = await startDaemon('times')
      const code = 'while (true);'
      const loop = wine.start([wine.executable, '-e', code], { BUN_BE_BUN: '1' })
      const used = async (): Promise<{ linux: number; windows: number; atMs: number }> => {
        const linux = linuxSeconds(loop.pid)
        const { processes, unixMs } = await daemon.client.processes()
        const rows = processes.filter(({ name }) => name === 'sysmon.exe')
        return { linux, windows: Math.max(0, ...rows.map(({ cpuSeconds }) => cpuSeconds ?? 0)), atMs: unixMs }
      }
      try {
        const before = await eventually(used, ({ windows }) => windows > 0.5, patienceMs)
        await ticks(daemon, 4)
        const after = await used()
        const seconds = (after.atMs - before.atMs) / 1000
        const windows = (after.windows - before.windows) / seconds
        expect(seconds).toBeGreaterThan(2)
        expect(Math.abs(windows - (after.linux - before.linux) / seconds)).toBeLessThan(0.25)
        expect(windows).toBeLessThan(1.05)
      } finally {
        loop.kill('SIGKILL')
        await loop.exited
        await stop(daemon)
      }
    },
    patienceMs,
  )

  test(
    'a daemon that was killed is started again on its record',
    async () => {
      const first = await startDaemon('killed')
      await ticks(first, 2)
      first.child.kill('SIGKILL')
      await first.child.exited
      expect(statSync(path.join(first.dataDir, 'sysmon.sock')).size).toBeGreaterThan(0)
      const second = await startDaemon('killed')
      await ticks(second, 1)
      const events = await second.client.events({})
      expect(events.events.filter(({ kind }) => kind === 'start').length).toBe(2)
      expect(await stop(second)).toBe(0)
    },
    patienceMs,
  )

  test(
    'a process is terminated, and only it',
    async () => {
      const daemon = await startDaemon('signal')
      const victim = wine.start(['ping', '-n', '600', '127.0.0.1'])
      try {
        const found = await eventually(
          async () => (await daemon.client.processes()).processes.find(({ name }) => name.toLowerCase() === 'ping.exe'),
          (row) => row !== undefined,
          patienceMs,
        )
        if (found === undefined) throw new Error('nobody')
        const killed = await ask(daemon, 'kill', String(found.pid), '--yes')
        expect(killed.code).toBe(0)
        await victim.exited
        await eventually(
          async () =>
            (await daemon.client.processes()).processes.some(
              ({ pid, name }) => pid === found.pid && name === found.name,
            ),
          (isThere) => !isThere,
          patienceMs,
        )
      } finally {
        victim.kill('SIGKILL')
        await stop(daemon)
      }
    },
    patienceMs,
  )
})
