import { eventKinds } from '../catalogue/events.ts'
import { alertsCommand } from './alerts-command.ts'
import { anomaliesCommand, forecastCommand } from './anomalies-command.ts'
import type { CommandSpec, OptionSpec } from './command.ts'
import { exchangeCommands } from './exchange-commands.ts'
import { explainCommand } from './explain-command.ts'

/** Every command of `sysmon` that exists, with its options and examples, in the order of help. */

const json: OptionSpec = { flags: '--json', help: 'answer as JSON, for programs' }
const since: OptionSpec = { flags: '--since <time>', help: 'from when: 15m, 2h, 03:12, "yesterday 22:00", RFC 3339' }
const until: OptionSpec = { flags: '--until <time>', help: 'to when (default: now)' }
const at: OptionSpec = { flags: '--at <time>', help: 'as it was then, from the record: 03:12, -30s, RFC 3339' }
const resolution: OptionSpec = {
  flags: '--resolution <step>',
  help: 'auto, 1s, 1m, 1h or any duration such as 15s',
  complete: ['auto', '1s', '15s', '1m', '15m', '1h'],
}
const utc: OptionSpec = { flags: '--utc', help: 'times in UTC' }
const raw: OptionSpec = { flags: '--raw', help: 'times in Unix milliseconds, numbers in base units' }
const rawTimes: OptionSpec = { flags: '--raw', help: 'times in Unix milliseconds' }
const label: OptionSpec = {
  flags: '--label <key=value>',
  help: 'only series with this label; repeat it for several',
  repeats: true,
}
const limit = (what: string): OptionSpec => ({ flags: '-n, --limit <count>', help: `show at most so many ${what}` })

const status: CommandSpec = {
  name: 'status',
  summary: 'the machine on one screen, what is short first',
  description:
    'Processor, memory, pressure, disks, network and the processes that use most, over the last second. What stands out is said in words at the top.',
  options: [at, json, utc, rawTimes],
  examples: [
    { line: 'sysmon status', what: 'how is the machine now' },
    { line: 'sysmon status --at 03:12', what: 'how was it at 03:12' },
    { line: 'sysmon status --json', what: 'the same for a program' },
  ],
  load: () => import('./commands/status.ts'),
}

const top: CommandSpec = {
  name: 'top',
  summary: 'the machine on the whole terminal, live or replayed',
  description:
    'Processors, memory, pressure, storage, network and processes, each second. Left and Right step through the record, g goes to a time, L comes back to live; ? shows all keys. The colours follow the terminal; NO_COLOR is respected. Without a terminal, or with --once, one frame is printed as text.',
  options: [
    { ...at, help: 'begin with the record at this time: 03:12, -30s, RFC 3339' },
    { flags: '-s, --sort <column>', help: 'order by this column (default cpu)', complete: 'column' },
    { flags: '-f, --filter <words>', help: 'only processes that match, as with ps' },
    { flags: '-t, --tree', help: 'children below their parents' },
    { flags: '--theme <name>', help: 'default, light or mono', complete: ['default', 'light', 'mono'] },
    { flags: '--ascii', help: 'draw with ASCII characters only' },
    { flags: '--once', help: 'print one frame and end' },
    utc,
  ],
  examples: [
    { line: 'sysmon top', what: 'watch the machine' },
    { line: 'sysmon top --at 03:12', what: 'look at 03:12 and step from there' },
    { line: 'sysmon top --filter user=postgres --sort rss', what: 'what postgres has in memory' },
    { line: 'sysmon top --once > now.txt', what: 'one frame as text' },
  ],
  load: () => import('./commands/top.ts'),
}

const ps: CommandSpec = {
  name: 'ps',
  summary: 'processes, now or at any recorded second',
  description:
    'CPU is over the last second and counts one core as 100 %, so a process with threads may show more. Below the table stands where the rest of the processor time went: processes too short to be listed.\nA filter is one or more words; each must be found in the name, command line, service or user, or be a comparison with a column: user=root, cpu>50%, rss>=1G, state!=S, name~^kworker.',
  options: [
    at,
    {
      flags: '-c, --columns <list>',
      help: 'columns to show, by comma; "all", or +NAME to add to the usual',
      complete: 'column',
    },
    {
      flags: '-s, --sort <column>',
      help: 'order by this column (default cpu); -NAME turns it round',
      complete: 'column',
    },
    { flags: '-f, --filter <words>', help: 'only those that match; repeat it for several', repeats: true },
    limit('processes'),
    { flags: '-t, --tree', help: 'children below their parents' },
    json,
    utc,
    raw,
  ],
  examples: [
    { line: 'sysmon ps', what: 'by CPU, busiest first' },
    { line: 'sysmon ps --sort rss --limit 10', what: 'the ten that hold most memory' },
    { line: 'sysmon ps --filter "user=postgres cpu>5%"', what: 'what postgres is busy with' },
    { line: 'sysmon ps --at 03:12 --tree', what: 'the process tree at 03:12' },
    { line: 'sysmon ps --at -30s --json', what: 'half a minute ago, for a program' },
  ],
  load: () => import('./commands/ps.ts'),
}

const processCommand: CommandSpec = {
  name: 'process',
  summary: 'one process in detail, with its recent history',
  arguments: [{ name: '<pid>', help: 'process id' }],
  options: [
    at,
    { ...since, help: 'how far back the history goes (default 15m)' },
    until,
    resolution,
    json,
    utc,
    rawTimes,
  ],
  examples: [
    { line: 'sysmon process 1234', what: 'what it is, does and holds open' },
    { line: 'sysmon process 1234 --at 03:12', what: 'how it was then' },
    { line: 'sysmon process 1234 --since 2h', what: 'with two hours of history' },
  ],
  load: () => import('./commands/process.ts'),
}

const kill: CommandSpec = {
  name: 'kill',
  summary: 'send a signal to a process, after asking',
  description:
    'Shows what would be signalled and asks. The process is named by pid and start time together, so that a pid given again to another process in the meantime is refused, not hit.',
  arguments: [{ name: '<pid...>', help: 'process ids' }],
  options: [
    { flags: '-s, --signal <signal>', help: 'name or number (default TERM)', complete: 'signal' },
    { flags: '-y, --yes', help: 'do not ask; needed where nobody can answer' },
    json,
  ],
  examples: [
    { line: 'sysmon kill 1234', what: 'ask it to end' },
    { line: 'sysmon kill 1234 --signal KILL --yes', what: 'end it now, without being asked' },
  ],
  load: () => import('./commands/kill.ts'),
}

const metrics: CommandSpec = {
  name: 'metrics',
  summary: 'what is measured, and the present values',
  arguments: [
    { name: '[metric...]', help: 'names, or beginnings with *; one exact name shows all about it', complete: 'metric' },
  ],
  options: [
    { flags: '--values', help: 'the values instead of the descriptions' },
    { ...at, help: 'with --values: as they were then' },
    label,
    json,
    utc,
    raw,
  ],
  examples: [
    { line: 'sysmon metrics', what: 'every metric, with unit and number of series' },
    { line: 'sysmon metrics system.cpu.utilization', what: 'what it means, how it is computed, where it is from' },
    { line: 'sysmon metrics "system.disk.*" --values', what: 'the present values of a group' },
  ],
  load: () => import('./commands/metrics.ts'),
}

const history: CommandSpec = {
  name: 'history',
  summary: 'how a metric went: a chart, a table to a pipe, or JSON',
  arguments: [{ name: '<metric>', help: 'metric name', complete: 'metric' }],
  options: [since, until, resolution, label, { flags: '--table', help: 'a table to a terminal too' }, json, utc, raw],
  examples: [
    { line: 'sysmon history system.cpu.utilization --since 1m', what: 'the last minute, every second' },
    { line: 'sysmon history system.disk.io --label device=sda --since 6h', what: 'reads and writes of one disk' },
    { line: 'sysmon history system.memory.usage --since 03:00 --until 03:30 --json', what: 'for a program' },
  ],
  load: () => import('./commands/history.ts'),
}

const watch: CommandSpec = {
  name: 'watch',
  summary: 'values of some metrics, every second, until Ctrl-C',
  arguments: [{ name: '<metric...>', help: 'metric names, or beginnings with *', complete: 'metric' }],
  options: [
    label,
    { flags: '--count <ticks>', help: 'end after so many' },
    { ...json, help: 'one JSON object a line' },
    utc,
    raw,
  ],
  examples: [
    { line: 'sysmon watch system.cpu.utilization system.pressure.some', what: 'both, in place' },
    { line: 'sysmon watch system.network.throughput --count 60 > net.txt', what: 'a minute of it, one line a second' },
  ],
  load: () => import('./commands/watch.ts'),
}

const events: CommandSpec = {
  name: 'events',
  summary: 'what happened: starts, gaps, clock steps, failures',
  options: [
    { ...since, help: 'from when (default 24h)' },
    until,
    { flags: '--kind <kind>', help: 'only of this kind', complete: eventKinds },
    {
      flags: '--severity <least>',
      help: 'info, warning or error: this and worse',
      complete: ['info', 'warning', 'error'],
    },
    limit('events, the newest'),
    json,
    utc,
    rawTimes,
  ],
  examples: [
    { line: 'sysmon events', what: 'the last day' },
    { line: 'sysmon events --since 7d --severity warning', what: 'what went wrong this week' },
  ],
  load: () => import('./commands/events.ts'),
}

const config: CommandSpec = {
  name: 'config',
  summary: 'check, show or write the configuration',
  examples: [{ line: 'sysmon config check', what: 'is it right, and if not, where' }],
  subcommands: [
    {
      name: 'check',
      summary: 'read the config as the daemon would and say what is wrong',
      arguments: [{ name: '[file]', help: 'file to check (default: the one in use)', complete: 'file' }],
      options: [json],
      examples: [{ line: 'sysmon config check /etc/sysmon/config.yaml', what: 'before restarting the daemon' }],
      load: () => import('./commands/config-check.ts'),
    },
    {
      name: 'show',
      summary: 'every setting in effect and where it is from',
      options: [json],
      examples: [{ line: 'sysmon config show', what: 'defaults, file and environment together' }],
      load: () => import('./commands/config-show.ts'),
    },
    {
      name: 'init',
      summary: 'write a config file with every setting explained',
      arguments: [{ name: '[file]', help: 'where (default: config.yaml in the data directory)', complete: 'file' }],
      options: [json],
      examples: [{ line: 'sysmon config init', what: 'begin with the defaults' }],
      load: () => import('./commands/config-init.ts'),
    },
  ],
}

const role = (initial: string): OptionSpec => ({
  flags: '--role <role>',
  help: `viewer or admin (default ${initial})`,
  complete: ['viewer', 'admin'],
})

const web: CommandSpec = {
  name: 'web',
  summary: 'a link that opens the dashboard, good once',
  description: 'The daemon must serve the web (sysmond --web). Whoever may use its local socket may make links.',
  options: [role('admin'), json],
  examples: [
    { line: 'sysmon web', what: 'log in as admin' },
    { line: 'sysmon web --role viewer', what: 'a link for somebody who only looks' },
  ],
  load: () => import('./commands/web.ts'),
}

const token: CommandSpec = {
  name: 'token',
  summary: 'access to the web API for programs and people',
  examples: [{ line: 'sysmon token create --for 30d', what: 'for a program that reads' }],
  subcommands: [
    {
      name: 'create',
      summary: 'a token for Authorization: Bearer; shown once, kept nowhere',
      options: [role('viewer'), { flags: '--for <duration>', help: 'how long it is good (default 30d)' }, json],
      examples: [{ line: 'sysmon token create --role viewer --for 30d', what: 'for Prometheus' }],
      load: () => import('./commands/token-create.ts'),
    },
    {
      name: 'hash-password',
      summary: 'the hash of a password, for web.users',
      description:
        'At a terminal it asks twice and shows nothing of what is typed; else it takes the first line of standard input.',
      examples: [
        { line: 'sysmon token hash-password', what: 'asks' },
        { line: 'sysmon token hash-password < password.txt', what: 'first line of a file' },
      ],
      load: () => import('./commands/token-hash-password.ts'),
    },
  ],
}

const doctor: CommandSpec = {
  name: 'doctor',
  summary: 'is everything in order, and what to do if not',
  description:
    'Checks the configuration, the data directory, the socket, the daemon and its store, what the kernel offers and what this user may not read. Works with the daemon down. Exit code 1 when a check fails; a warning is none.',
  options: [{ flags: '--thorough', help: 'check the database whole even when it is large' }, json],
  examples: [{ line: 'sysmon doctor', what: 'when something looks wrong' }],
  load: () => import('./commands/doctor.ts'),
}

const completions: CommandSpec = {
  name: 'completions',
  summary: 'completion script for bash, zsh or fish',
  arguments: [{ name: '<shell>', help: 'bash, zsh or fish', complete: ['bash', 'zsh', 'fish'] }],
  examples: [
    { line: 'source <(sysmon completions bash)', what: 'in ~/.bashrc' },
    { line: 'sysmon completions zsh > ~/.zfunc/_sysmon', what: 'in a directory of fpath' },
    { line: 'sysmon completions fish > ~/.config/fish/completions/sysmon.fish', what: 'for fish' },
  ],
  load: () => import('./commands/completions.ts'),
}

const version: CommandSpec = {
  name: 'version',
  summary: 'version of sysmon and of the daemon that answers',
  options: [json],
  examples: [{ line: 'sysmon version --json', what: 'for a bug report' }],
  load: () => import('./commands/version.ts'),
}

const named: readonly CommandSpec[] = [
  status,
  top,
  ps,
  processCommand,
  kill,
  metrics,
  history,
  watch,
  events,
  explainCommand,
  alertsCommand,
  anomaliesCommand,
  forecastCommand,
  ...exchangeCommands,
  config,
  web,
  token,
  doctor,
  completions,
  version,
]

const help: CommandSpec = {
  name: 'help',
  summary: 'help for a command',
  arguments: [{ name: '[command...]', help: 'command', complete: named.map(({ name }) => name) }],
  examples: [{ line: 'sysmon help ps', what: 'options and examples of ps' }],
}

export const commands: readonly CommandSpec[] = [...named, help]

/** What people type first, for `sysmon` alone. */
export const firstCommands: readonly string[] = ['status', 'top', 'ps', 'process', 'history', 'doctor']
