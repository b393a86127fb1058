import type { CommandSpec } from './command.ts'

/** `sysmon anomalies` and `sysmon forecast`. */
export const anomaliesCommand: CommandSpec = {
  name: 'anomalies',
  summary: 'when the machine was unlike itself, or a series in a file',
  description:
    'Of the record: times in which metrics were unusual together, the most unusual first, with what was expected. With --file: any series of timestamp,value; each line comes out again with its score (0 to 1: how improbable it is given the lines before it) and whether it is an anomaly. Nothing is sent anywhere. Method: docs/anomalies.md.',
  options: [
    { flags: '--since <time>', help: 'from when (default 24h): 15m, 2h, 03:12, RFC 3339' },
    { flags: '--until <time>', help: 'to when (default: now)' },
    { flags: '--file <file>', help: 'score a CSV of timestamp,value; - reads standard input', complete: 'file' },
    { flags: '--threshold <score>', help: 'with --file: an anomaly from this score on (default 0.99)' },
    { flags: '--json', help: 'answer as JSON, with --file one object a line' },
    { flags: '--utc', help: 'times in UTC' },
    { flags: '--raw', help: 'times in Unix milliseconds' },
  ],
  examples: [
    { line: 'sysmon anomalies', what: 'the last 24 hours' },
    { line: 'sysmon anomalies --since 1h', what: 'the last hour' },
    { line: 'sysmon anomalies --file data.csv', what: 'score a series' },
    { line: 'tail -f data.csv | sysmon anomalies --file -', what: 'score it as it comes' },
  ],
  load: () => import('./commands/anomalies.ts'),
}

export const forecastCommand: CommandSpec = {
  name: 'forecast',
  summary: 'what runs out at the present trend, and when',
  description:
    'Filesystems, inodes, memory, swap and descriptors: when each reaches its limit if it goes on as it does, with the span in which that lies in 9 of 10 cases. What has no trend is said to have none.',
  options: [
    { flags: '--within <duration>', help: 'only what runs out within this time, such as 4h or 7d' },
    { flags: '--json', help: 'answer as JSON, for programs' },
    { flags: '--utc', help: 'times in UTC' },
    { flags: '--raw', help: 'times in Unix milliseconds' },
  ],
  examples: [
    { line: 'sysmon forecast', what: 'everything that can run out' },
    { line: 'sysmon forecast --within 7d', what: 'what runs out this week' },
  ],
  load: () => import('./commands/forecast.ts'),
}
