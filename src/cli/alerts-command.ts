import type { CommandSpec, OptionSpec } from './command.ts'

/** `sysmon alerts` and what belongs to it. */
const json: OptionSpec = { flags: '--json', help: 'answer as JSON, for programs' }
const utc: OptionSpec = { flags: '--utc', help: 'times in UTC' }
const raw: OptionSpec = { flags: '--raw', help: 'times in Unix milliseconds' }

const list: CommandSpec = {
  name: 'list',
  summary: 'what is not well now, worst first',
  options: [json, utc, raw],
  examples: [{ line: 'sysmon alerts list', what: 'the same as sysmon alerts' }],
  load: () => import('./commands/alerts.ts'),
}

const rules: CommandSpec = {
  name: 'rules',
  summary: 'every rule; make, try and remove some',
  description:
    'Rules of the config file can only be read here. A file holds one rule in the words of the config file, as YAML or JSON; - is standard input. --try says what the rule would have done over the record, and changes nothing.',
  options: [
    { flags: '--add <file>', help: 'make a rule, or change one that was made here', complete: 'file' },
    { flags: '--try <file>', help: 'how often it would have been raised', complete: 'file' },
    { flags: '--remove <name>', help: 'remove one that was made here' },
    { flags: '--since <time>', help: 'with --try: from when (default 1d)' },
    { flags: '--until <time>', help: 'with --try: to when (default: now)' },
    json,
    utc,
    raw,
  ],
  examples: [
    { line: 'sysmon alerts rules', what: 'what is watched, and how it is' },
    { line: 'sysmon alerts rules --try full.yaml --since 12h', what: 'before adding it' },
    { line: 'sysmon alerts rules --add full.yaml', what: 'from now on' },
  ],
  load: () => import('./commands/alerts-rules.ts'),
}

const silence: CommandSpec = {
  name: 'silence',
  summary: 'hold back notifications, once or each week; list and end silences',
  description: 'Without options the silences there are. Alerts are raised and shown all the same.',
  options: [
    { flags: '--rule <pattern>', help: 'of rules with such a name: backup-*' },
    { flags: '--label <key=pattern>', help: 'only with this label; repeat it for several', repeats: true },
    { flags: '--for <duration>', help: 'how long: 30m, 2h, 7d (default: until it is ended)' },
    { flags: '--weekly <window>', help: 'each week: "sat,sun 22:00-06:00 Europe/Berlin"' },
    { flags: '--comment <text>', help: 'why' },
    { flags: '--end <id>', help: 'end this one now' },
    json,
    utc,
    raw,
  ],
  examples: [
    { line: "sysmon alerts silence --rule 'disk-*' --for 2h", what: 'while disks are moved' },
    { line: "sysmon alerts silence --rule '*' --weekly 'sat,sun 00:00-24:00 Europe/Berlin'", what: 'at weekends' },
    { line: 'sysmon alerts silence --end 3', what: 'enough of it' },
  ],
  load: () => import('./commands/alerts-silence.ts'),
}

const ack: CommandSpec = {
  name: 'ack',
  summary: 'somebody is at it: no more reminders',
  arguments: [{ name: '<id>', help: 'number of the alert' }],
  options: [{ flags: '--comment <text>', help: 'who does what' }, json, utc, raw],
  examples: [{ line: 'sysmon alerts ack 12 --comment "deleting old logs"', what: 'of the alert with this number' }],
  load: () => import('./commands/alerts-ack.ts'),
}

const testCommand: CommandSpec = {
  name: 'test',
  summary: 'send a test notification',
  arguments: [{ name: '<channel>', help: 'name of the channel, as in the config' }],
  options: [json],
  examples: [{ line: 'sysmon alerts test ops', what: 'does it arrive?' }],
  load: () => import('./commands/alerts-test.ts'),
}

const history: CommandSpec = {
  name: 'history',
  summary: 'what was raised, and what was sent',
  options: [
    { flags: '--since <time>', help: 'from when (default 7d)' },
    { flags: '--until <time>', help: 'to when (default: now)' },
    { flags: '--deliveries', help: 'what was sent where, what waits and why' },
    { flags: '-n, --limit <count>', help: 'show at most so many, the newest' },
    json,
    utc,
    raw,
  ],
  examples: [
    { line: 'sysmon alerts history', what: 'the last week' },
    { line: 'sysmon alerts history --deliveries', what: 'did the mail go out?' },
  ],
  load: () => import('./commands/alerts-history.ts'),
}

export const alertsCommand: CommandSpec = {
  name: 'alerts',
  summary: 'what is not well now, and who was told',
  description: 'Rules and channels stand in the config file (docs/alerts.md); rules can also be made here.',
  options: [json, utc, raw],
  examples: [
    { line: 'sysmon alerts', what: 'what is raised, pending or without data' },
    { line: 'sysmon alerts ack 12', what: 'no more reminders of it' },
    { line: 'sysmon alerts history --since 1d', what: 'what was raised today' },
  ],
  subcommands: [list, rules, silence, ack, testCommand, history],
  load: () => import('./commands/alerts.ts'),
}
