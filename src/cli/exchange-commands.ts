import type { CommandSpec, OptionSpec } from './command.ts'

/** The commands that bring the record out of the house and back in. */
const utc: OptionSpec = { flags: '--utc', help: 'times in UTC' }
const overwrite: OptionSpec = { flags: '--overwrite', help: 'replace the file when it is there already' }

const exportCommand: CommandSpec = {
  name: 'export',
  summary: 'the record as CSV, JSON lines or Parquet; a bundle; a backup',
  description:
    'One row a tick and one column a series, every number to the bit; counters are counts. With --resolution each series has its mean, least and most. The file is there whole or not at all. --bundle makes one file of everything about a stretch of time, for somebody else to open; --backup copies the whole record while it is written.',
  arguments: [{ name: '<file>', help: 'where to; - is standard output', complete: 'file' }],
  options: [
    {
      flags: '-m, --metric <name>',
      help: 'only this metric; repeat it for several (default: all that are stored)',
      complete: 'metric',
      repeats: true,
    },
    { flags: '--since <time>', help: 'from when: 15m, 2h, 03:12, RFC 3339 (default 15m)' },
    { flags: '--until <time>', help: 'to when (default: now)' },
    {
      flags: '--resolution <step>',
      help: 'a duration such as 1m or 1h (default: every tick)',
      complete: ['1s', '1m', '1h'],
    },
    {
      flags: '--format <format>',
      help: 'csv, jsonl or parquet (default: by the name of the file)',
      complete: ['csv', 'jsonl', 'parquet'],
    },
    { flags: '--processes', help: 'the process table of each second instead' },
    { flags: '--bundle', help: 'metrics, processes, events and explanation in one file' },
    { flags: '--backup', help: 'the whole record, with or without a daemon' },
    overwrite,
    utc,
  ],
  examples: [
    { line: 'sysmon export --since 24h day.parquet', what: 'every second of the day, for pandas or DuckDB' },
    { line: 'sysmon export -m system.memory.usage --since 1h memory.csv', what: 'one metric, for a spreadsheet' },
    { line: 'sysmon export --bundle --since 15m out.sysmon', what: 'what happened, for a colleague' },
    { line: 'sysmon export --backup /backup/data.db', what: 'all there is' },
  ],
  load: () => import('./commands/export.ts'),
}

const importCommand: CommandSpec = {
  name: 'import',
  summary: 'samples of the past into the record, or a backup into an empty place',
  description:
    'Reads what export writes, and Prometheus or OpenMetrics text with times. All of it counts or nothing; what the record has stays, so the same file twice is as once. --restore needs no daemon and refuses a place that has a record.',
  arguments: [{ name: '<file>', help: 'what to read; - is standard input', complete: 'file' }],
  options: [
    { flags: '--dry-run', help: 'only say what would happen' },
    {
      flags: '--format <format>',
      help: 'csv, jsonl, parquet or openmetrics (default: by the name of the file)',
      complete: ['csv', 'jsonl', 'parquet', 'openmetrics'],
    },
    { flags: '--restore', help: 'the file is a backup: make it the record of --data-dir' },
    { flags: '--json', help: 'answer as JSON, for programs' },
    utc,
  ],
  examples: [
    { line: 'sysmon import --dry-run day.parquet', what: 'what would be new' },
    { line: 'sysmon import day.parquet', what: 'read it in' },
    { line: 'sysmon import --restore data.db --data-dir ~/.sysmon', what: 'after a disk was lost' },
  ],
  load: () => import('./commands/import.ts'),
}

const open: CommandSpec = {
  name: 'open',
  summary: 'a bundle of somebody’s machine, in the dashboard or in top',
  description: 'Needs no daemon and changes nothing. The dashboard is served on loopback only, until Ctrl-C.',
  arguments: [{ name: '<file>', help: 'a bundle made by: sysmon export --bundle', complete: 'file' }],
  options: [
    { flags: '--top', help: 'in the terminal instead' },
    { flags: '--once', help: 'one frame of it as text' },
    { flags: '--at <time>', help: 'begin at this time' },
    { flags: '--port <port>', help: 'port of the dashboard (default: any that is free)' },
    utc,
  ],
  examples: [
    { line: 'sysmon open out.sysmon', what: 'a link to the dashboard' },
    { line: 'sysmon open --top out.sysmon', what: 'on the terminal' },
  ],
  load: () => import('./commands/open.ts'),
}

export const exchangeCommands: readonly CommandSpec[] = [exportCommand, importCommand, open]
