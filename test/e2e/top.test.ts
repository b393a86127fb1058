import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { requireTool } from '../tools.ts'
import { eventually, programCommand, removeDataDir, repository, startDaemon, type TestDaemon } from './daemon.ts'
import { openTerminal, type Terminal } from './tmux.ts'

/** `sysmon top` in a real terminal (tmux) against a real daemon: what a person sees and types. */
const hasTmux = requireTool('tmux')

let directory: string
let daemon: TestDaemon
beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'sysmon-top-'))
  daemon = await startDaemon()
})
afterAll(async () => {
  await daemon.stop()
  await removeDataDir(daemon)
  rmSync(directory, { recursive: true, force: true })
})

const command = (dataDir: string): string =>
  ['env', '-u', 'NO_COLOR', ...programCommand('sysmon'), 'top', '--data-dir', dataDir].join(' ')

async function within(run: (terminal: Terminal) => Promise<void>, dataDir = daemon.dataDir): Promise<void> {
  const terminal = openTerminal(directory)
  try {
    terminal.keys(`cd ${repository}; ${command(dataDir)}; echo "ended $?"; stty -a | grep -o -e '-*icanon'`, 'Enter')
    await terminal.shows(/LIVE/)
    await run(terminal)
  } finally {
    terminal.close()
  }
}

const ended = /ended (\d+)[\s\S]*^icanon$/m

describe.skipIf(!hasTmux)('sysmon top in a terminal', () => {
  test('shows boxes and processes, and leaves the terminal as it was', async () => {
    await within(async ({ keys, screen, shows }) => {
      await shows(/processes \d+/)
      for (const title of ['cpu', 'memory', 'pressure', 'storage', 'network']) expect(screen()).toContain(title)
      keys('q')
      expect(await shows(ended)).toContain('ended 0')
      expect(screen()).not.toContain('processes')
    })
  }, 30_000)

  test('steps into the past and back, and says which it shows', async () => {
    await within(async ({ keys, shows }) => {
      await eventually(
        async () => (await daemon.request('/api/v1/metrics/current?at=now-3s')).status,
        (status) => status === 200,
      )
      keys('Left')
      await shows(/REPLAY .* ago/)
      keys('Left')
      keys('L')
      await shows(/LIVE/)
      keys('g')
      await shows(/go to:/)
      keys('-2s', 'Enter')
      await shows(/REPLAY/)
      keys('Space', '+', '+', '+', '+')
      await shows(/LIVE/)
    })
  }, 30_000)

  test('filters, shows details, sends a signal to a process and says so', async () => {
    const child = Bun.spawn(['sleep', '987654'])
    try {
      await within(async ({ keys, shows }) => {
        keys('/')
        await shows(/filter:/)
        keys('987654', 'Enter')
        await shows(new RegExp(`${child.pid} .*sleep 987654`))
        keys('Enter')
        await shows(/command +sleep 987654/)
        await shows(/open files/)
        keys('k')
        await shows(/Enter chooses/)
        keys('Enter')
        await shows(new RegExp(`Send TERM to ${child.pid}`))
        keys('y')
        await shows(new RegExp(`TERM sent to ${child.pid} sleep`))
        expect(await child.exited).toBe(143)
      })
    } finally {
      child.kill('SIGKILL')
    }
  }, 30_000)

  test('Ctrl-Z gives the shell back its terminal, fg goes on', async () => {
    await within(async ({ keys, shows }) => {
      keys('C-z')
      await shows(/[Ss]topped|\$ $/m)
      keys('stty -a | grep -o -e "-*icanon"', 'Enter')
      await shows(/^icanon$/m)
      keys('clear; fg', 'Enter')
      await shows(/LIVE/)
      keys('q')
    })
  }, 30_000)

  test('follows the size of the terminal', async () => {
    await within(async ({ resize, screen, shows }) => {
      resize(40, 12)
      await shows(/^ cpu /m)
      for (const line of screen().split('\n')) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(40)
      resize(150, 45)
      await shows(/pressure/)
    })
  }, 30_000)

  test('told to end by a signal, it gives the terminal back', async () => {
    await within(async ({ shellPid, shows }) => {
      process.kill(await childOf(shellPid()), 'SIGTERM')
      expect(await shows(ended)).toContain('ended 143')
    })
  }, 30_000)

  test('ends with its terminal, and does not stay behind', async () => {
    let pid = 0
    await within(async ({ shellPid }) => {
      pid = await childOf(shellPid())
    })
    await eventually(
      async () => isAlive(pid),
      (alive) => !alive,
    )
  }, 30_000)

  test('outlives its daemon and finds the next one', async () => {
    const other = await startDaemon()
    try {
      await within(async ({ shows }) => {
        await other.stop()
        await shows(/NO DAEMON, trying again/)
        const next = await startDaemon({ dataDir: other.dataDir })
        await shows(/LIVE/)
        await next.stop()
      }, other.dataDir)
    } finally {
      await removeDataDir(other)
    }
  }, 40_000)
})

test('without a terminal it prints one frame of 80 columns', async () => {
  const child = Bun.spawn([...programCommand('sysmon'), 'top', '--data-dir', daemon.dataDir], {
    stdin: 'ignore',
    stdout: 'pipe',
    env: { ...process.env, LC_ALL: 'C.UTF-8', COLUMNS: '' },
  })
  const text = await new Response(child.stdout).text()
  expect(await child.exited).toBe(0)
  expect(text).toContain('processes')
  expect(text).not.toContain('\u001b')
  for (const line of text.split('\n')) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(80)
}, 20_000)

async function childOf(shell: number): Promise<number> {
  interface List {
    readonly processes: readonly { readonly pid: number; readonly parentPid?: number; readonly name: string }[]
  }
  const found = async (): Promise<number | undefined> =>
    (await daemon.get<List>('/api/v1/processes')).processes.find(({ parentPid }) => parentPid === shell)?.pid
  return (await eventually(found, (pid) => pid !== undefined)) ?? 0
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
