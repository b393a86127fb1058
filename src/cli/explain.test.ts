import { afterEach, describe, expect, test } from 'bun:test'
import { type FakeDaemon, startFakeDaemon } from '../../test/fake-daemon.ts'
import { sampleNowMs } from '../../test/sample-answers.ts'
import { testTerminal } from '../../test/terminal.ts'
import type { ExplainParameters, ExplainResponse } from '../api/explain-contract.ts'
import { explainExample } from '../api/explain-schemas.ts'
import { runCli } from './main.ts'
import { widthOf } from './output/fit.ts'

let daemon: FakeDaemon | undefined
let asked: ExplainParameters[] = []
afterEach(async () => {
  await daemon?.stop()
  asked = []
})

async function run(line: string, answer: ExplainResponse = explainExample) {
  daemon = startFakeDaemon(
    {},
    {
      explain: async (parameters) => {
        asked.push(parameters)
        return answer
      },
    },
  )
  const terminal = testTerminal({
    nowMs: sampleNowMs,
    isTty: true,
    columns: 80,
    env: { SYSMON_DATA_DIR: daemon.dataDir, NO_COLOR: '1' },
  })
  const code = await runCli(line.split(' '), terminal)
  return { code, ...terminal.written }
}

const quiet: ExplainResponse = {
  ...explainExample,
  isQuiet: true,
  summary: 'Nothing was short.',
  findings: [],
  changes: [],
  resources: [
    {
      resource: 'cpu',
      isShort: false,
      used: { metric: 'system.cpu.utilization', labels: {}, mean: 0.12, peak: 0.4, unit: '1' },
    },
    { resource: 'swap', isShort: false },
  ],
}

describe('what is shown', () => {
  test('what hurt most, since when, who, and what else changed, within 80 columns', async () => {
    const { code, stdout } = await run('explain --utc')
    expect(code).toBe(0)
    expect(stdout).toMatchSnapshot()
    for (const line of stdout.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(80)
  })

  test('a quiet window: nothing was short, and how each resource was used', async () => {
    const { stdout } = await run('explain --utc', quiet)
    expect(stdout).toContain('Nothing was short.')
    expect(stdout).toMatch(/cpu +12\.0 %, 40\.0 %/)
    // What was not used at all has no line.
    expect(stdout).not.toContain('swap')
  })

  test('R12 names of processes cannot drive the terminal', async () => {
    const [finding] = explainExample.findings
    const { stdout } = await run('explain', {
      ...explainExample,
      findings: finding === undefined ? [] : [{ ...finding, sentence: 'evil\u001b[2J (pid 1) used it' }],
    })
    expect(stdout).not.toContain('\u001b')
  })

  test('nothing recorded: from when to when there is a record', async () => {
    const { code, stderr } = await run('explain --since 2h', {
      ...quiet,
      coverage: { ...quiet.coverage, share: 0 },
    })
    expect(code).toBe(0)
    expect(stderr).toContain('nothing is recorded from')
    expect(stderr).toContain('the record reaches from')
  })

  test('JSON is the answer as it is', async () => {
    expect(JSON.parse((await run('explain --json')).stdout)).toEqual(JSON.parse(JSON.stringify(explainExample)))
  })
})

describe('what is asked', () => {
  test('the last ten minutes, if nothing else is said', async () => {
    await run('explain')
    expect(asked).toEqual([{ start: String(sampleNowMs - 600_000), end: String(sampleNowMs) }])
  })

  test('--at asks for the minute around a moment, --against compares', async () => {
    await run('explain --at -30s --against 2h')
    expect(asked).toEqual([{ at: String(sampleNowMs - 30_000), against_start: String(sampleNowMs - 7_200_000) }])
  })

  test('--start and --end are --since and --until', async () => {
    await run('explain --start 20m --end 10m')
    expect(asked).toEqual([{ start: String(sampleNowMs - 1_200_000), end: String(sampleNowMs - 600_000) }])
  })

  test.each([
    ['explain --at 03:12 --since 1h', '--at and --since exclude each other'],
    ['explain --since 1h --start 2h', '--since and --start are the same'],
    ['explain --since 5m --until 10m', 'is not after the start'],
    ['explain --against never', 'is no time'],
  ])('%s is refused with the reason', async (line, why) => {
    const { code, stderr } = await run(line)
    expect([code, stderr.includes(why), stderr]).toEqual([2, true, stderr])
    expect(asked).toEqual([])
  })
})
