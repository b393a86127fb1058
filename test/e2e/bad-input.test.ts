import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireRoot, requireTool } from '../tools.ts'
import { eventually, startDaemon, type TestDaemon } from './daemon.ts'
import { type RunOptions, runProgram } from './program-run.ts'

/** What a person can get wrong: each answer says what, where and the cure, in one line, and nothing has been touched. */
let root: string
let folder: string
let home: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sysmon-input-'))
  folder = join(root, 'given')
  home = join(root, 'home')
  for (const each of [folder, home]) mkdirSync(each)
  for (const each of [root, folder]) chmodSync(each, 0o755)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** `DIR` stands for a folder of the test's own. */
const placed = (text: string): string => text.replaceAll('DIR', folder)

interface DaemonCase {
  readonly config?: string
  readonly mode?: number
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly enter?: readonly string[]
  readonly code: 1 | 2
  readonly says: readonly string[]
}

async function refusedDaemon({
  config,
  mode = 0o600,
  args = [],
  env = {},
  enter = [],
  code,
  says,
}: DaemonCase): Promise<void> {
  const file = join(folder, 'c.yaml')
  if (config !== undefined) {
    writeFileSync(file, placed(config))
    chmodSync(file, mode)
  }
  const before = readdirSync(folder)
  const hasDataDir = args.some((arg) => arg.startsWith('--data-dir'))
  const ran = await runProgram(
    'sysmond',
    [
      ...(config === undefined ? [] : ['--config', file]),
      ...(hasDataDir ? [] : ['--data-dir', join(folder, 'data')]),
      ...args.map(placed),
    ],
    // The first lines of the log would stand before what is wrong.
    { env: { HOME: home, SYSMON_LOG_LEVEL: 'error', ...env }, enter },
  )
  expect(ran.stderr).toEqual(says.map((line) => placed(`sysmond: ${line}`)))
  expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code, stdout: '' })
  expect(readdirSync(folder)).toEqual(before)
}

const duration = 'Write a number and a unit without a space, like 1s (units: ms, s, m, h, d, w, y)'
const cases: Readonly<Record<string, DaemonCase>> = {
  'an unknown key': {
    config: 'log:\n  levle: info\n',
    code: 2,
    says: ['DIR/c.yaml:2:3: log.levle: there is no such key. Did you mean "log.level"?'],
  },
  'a wrong type': {
    config: 'log:\n  keep: many\n',
    code: 2,
    says: ['DIR/c.yaml:2:9: log.keep: "many" is not a whole number from 0 to 100'],
  },
  'a number without a unit': {
    config: 'interval: 5\n',
    code: 2,
    says: [`DIR/c.yaml:1:11: interval: 5 is no duration. ${duration}`],
  },
  'a unit that there is not': {
    config: 'interval: 1 fortnight\n',
    code: 2,
    says: [`DIR/c.yaml:1:11: interval: "1 fortnight" is no duration. ${duration}`],
  },
  'a path that is not absolute': {
    config: 'socket:\n  path: s.sock\n',
    code: 2,
    says: ['DIR/c.yaml:2:9: socket.path: "s.sock" is not absolute: begin it with / or ~/'],
  },
  'no YAML': {
    config: 'log: [\n',
    code: 2,
    says: [
      'DIR/c.yaml:2:1: cannot be read: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  },
  'several at once': {
    config: 'intervall: 1s\nlog:\n  keep: many\n',
    args: ['--log-level', 'loud'],
    env: { SYSMON_STORE_MAX_SIZE: 'big' },
    code: 2,
    says: [
      'DIR/c.yaml:1:1: intervall: there is no such key. Did you mean "interval"?',
      'DIR/c.yaml:3:9: log.keep: "many" is not a whole number from 0 to 100',
      '--log-level: "loud" is none of debug, info, warn, error',
      'SYSMON_STORE_MAX_SIZE: "big" is no size. Write a number and a unit, like 16MiB (units: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB)',
    ],
  },
  'a config that everybody may change': {
    config: 'interval: 1s\n',
    mode: 0o666,
    code: 2,
    says: ['DIR/c.yaml (--config): everybody may change it (mode 0666). Close it: chmod 600 DIR/c.yaml'],
  },
  'a config that is not there': {
    args: ['--config', 'DIR/none.yaml'],
    code: 2,
    says: ['DIR/none.yaml (--config): there is no such file. `sysmon config init` writes one'],
  },
  'a config that is a folder': {
    args: ['--config', 'DIR'],
    code: 2,
    says: ['DIR (--config): is a directory. Name the file: DIR/config.yaml'],
  },
  'an unknown option': {
    args: ['--data-dri', 'x'],
    code: 2,
    says: ['--data-dri: no such option. Did you mean --data-dir?'],
  },
  'an option without its value': { args: ['--config'], code: 2, says: ['--config: needs a value. sysmond --help'] },
  'a word': { args: ['start'], code: 2, says: ['start: sysmond takes no arguments. sysmond --help lists the options'] },
  'an unknown log level': {
    args: ['--log-level', 'loud'],
    code: 2,
    says: ['--log-level: "loud" is none of debug, info, warn, error'],
  },
  'a wrong variable': {
    env: { SYSMON_INTERVAL: 'abc' },
    code: 2,
    says: [`SYSMON_INTERVAL: "abc" is no duration. ${duration}`],
  },
  'a log file that cannot be': {
    config: 'log:\n  file: DIR/c.yaml/x.log\n',
    code: 2,
    says: [
      'DIR/c.yaml/x.log: the log file cannot be opened (EEXIST). Name another with log.file, or leave it out to log to standard error',
    ],
  },
  'a data directory that is a file': {
    config: 'interval: 1s\n',
    args: ['--data-dir', 'DIR/c.yaml'],
    code: 1,
    says: ['DIR/c.yaml is not a directory. Let this user write there, or name another place with --data-dir'],
  },
  'a socket with too long a path': {
    config: `socket:\n  path: DIR/${'x'.repeat(120)}\n`,
    code: 2,
    says: [
      `DIR/c.yaml: socket.path: the path of a socket may have 107 bytes at most: DIR/${'x'.repeat(120)}. Name a shorter one`,
    ],
  },
  'a file where the socket is to be': {
    config: 'socket:\n  path: DIR/c.yaml\n',
    code: 2,
    says: ['DIR/c.yaml: something is there that is no socket. Name another with socket.path'],
  },
  'a group that there is not': {
    config: 'socket:\n  group: no-such-group\n',
    code: 2,
    says: ['DIR/c.yaml: socket.group: there is no group "no-such-group". `getent group` lists them'],
  },
  'a procfs that is not there': {
    args: ['--procfs', 'DIR/proc'],
    code: 2,
    says: ['procfs: DIR/proc: there is no such folder. Name where that of the machine to watch is mounted'],
  },
  'a sysfs that is not there': {
    args: ['--sysfs', 'DIR/sys'],
    code: 2,
    says: ['sysfs: DIR/sys: there is no such folder. Name where that of the machine to watch is mounted'],
  },
}

describe('sysmond is refused', () => {
  test.each(Object.entries(cases))('%s', (_, given) => refusedDaemon(given))

  test('an empty procfs: a mount that was forgotten', async () => {
    mkdirSync(join(folder, 'proc'))
    await refusedDaemon({
      args: ['--procfs', 'DIR/proc'],
      code: 2,
      says: ['procfs: DIR/proc: the folder is empty. Name where that of the machine to watch is mounted'],
    })
  })

  test('a socket that another program listens on, which goes on', async () => {
    const path = join(folder, 'other.sock')
    const other = Bun.serve({ unix: path, fetch: () => new Response('mine') })
    try {
      const { code, stderr } = await runProgram('sysmond', ['--data-dir', join(folder, 'data')], {
        env: { SYSMON_SOCKET_PATH: path, SYSMON_LOG_LEVEL: 'error' },
      })
      expect(stderr).toEqual([
        `sysmond: ${path}: another program listens on this socket. Name another with socket.path`,
      ])
      expect(code).toBe(1)
      expect(await (await fetch('http://x/', { unix: path } as RequestInit)).text()).toBe('mine')
    } finally {
      await other.stop(true)
    }
  })

  test.skipIf(!requireRoot('becomes another user') || !requireTool('setpriv'))(
    'a config that may not be read',
    async () => {
      await refusedDaemon({
        config: 'interval: 1s\n',
        enter: ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'],
        code: 2,
        says: ['DIR/c.yaml (--config): may not be read by this user. Make it theirs (chown) or run as its owner'],
      })
    },
  )
})

describe('sysmon is refused', () => {
  let dataDir: string
  let daemon: TestDaemon
  beforeAll(async () => {
    daemon = await startDaemon()
    dataDir = daemon.dataDir
    await eventually(
      () => daemon.get<{ seq: number }>('/api/v1/metrics/current?metric=system.uptime'),
      ({ seq }) => seq >= 1,
    )
  })
  afterAll(async () => {
    await daemon.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  const refused = async (line: string, options: RunOptions = {}) => {
    const { code, stdout, stderr } = await runProgram('sysmon', placed(line).split(' '), {
      env: { SYSMON_DATA_DIR: dataDir, HOME: home },
      ...options,
    })
    expect([stdout, stderr.length]).toEqual(['', 1])
    return { code, said: stderr[0] }
  }

  test.each<[string, 1 | 2, string]>([
    ['stauts', 2, "unknown command 'stauts'; did you mean 'status'?"],
    ['config chekc', 2, "unknown command 'config chekc'; did you mean 'check'?"],
    ['--nope', 2, "unknown option '--nope'; see: sysmon --help"],
    ['ps --jsn', 2, "unknown option '--jsn' of ps; did you mean '--json'?"],
    ['ps extra', 2, 'ps takes no arguments, and more words were given; see: sysmon ps --help'],
    ['ps --data-dir', 2, "option '--data-dir <dir>' needs a value; see: sysmon --help"],
    ['ps --columns pid,nam', 2, "unknown column 'nam'; did you mean 'name'?"],
    ['ps --filter cpu>x', 2, "filter 'cpu>x': 'x' is no number; such as 10, 50% or 1.5G"],
    ['ps --limit x', 2, "--limit takes a whole number of at least 1, not 'x'"],
    ['events --limit -1', 2, "--limit takes a whole number of at least 1, not '-1'"],
    ['history', 2, 'history needs a metric; see: sysmon history --help'],
    [
      'history system.cpu.utilisation',
      2,
      "unknown metric 'system.cpu.utilisation'; did you mean 'system.cpu.utilization'?",
    ],
    ['watch nope.metric', 2, "unknown metric 'nope.metric'; they are listed by: sysmon metrics"],
    [
      'metrics system.cpu.utilizatoin',
      2,
      "unknown metric 'system.cpu.utilizatoin'; did you mean 'system.cpu.utilization'?",
    ],
    [
      'history system.network.io --label devcie=eth0',
      2,
      'no label "devcie": system.network.io has device, role, direction; did you mean "device"?; the labels of a metric are shown by: sysmon metrics METRIC',
    ],
    [
      'history system.network.io --label device',
      2,
      "--label takes key=value, not 'device'; such as --label device=sda",
    ],
    [
      'history system.uptime --since banana',
      2,
      '--since \'banana\' is no time; such as 15m, -30s, 03:12, "yesterday 22:00", 2026-11-23T03:12:00Z',
    ],
    ['history system.uptime --since 2h --until 2h', 2, 'the end ('],
    ['history system.uptime --since 5m --until 10m', 2, 'the end ('],
    ['history system.uptime --since 2999-01-01T00:00:00Z', 2, "--since '2999-01-01T00:00:00Z' is "],
    [
      'history system.uptime --resolution banana',
      2,
      "--resolution takes auto or a duration of at least 1s, not 'banana'; such as 15s, 1m or 1h",
    ],
    [
      'history system.uptime --resolution 0s',
      2,
      "--resolution takes auto or a duration of at least 1s, not '0s'; such as 15s, 1m or 1h",
    ],
    [
      'history system.uptime --resolution -5s',
      2,
      "--resolution takes auto or a duration of at least 1s, not '-5s'; such as 15s, 1m or 1h",
    ],
    ['ps --at 1999-01-01T00:00:00Z', 1, 'there is no record of processes at 1999-01-01 00:00:00'],
    ['process abc', 2, "process takes a process id, not a name: 'abc'; find it with: sysmon ps --filter abc"],
    ['process 0', 2, '0 is no process id; process ids are 1 and above'],
    [
      'process 2147483646',
      1,
      'there is no process 2147483646; it may have ended, or begun this very second; sysmon ps --at TIME shows who ran',
    ],
    ['kill', 2, 'kill needs a pid; see: sysmon kill --help'],
    [
      'kill 2147483646 --yes',
      1,
      'there is no process 2147483646; it may have ended, or begun this very second; sysmon ps --at TIME shows who ran',
    ],
    ['kill 1 --yes', 1, 'pid 1 is not signalled: the system would go down; '],
    ['kill 2 --signal NOPE --yes', 2, "unknown signal 'NOPE'; such as TERM, KILL, HUP, STOP, CONT"],
    ['completions tcsh', 2, "no completions for 'tcsh'; there are: bash, zsh, fish"],
    ['top --theme pink', 2, "unknown theme 'pink'; themes: default, light, mono"],
  ])('%s', async (line, code, says) => {
    const run = await refused(line)
    expect(run.said).toStartWith(`sysmon: ${says}`)
    expect(run.code).toBe(code)
  })

  test('sysmond itself is not signalled by its own client', async () => {
    const { code, said } = await refused(`kill ${daemon.pid} --yes`)
    expect(said).toStartWith('sysmon: that is sysmond itself')
    expect(code).toBe(1)
    expect((await daemon.get<{ status: string }>('/health')).status).toBe('healthy')
  })

  test('a config that is not there', async () => {
    const { code, said } = await refused('ps --config DIR/none.yaml', { env: { HOME: home } })
    expect(said).toBe(
      placed('sysmon: DIR/none.yaml (--config): there is no such file. `sysmon config init` writes one'),
    )
    expect(code).toBe(2)
  })

  test('no daemon: where it was looked for, and how to start it', async () => {
    const { code, said } = await refused('ps --data-dir DIR/none')
    expect(said).toBe(
      placed('sysmon: no sysmond answers at DIR/none/sysmon.sock: there is no socket; start it: sysmond'),
    )
    expect(code).toBe(1)
    expect(existsSync(join(folder, 'none'))).toBe(false)
  })

  test('a daemon that accepts and says nothing is given up', async () => {
    const path = join(folder, 'sysmon.sock')
    const silent = Bun.listen({ unix: path, socket: { data: () => undefined } })
    try {
      const { code, said } = await refused('ps --data-dir DIR')
      expect(said).toStartWith(`sysmon: no sysmond answers at ${path}: `)
      expect(said).toEndWith('; see what it does: sysmon doctor')
      expect(code).toBe(1)
    } finally {
      silent.stop(true)
    }
  }, 30_000)
})
