import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A real sysmond in a process of its own, for tests: its own data directory, ready when it says so, ended by pid.
 * Runs the built executable when SYSMON_EXECUTABLE names it, else the sources.
 */
export interface TestDaemon {
  readonly pid: number
  readonly dataDir: string
  readonly socket: string
  /** Log records so far, in order. */
  readonly log: readonly LogRecord[]
  /** GET on the local socket, parsed. */
  get<T>(path: string): Promise<T>
  request(path: string, init?: RequestInit): Promise<Response>
  /** Waits until a log record fits. */
  logged(fits: (record: LogRecord) => boolean): Promise<LogRecord>
  signal(name: NodeJS.Signals): void
  /** SIGTERM, then the exit code. */
  stop(): Promise<number>
  /** SIGKILL, waits until it is gone; the data directory stays. */
  kill(): Promise<void>
  /** Exit code once it has ended by itself. */
  readonly exited: Promise<number>
}
export interface LogRecord {
  readonly level: string
  readonly msg: string
  readonly [field: string]: unknown
}

export const repository = join(import.meta.dir, '../..')

/** The command that runs one of the programs. */
export function programCommand(program: 'sysmond' | 'sysmon'): string[] {
  const built = process.env.SYSMON_EXECUTABLE
  if (built !== undefined && existsSync(built)) return [built, program]
  return [process.execPath, join(repository, 'src/main/main.ts'), program]
}

/** In front of a command: however the test ends, the program ends with it. */
export const endsWithTest: readonly string[] =
  Bun.which('setpriv') === null ? [] : ['setpriv', '--pdeathsig', 'KILL', '--']

export interface DaemonOptions {
  readonly args?: readonly string[]
  readonly dataDir?: string
  readonly env?: Record<string, string>
  /** Put before the command: what it is run by, which must become it (exec). */
  readonly enter?: readonly string[]
  /** It sees other mounts than the test does: files of it are reached through /proc/PID/root. */
  readonly hasOwnMounts?: boolean
}

export async function startDaemon(options: DaemonOptions = {}): Promise<TestDaemon> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'sysmon-e2e-')))
  const command = [...endsWithTest, ...(options.enter ?? []), ...programCommand('sysmond'), '--data-dir', dataDir]
  const child = Bun.spawn([...command, ...(options.args ?? [])], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    env: { ...process.env, HOME: dataDir, ...options.env },
  })
  const log: LogRecord[] = []
  const waiting = new Set<() => void>()
  const reading = readLog(child.stderr, (record) => {
    log.push(record)
    for (const wake of waiting) wake()
  })
  const logged = (fits: (record: LogRecord) => boolean): Promise<LogRecord> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const record = log.find(fits)
        if (record === undefined) return
        waiting.delete(look)
        resolve(record)
      }
      waiting.add(look)
      look()
      void reading.then(() =>
        reject(new Error(`sysmond ended without it; its log:\n${log.map((r) => r.msg).join('\n')}`)),
      )
    })
  const root = options.hasOwnMounts === true ? `/proc/${child.pid}/root` : '/'
  const socket = join(root, dataDir, 'sysmon.sock')
  const request = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://sysmon${path}`, { ...init, unix: socket } as RequestInit)
  await logged((record) => record.msg === 'ready')
  return {
    pid: child.pid,
    dataDir,
    socket,
    log,
    request,
    logged,
    get: async <T>(path: string) => {
      const response = await request(path)
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
      return (await response.json()) as T
    },
    signal: (name) => process.kill(child.pid, name),
    stop: async () => {
      child.kill('SIGTERM')
      return await child.exited
    },
    kill: async () => {
      child.kill('SIGKILL')
      await child.exited
    },
    exited: child.exited,
  }
}

async function readLog(stream: ReadableStream<Uint8Array>, onRecord: (record: LogRecord) => void): Promise<void> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onRecord(parseRecord(line))
  }
  if (rest !== '') onRecord(parseRecord(rest))
}

function parseRecord(line: string): LogRecord {
  try {
    return JSON.parse(line) as LogRecord
  } catch {
    return { level: 'text', msg: line }
  }
}

/** Asks again and again, bounded, until the answer fits: for what comes with the next tick. */
export async function eventually<T>(
  ask: () => Promise<T>,
  fits: (answer: T) => boolean,
  timeoutMs = 15_000,
): Promise<T> {
  const endMs = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (fits(answer)) return answer
    if (performance.now() > endMs) throw new Error(`not within ${timeoutMs} ms; last answer: ${JSON.stringify(answer)}`)
    await Bun.sleep(50)
  }
}

export const removeDataDir = (daemon: TestDaemon): Promise<void> => rm(daemon.dataDir, { recursive: true, force: true })
