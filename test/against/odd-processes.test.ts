import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { eventually } from '../e2e/daemon.ts'
import { requireRoot, requireThat, requireTool } from '../tools.ts'
import { type Child, startChild, startScript } from './child.ts'
import { freshTable, type LiveTable, outside, run, ticksPerSecond } from './live.ts'

const opened: { close(): void | Promise<void> }[] = []
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})
function started(child: Child): Child {
  opened.push({ close: child.end })
  return child
}
async function table(): Promise<LiveTable> {
  const made = await freshTable()
  opened.push(made)
  return made
}

const unsafe = /[\u0000-\u001f\u007f-\u009f]/

describe('what a process calls itself', () => {
  /** A shell that gives itself the name that printf makes of the format, and waits. */
  const named = (format: string): Child =>
    started(startChild(['sh', '-c', `printf '${format}' >/proc/$$/comm; echo named; read line`]))

  test('R1, R12: a name that looks like the rest of the line moves no field, and obeys nothing', async () => {
    const child = named(') R 1 (\\n\\033]0;x')
    await child.said()
    const live = await table()
    live.scan()
    const { parentPid, state, name, threads, nice } = live.row(child.pid)
    expect({ parentPid, state, threads, nice }).toEqual({ parentPid: process.pid, state: 'S', threads: 1, nice: 0 })
    expect(name).toBe(') R 1 (\ufffd\ufffd]0;x')
  })

  test.each([
    ['(a) S (b', '(a) S (b'],
    [':-) 1 2 3', ':-) 1 2 3'],
    ['x)\\nR 1', 'x)\ufffdR 1'],
    ['))))', '))))'],
    ['((((', '(((('],
    [' ', ' '],
  ])('R1: the process named %j has its own parent', async (format, expected) => {
    const child = named(format)
    await child.said()
    const live = await table()
    live.scan()
    expect(live.row(child.pid)).toMatchObject({ parentPid: process.pid, name: expected })
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? []
    expect(live.row(child.pid).startTicks).toBe(Number(fields[19]))
  })

  test('R11: a name that is cut off within a letter is valid text', async () => {
    const child = named('\\345\\220\\214\\346\\255')
    await child.said()
    const live = await table()
    live.scan()
    const { name } = live.row(child.pid)
    expect(name).toBe('同\ufffd')
    expect(name.isWellFormed()).toBe(true)
  })

  test('R11, R12, R10: arguments of any bytes are valid text that no terminal obeys', async () => {
    const script =
      'exec sh -c "echo ready; read line" sh "$(printf "\\377\\303(")" "$(printf "\\033]52;c;x\\007\\302\\233")"'
    const child = started(startChild(['sh', '-c', script]))
    await child.said()
    const live = await table()
    live.scan()
    const { commandLine } = live.row(child.pid)
    expect(commandLine).toEndWith('\ufffd\ufffd( \ufffd]52;c;x\ufffd\ufffd')
    expect(commandLine.isWellFormed()).toBe(true)
    expect(commandLine).not.toMatch(unsafe)
  })

  test.skipIf(!requireTool('bash'))('R9, R12: a program started under another name keeps it, made clean', async () => {
    const script = 'exec -a "$(printf "\\033[31mred\\n")" sh -c "echo ready; read line"'
    const child = started(startChild(['bash', '-c', script]))
    await child.said()
    const live = await table()
    live.scan()
    const { name, commandLine } = live.row(child.pid)
    expect(name).not.toMatch(unsafe)
    expect(commandLine).toStartWith('\ufffd[31mred')
  })

  test('R10: a password among the arguments is not shown, and a very long line is cut', async () => {
    const script = "console.log('ready'); await lines.next()"
    const child = started(startScript(`/* --password=hunter2 ${'x'.repeat(20_000)} */ ${script}`))
    const other = started(
      startChild(['sh', '-c', 'echo ready; read line', 'sh', '--password=hunter2', '--token', 'hunter3']),
    )
    await Promise.all([child.said(), other.said()])
    const live = await table()
    live.scan()
    expect(live.row(other.pid).commandLine).not.toMatch(/hunter/)
    expect(live.row(other.pid).commandLine).toContain('--password=')
    expect(live.row(child.pid).commandLine.length).toBeLessThanOrEqual(4096)
  })
})

const canHide =
  requireRoot('mounts /proc with hidepid') &&
  requireTool('unshare') &&
  requireTool('setpriv') &&
  requireThat(
    Bun.spawnSync(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, '--version'])
      .exitCode === 0,
    'another user may not run the tests’ own executable, and a test looks at /proc as one',
  )

describe.skipIf(!canHide)('where other users are hidden', () => {
  interface View {
    readonly limitedView: string | undefined
    readonly limitations: readonly string[]
    readonly users: readonly string[]
    readonly pids: readonly number[]
  }

  function viewWith(option: string): View {
    const folder = mkdtempSync(path.join(tmpdir(), 'sysmon-hidepid-'))
    const program = `
      import { freshTable } from ${JSON.stringify(path.join(import.meta.dir, 'live.ts'))}
      const live = await freshTable(${JSON.stringify(folder)})
      const { limitedView } = live.scan()
      const { numbers, texts } = live.table
      console.log(JSON.stringify({
        limitedView,
        limitations: live.platform.limitations().map(({ what }) => what),
        users: live.slots().map((slot) => texts.user[slot]),
        pids: live.slots().map((slot) => numbers.pid[slot]),
      }))`
    const shell = `mount -t proc ${option} proc "$1"
      exec setpriv --reuid=65534 --regid=65534 --clear-groups "$2" -e "$3"`
    const command = ['unshare', '-m', '--propagation', 'private', 'sh', '-ec', shell, 'sh', folder, process.execPath]
    try {
      return JSON.parse(run(...command, program))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  test('R8: the list says that it is a limited view, and what would help', () => {
    const view = viewWith('-o hidepid=2')
    expect(view.limitedView).toContain('hidepid=')
    expect(view.limitations).toContain("other users' processes")
    expect(view.pids).not.toContain(1)
    expect(new Set(view.users)).toEqual(new Set(['65534']))
  })

  test('R8, R7: without it all are listed, and what cannot be read of them is told', () => {
    const view = viewWith('-o hidepid=0')
    expect(view.limitedView).toBeUndefined()
    expect(view.limitations).not.toContain("other users' processes")
    expect(view.limitations).toHaveLength(1)
    expect(view.pids).toContain(1)
  })
})

describe('many processes', () => {
  /** Forks and waits for one after the other until it is told to stop; prints how many there were, and times(1). */
  const forker = 'i=0; echo ready; while [ $i -lt 4000 ]; do (:); i=$((i+1)); done; echo done; times; read line'

  test('C18, R4: 4,000 that live for a moment harm no scan, and their time is that of who waited for them', async () => {
    const child = started(startChild(['sh', '-c', forker]))
    await child.said()
    const live = await table()
    let done = false
    const end = child.said().then(() => {
      done = true
    })
    let scans = 0
    while (!done) {
      live.scan()
      expect(live.row(child.pid).parentPid).toBe(process.pid)
      scans++
      await Bun.sleep(20)
    }
    await end
    expect(scans).toBeGreaterThan(5)
    await child.said()
    // `0m0.11s 0m1.23s`: user and system time of the children.
    const [user = 0, system = 0] = [...(await child.said()).matchAll(/(\d+)m([\d.]+)s/g)].map(
      ([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds),
    )
    live.scan()
    const { childrenCpuSeconds } = live.row(child.pid)
    expect(user + system).toBeGreaterThan(0)
    expect(outside('children', user + system, childrenCpuSeconds, user + system, 3 / ticksPerSecond)).toBeUndefined()
    const left = live.slots().filter((slot) => live.table.numbers.parentPid[slot] === child.pid)
    expect(left).toEqual([])
  })

  const sleepers = 5000
  const mostPids = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'))
  const mostOfUser = /^Max processes\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? '0'
  const canFork = requireThat(
    mostPids > 2 * sleepers && (mostOfUser === 'unlimited' || Number(mostOfUser) > 2 * sleepers),
    `no ${sleepers} processes may be started here, and a test lists so many`,
  )

  test.skipIf(!canFork)('R16: 5,000 that sleep are all listed, and all gone when they end', async () => {
    // Each waits for the end of the input that all share: they end with it, whatever becomes of this test.
    const crowd = `exec 3<&0; i=0; while [ $i -lt ${sleepers} ]; do (read line) <&3 & i=$((i+1)); done; echo ready; wait`
    const shell = Bun.spawn(['sh', '-c', crowd], { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' })
    opened.push({
      close: () => {
        void shell.stdin.end()
        shell.kill('SIGKILL')
      },
    })
    const { value } = await shell.stdout.getReader().read()
    expect(new TextDecoder().decode(value)).toBe('ready\n')
    const live = await table()
    const listed = async (): Promise<number> => {
      live.scan()
      return live.slots().filter((slot) => live.table.numbers.parentPid[slot] === shell.pid).length
    }
    expect(await listed()).toBe(sleepers)
    expect(await listed()).toBe(sleepers)
    expect(live.row(shell.pid).threads).toBe(1)
    shell.stdin.end()
    await shell.exited
    expect(await eventually(listed, (left) => left === 0)).toBe(0)
    expect(live.slotOf(shell.pid)).toBeUndefined()
  })
})
