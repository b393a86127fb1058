import type { CommandSpec } from './command.ts'

/** `sysmon explain`. */
export const explainCommand: CommandSpec = {
  name: 'explain',
  summary: 'what was short, since when, who used it up and who waited',
  description:
    'Looks at every resource of a window of the record (the last ten minutes, if nothing else is said): how used, how saturated, what errors. What hurt most comes first, with the processes behind it and those that waited. A quiet window says so.',
  options: [
    { flags: '--since <time>', help: 'from when (default 10m): 15m, 2h, 03:12, RFC 3339' },
    { flags: '--until <time>', help: 'to when (default: now)' },
    { flags: '--start <time>', help: 'the same as --since' },
    { flags: '--end <time>', help: 'the same as --until' },
    { flags: '--at <time>', help: 'the minute around this moment: 03:12, -30s, RFC 3339' },
    { flags: '--against <time>', help: 'compare with as long a time that begins then' },
    { flags: '--all', help: 'every resource, short or not' },
    { flags: '--json', help: 'answer as JSON, for programs' },
    { flags: '--utc', help: 'times in UTC' },
    { flags: '--raw', help: 'times in Unix milliseconds' },
  ],
  examples: [
    { line: 'sysmon explain', what: 'the last ten minutes' },
    { line: 'sysmon explain --at 03:12', what: 'what was wrong at 03:12' },
    { line: 'sysmon explain --since 03:00 --until 03:30 --against 02:00', what: 'against the half hour from 02:00' },
  ],
  load: () => import('./commands/explain.ts'),
}
