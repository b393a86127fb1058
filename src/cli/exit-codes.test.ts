import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type FakeDaemon, startFakeDaemon } from '../../test/fake-daemon.ts'
import { sampleNowMs } from '../../test/sample-answers.ts'
import { type TestTerminal, type TestTerminalOptions, testTerminal } from '../../test/terminal.ts'
import { ApiError } from '../api/problems.ts'
import { BrokenPipe } from './io.ts'
import { runCli } from './main.ts'

/** What each line of words ends with: exit code and, on stderr, what it says. One case a line. */
let daemon: FakeDaemon
const emptyHome = mkdtempSync(path.join(tmpdir(), 'sysmon-home-'))
beforeAll(() => {
  daemon = startFakeDaemon()
})
afterAll(async () => {
  await daemon.stop()
  rmSync(emptyHome, { recursive: true, force: true })
})

interface Ended {
  readonly code: number
  readonly terminal: TestTerminal
}

async function ended(line: string, options: TestTerminalOptions = {}): Promise<Ended> {
  const terminal = testTerminal({
    nowMs: sampleNowMs + 300,
    home: emptyHome,
    env: { SYSMON_DATA_DIR: daemon.dataDir },
    ...options,
  })
  return { code: await runCli(line === '' ? [] : line.split(' '), terminal), terminal }
}

describe('with a daemon', () => {
  for (const [line, code, said] of [
    ['', 0, ''],
    ['help', 0, ''],
    ['--help', 0, ''],
    ['-h', 0, ''],
    ['help ps', 0, ''],
    ['ps --help', 0, ''],
    ['process --help', 0, ''],
    ['config --help', 0, ''],
    ['help config check', 0, ''],
    ['--version', 0, ''],
    ['-V', 0, ''],
    ['version', 0, ''],
    ['version --json', 0, ''],
    ['status', 0, ''],
    ['status --json', 0, ''],
    ['status --at -30s', 0, ''],
    ['top', 0, ''],
    ['top --once --at -30s --ascii --tree', 0, ''],
    ['top --filter user=postgres --sort rss', 0, ''],
    ['top --theme blue', 2, "sysmon: unknown theme 'blue'; themes: default, light, mono\n"],
    ['top --sort cpuu', 2, "sysmon: unknown column 'cpuu'; did you mean 'cpu'?\n"],
    ['ps', 0, ''],
    ['ps --at -30s --json', 0, ''],
    ['ps -n 2 -s -rss', 0, ''],
    ['ps --tree --columns all', 0, ''],
    ['process 812', 0, ''],
    ['process 1400', 0, ''],
    ['metrics', 0, ''],
    ['metrics system.cpu.utilization', 0, ''],
    ['metrics system.disk.* --values', 0, ''],
    ['history system.cpu.utilization', 0, ''],
    ['events', 0, ''],
    ['kill 812 --yes', 0, ''],
    ['completions bash', 0, ''],
    ['config show', 0, ''],
    ['config check', 0, ''],
    ['stauts', 2, "sysmon: unknown command 'stauts'; did you mean 'status'?\n"],
    ['xyzzy', 2, "sysmon: unknown command 'xyzzy'; see: sysmon --help\n"],
    ['help stauts', 2, "sysmon: unknown command 'stauts'; did you mean 'status'?\n"],
    ['config', 2, 'sysmon: config needs one of: check, show, init; see: sysmon config --help\n'],
    ['config chek', 2, "sysmon: unknown command 'config chek'; did you mean 'check'?\n"],
    ['ps --jsn', 2, "sysmon: unknown option '--jsn' of ps; did you mean '--json'?\n"],
    ['--jsn', 2, "sysmon: unknown option '--jsn'; see: sysmon --help\n"],
    ['ps 12', 2, 'sysmon: ps takes no arguments, and more words were given; see: sysmon ps --help\n'],
    ['process', 2, 'sysmon: process needs a pid; see: sysmon process --help\n'],
    ['ps --limit', 2, "sysmon: option '-n, --limit <count>' needs a value; see: sysmon ps --help\n"],
    ['ps --limit x', 2, "sysmon: --limit takes a whole number of at least 1, not 'x'\n"],
    ['ps --limit 0', 2, "sysmon: --limit takes a whole number of at least 1, not '0'\n"],
    ['ps --sort rssx', 2, "sysmon: unknown column 'rssx'; did you mean 'rss'?\n"],
    ['ps --columns pid,', 2, undefined],
    ['ps --columns pid,nmae', 2, "sysmon: unknown column 'nmae'; did you mean 'name'?\n"],
    ['ps --filter cpu>x', 2, "sysmon: filter 'cpu>x': 'x' is no number; such as 10, 50% or 1.5G\n"],
    [
      'ps --at soon',
      2,
      'sysmon: --at \'soon\' is no time; such as 15m, -30s, 03:12, "yesterday 22:00", 2026-11-23T03:12:00Z\n',
    ],
    ['ps --at +1h', 2, "sysmon: --at '+1h' is 1 h in the future; there is no record of it yet\n"],
    [
      'history system.uptime --since 5m --until 10m',
      2,
      'sysmon: the end (2026-11-23 08:30:01) is not after the start (2026-11-23 08:35:01); let --since come before --until\n',
    ],
    [
      'history system.cpu.utilisation',
      2,
      "sysmon: unknown metric 'system.cpu.utilisation'; did you mean 'system.cpu.utilization'?\n",
    ],
    [
      'history cpu.utilization',
      2,
      "sysmon: unknown metric 'cpu.utilization'; did you mean 'system.cpu.utilization'?\n",
    ],
    [
      'watch system.cpu.utilization --label foo=bar',
      2,
      "sysmon: unknown label 'foo' of system.cpu.utilization; there are none\n",
    ],
    [
      'watch system.disk.* --label devcie=sda',
      2,
      "sysmon: unknown label 'devcie' of system.disk.*; did you mean 'device'?\n",
    ],
    ['metrics --values --label foo=bar', 2, undefined],
    ['metrics --label devcie=sda', 2, "sysmon: unknown label 'devcie'; did you mean 'device'?\n"],
    ['events --kind stat', 2, "sysmon: unknown kind 'stat'; did you mean 'start'?\n"],
    ['events --kind nosuch', 2, undefined],
    ['watch nothing.*', 2, "sysmon: no metric begins with 'nothing.'; they are listed by: sysmon metrics\n"],
    [
      'history system.uptime --label device',
      2,
      "sysmon: --label takes key=value, not 'device'; such as --label device=sda\n",
    ],
    [
      'history system.uptime --resolution 7x',
      2,
      "sysmon: --resolution takes auto or a duration of at least 1s, not '7x'; such as 15s, 1m or 1h\n",
    ],
    [
      'process 812 --resolution 500ms',
      2,
      "sysmon: --resolution takes auto or a duration of at least 1s, not '500ms'; such as 15s, 1m or 1h\n",
    ],
    ['metrics --at 5m', 2, 'sysmon: --at goes with --values\n'],
    ['events --severity bad', 2, "sysmon: unknown severity 'bad'; one of: info, warning, error\n"],
    [
      'kill postgres',
      2,
      "sysmon: kill takes a process id, not a name: 'postgres'; find it with: sysmon ps --filter postgres\n",
    ],
    ['kill -- -5', 2, 'sysmon: -5 is no process id; process ids are 1 and above\n'],
    ['kill 812 --signal TREM', 2, "sysmon: unknown signal 'TREM'; did you mean 'TERM'?\n"],
    [
      'kill 812 --signal 10',
      2,
      'sysmon: signal 10 has not the same meaning on every system; give its name, such as TERM or USR1\n',
    ],
    [
      'kill 4 --yes',
      1,
      'sysmon: no process 4; it may have ended, or begun this very second; sysmon ps --at TIME shows who ran\n',
    ],
    [
      'process 4',
      1,
      'sysmon: no process 4; it may have ended, or begun this very second; sysmon ps --at TIME shows who ran\n',
    ],
    ['completions csh', 2, "sysmon: no completions for 'csh'; did you mean 'zsh'?\n"],
    ['config check /nonexistent/sysmon.yaml', 2, undefined],
  ] as const) {
    test(`sysmon ${line} → ${code}`, async () => {
      const { code: found, terminal } = await ended(line)
      expect([found, terminal.written.stderr]).toEqual([code, said ?? terminal.written.stderr])
      if (code !== 0) expect(terminal.written.stderr).toMatch(/^sysmon: .+\n$/)
      if (code === 0) expect(terminal.written.stdout).not.toBe('')
    })
  }
})

describe('without a daemon', () => {
  for (const line of [
    'status',
    'ps',
    'process 1',
    'metrics',
    'history system.uptime',
    'watch system.uptime',
    'events',
    'kill 1 --yes',
  ]) {
    test(`sysmon ${line} → 1, with the place and the cure`, async () => {
      const { code, terminal } = await ended(line, { env: { SYSMON_DATA_DIR: emptyHome } })
      expect([code, terminal.written]).toEqual([
        1,
        {
          stdout: '',
          stderr: `sysmon: no sysmond answers at ${emptyHome}/sysmon.sock: there is no socket; start it: sysmond\n`,
        },
      ])
    })
  }

  for (const line of ['help', 'version', 'completions zsh', 'config show', 'config check']) {
    test(`sysmon ${line} → 0 all the same`, async () => {
      expect((await ended(line, { env: { SYSMON_DATA_DIR: emptyHome } })).code).toBe(0)
    })
  }

  test('sysmon doctor → 1, and says what is wrong', async () => {
    const { code, terminal } = await ended('doctor', { env: { SYSMON_DATA_DIR: emptyHome } })
    expect(code).toBe(1)
    expect(terminal.written.stdout).toContain('fail  socket')
  })
})

describe('kill', () => {
  const asked = (): readonly unknown[] => daemon.asked.filter(({ what }) => what === 'signal').map((each) => each.with)

  test('R2: the signal names the process by pid and start, so that another one with the pid is not hit', async () => {
    const before = asked().length
    expect((await ended('kill 812 1400 --signal SIGKILL', { isTty: true, answers: ['y'] })).code).toBe(0)
    expect(asked().slice(before)).toEqual([
      { pid: 812, signal: 'KILL', startTicks: 81_200 },
      { pid: 1400, signal: 'KILL', startTicks: 140_000 },
    ])
  })

  for (const [words, signal] of [
    ['kill -9 812 --yes', 'KILL'],
    ['kill -HUP 812 --yes', 'HUP'],
    ['kill 812 -SIGSTOP -y', 'STOP'],
    ['kill -s int 812 -y', 'INT'],
  ] as const) {
    test(`sysmon ${words} sends ${signal}`, async () => {
      expect((await ended(words)).code).toBe(0)
      expect(asked().at(-1)).toMatchObject({ pid: 812, signal })
    })
  }

  for (const [answer, code] of [
    ['', 1],
    ['n', 1],
    ['yes', 0],
    ['Y', 0],
    ['yep', 1],
  ] as const) {
    test(`the answer '${answer}' → ${code}`, async () => {
      const before = asked().length
      expect((await ended('kill 812', { isTty: true, answers: [answer] })).code).toBe(code)
      expect(asked().length - before).toBe(code === 0 ? 1 : 0)
    })
  }

  test('where nobody can answer nothing is sent', async () => {
    const before = asked().length
    const { code, terminal } = await ended('kill 812')
    expect(code).toBe(2)
    expect(terminal.written.stderr).toEndWith('sysmon: nobody can be asked here; add --yes to send without asking\n')
    expect(asked()).toHaveLength(before)
  })

  test('when one of several is gone, none is signalled', async () => {
    const before = asked().length
    expect((await ended('kill 812 4 --yes')).code).toBe(1)
    expect(asked()).toHaveLength(before)
  })
})

test('everything that is wrong with a config has a line of its own', async () => {
  const file = path.join(emptyHome, 'bad.yaml')
  writeFileSync(file, 'intervall: 1s\nlog: 3\n', { mode: 0o600 })
  const { code, terminal } = await ended(`config check ${file}`)
  expect([code, terminal.written.stderr.split('\n')]).toEqual([
    2,
    [
      `sysmon: ${file}:1:1: intervall: there is no such key. Did you mean "interval"?`,
      expect.stringContaining(`sysmon: ${file}:2:6: log: is a group of keys`),
      '',
    ],
  ])
})

test('an answer that cannot be written → 1, and no word of a fault in sysmon', () => {
  const full = openSync('/dev/full', 'w')
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, 'src/main/main.ts', 'sysmon', 'help'], {
    stdout: full,
    stderr: 'pipe',
  })
  closeSync(full)
  expect([exitCode, stderr.toString()]).toEqual([
    1,
    'sysmon: the answer cannot be written: ENOSPC: no space left on device\n',
  ])
})

test('a reader that ended (| head) is no failure', async () => {
  const gone = {
    write(): void {
      throw new BrokenPipe()
    },
    writeBytes(): void {
      throw new BrokenPipe()
    },
  }
  const terminal = testTerminal({ env: { SYSMON_DATA_DIR: daemon.dataDir }, nowMs: sampleNowMs })
  expect(await runCli(['ps'], { ...terminal, stdout: gone })).toBe(0)
  expect(terminal.written.stderr).toBe('')
})

test('Ctrl-C instead of an answer → 130, and nothing is sent', async () => {
  const before = daemon.asked.length
  const terminal = testTerminal({ env: { SYSMON_DATA_DIR: daemon.dataDir }, nowMs: sampleNowMs, isTty: true })
  const ask = async (): Promise<undefined> => {
    terminal.interrupt()
    return undefined
  }
  expect(await runCli(['kill', '812'], { ...terminal, ask })).toBe(130)
  expect(terminal.written.stderr).toMatch(/postgresql\.conf\S*\n\n$/)
  expect(daemon.asked.slice(before).filter(({ what }) => what === 'signal')).toEqual([])
})

test('Ctrl-C during a request → 130, in silence', async () => {
  const terminal = testTerminal({ env: { SYSMON_DATA_DIR: daemon.dataDir } })
  const ending = runCli(['status'], terminal)
  terminal.interrupt()
  expect(await ending).toBe(130)
  expect(terminal.written.stderr).toBe('')
})

for (const [code, status] of [
  ['store_unavailable', 1],
  ['internal', 1],
  ['unknown_label', 2],
  ['too_much', 2],
] as const) {
  test(`what the daemon refuses with ${code} → ${status}`, async () => {
    const refusing = startFakeDaemon({
      history: async () => {
        throw new ApiError(code, 'no')
      },
    })
    const { code: found, terminal } = await ended('history system.uptime', {
      env: { SYSMON_DATA_DIR: refusing.dataDir },
    })
    await refusing.stop()
    expect(found).toBe(status)
    expect(terminal.written.stderr).toMatch(/^sysmon: no; .+\n$/)
  })
}

for (const [words, said] of [
  ['ps --at 03:12', '2026-11-23 03:12:00'],
  ['ps --at 03:12 --utc', '2026-11-22T18:12:00Z'],
] as const)
  test(`a time that the daemon names is shown as people here read it: ${words}`, async () => {
    const forgetful = startFakeDaemon({
      processes: async () => {
        throw new ApiError('not_recorded', 'there is no record of processes at 2026-11-22T18:12:00.000Z')
      },
    })
    const { terminal } = await ended(words, { env: { SYSMON_DATA_DIR: forgetful.dataDir }, zone: 'Asia/Tokyo' })
    await forgetful.stop()
    expect(terminal.written.stderr).toStartWith(`sysmon: there is no record of processes at ${said}; `)
  })

describe('--raw', () => {
  for (const [words, first] of [
    ['metrics system.cpu.utilization --values --raw', /VALUE +UNIT\n.* 0\.372 +1\n/],
    ['metrics system.cpu.utilization --values', /VALUE +UNIT\n.* 37\.2 +%\n/],
    ['history system.cpu.utilization --raw', /^TIME +1\b/],
    ['ps --raw', /^ *PID +USER +S +CPU +WAIT /],
  ] as const)
    test(`a share is said to be what it is: ${words}`, async () => {
      expect((await ended(words)).terminal.written.stdout).toMatch(first)
    })
})

describe('what is right and not there', () => {
  test.each([
    ['metrics system.disk.io --values --label device=none', 'nothing has these names and labels now'],
    ['events --kind oom_kill', 'no events from '],
  ])('is said to be nothing: %s', async (line, said) => {
    const { code, terminal } = await ended(line)
    expect([code, terminal.written.stdout]).toEqual([0, ''])
    expect(terminal.written.stderr).toStartWith(said)
  })
})
