import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type FakeDaemon, startFakeDaemon } from '../../test/fake-daemon.ts'
import { sampleCurrent, sampleHealth, sampleHistory, sampleNowMs, sampleValues } from '../../test/sample-answers.ts'
import { type TestTerminalOptions, testTerminal } from '../../test/terminal.ts'
import { runCli } from './main.ts'
import { widthOf } from './output/fit.ts'
import { commands } from './tree.ts'

/** What each command prints, word for word, in __snapshots__ (`bun test -u` rewrites; the review reads the diff). */
let daemon: FakeDaemon
beforeAll(() => {
  daemon = startFakeDaemon({
    history: async ({ metric }) =>
      metric === 'system.disk.io'
        ? sampleHistory(
            metric,
            Array.from({ length: 8 }, (_, index) => ({
              device: `sd${'abcdefgh'[index]}`,
              role: 'physical',
              direction: 'read',
            })),
            'By/s',
          )
        : sampleHistory(metric, [{}]),
  })
})
afterAll(() => daemon.stop())

async function printed(line: string, options: TestTerminalOptions, from: FakeDaemon = daemon): Promise<string> {
  const terminal = testTerminal({
    nowMs: sampleNowMs + 300,
    ...options,
    env: { SYSMON_DATA_DIR: from.dataDir, ...options.env },
  })
  expect(await runCli(line.split(' '), terminal)).toBe(0)
  return terminal.written.stdout.replaceAll(from.dataDir, '/data-dir')
}

const plain = { NO_COLOR: '1' }
const lines = [
  'status',
  'ps',
  'ps --tree --columns pid,cpu,mem%,name',
  'ps --filter user=postgres --sort -rss --utc',
  'process 812',
  'metrics',
  'metrics system.disk.io',
  'metrics system.disk.* --values',
  'history system.cpu.utilization --since 1m',
  'history system.disk.io --since 1m',
  'events',
]

for (const [where, options] of [
  ['80 columns', { isTty: true, columns: 80, env: plain }],
  ['160 columns', { isTty: true, columns: 160, env: plain }],
  ['a pipe', { isTty: false }],
] as const) {
  describe(`on ${where}`, () => {
    for (const line of lines) {
      test(`R12, C14: sysmon ${line}`, async () => {
        const text = await printed(line, options)
        expect(text).toMatchSnapshot()
        if ('columns' in options)
          for (const each of text.split('\n')) expect(widthOf(each)).toBeLessThanOrEqual(options.columns)
        expect(text).not.toContain('\u001b')
      })
    }
  })
}

describe('as JSON', () => {
  for (const line of lines.slice(0, 9).filter((each) => !each.includes('--utc'))) {
    test(`sysmon ${line}`, async () => {
      expect(JSON.parse(await printed(`${line} --json`, {}))).toMatchSnapshot()
    })
  }

  test('to a terminal it is laid out, to a pipe it is one line', async () => {
    const laidOut = await printed('events --json', { isTty: true })
    const oneLine = await printed('events --json', {})
    expect(JSON.parse(laidOut)).toEqual(JSON.parse(oneLine))
    expect([laidOut.split('\n').length > 5, oneLine.split('\n').length]).toEqual([true, 2])
  })
})

test('status in colour: what is short stands out', async () => {
  expect(await printed('status', { isTty: true, columns: 80 })).toMatchSnapshot()
})

test('status of a machine that offers little: absent is said with its reason, never shown as 0', async () => {
  const poor = startFakeDaemon({
    current: async () => ({
      ...sampleCurrent,
      host: { ...sampleCurrent.host, scope: 'container' },
      values: sampleValues.filter(
        ({ metric }) => metric.startsWith('system.cpu.u') || metric === 'system.memory.limit',
      ),
    }),
    health: () => ({
      ...sampleHealth,
      status: 'degraded',
      problems: ['the database cannot be written: disk full'],
      collector_status: { pressure: { status: 'no_data', why: 'the kernel was booted with psi=0', failures: 0 } },
    }),
  })
  const text = await printed('status', { isTty: true, columns: 80, env: plain }, poor)
  await poor.stop()
  expect(text).toMatchSnapshot()
  expect(text).toContain('absent: the kernel was booted with psi=0')
})

describe('help', () => {
  test('of sysmon', async () => {
    expect(await printed('help', { isTty: true, columns: 80, env: plain })).toMatchSnapshot()
  })

  for (const { name, examples, subcommands } of commands) {
    test(`of ${name}: within 80 columns, with an example`, async () => {
      const text = await printed(`help ${name}`, { isTty: true, columns: 80, env: plain })
      expect(text).toMatchSnapshot()
      for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(90)
      for (const { line } of examples) expect(text).toContain(line)
      for (const each of subcommands ?? []) expect(text).toContain(each.summary)
    })
  }
})
