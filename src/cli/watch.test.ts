import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, rmSync } from 'node:fs'
import { type FakeDaemon, startFakeDaemon } from '../../test/fake-daemon.ts'
import { sampleCurrent, sampleNowMs } from '../../test/sample-answers.ts'
import { type TestTerminal, type TestTerminalOptions, testTerminal } from '../../test/terminal.ts'
import { problemOf } from '../api/problems.ts'
import { runCli } from './main.ts'

let daemon: FakeDaemon
beforeAll(() => {
  daemon = startFakeDaemon()
})
afterAll(() => daemon.stop())

async function ended(
  line: string,
  options: TestTerminalOptions,
): Promise<{ readonly code: number; readonly terminal: TestTerminal }> {
  const terminal = testTerminal({ nowMs: sampleNowMs + 300, ...options })
  return { code: await runCli(line.split(' '), terminal), terminal }
}

describe('watch', () => {
  test('one line a tick to a pipe, until the count; the same tick is not shown twice', async () => {
    let seq = 0
    let calls = 0
    const ticking = startFakeDaemon({
      current: async () => {
        if (calls++ % 2 === 0) seq++
        return { ...sampleCurrent, seq, unixMs: sampleNowMs + seq * 1000, values: sampleCurrent.values.slice(0, 1) }
      },
    })
    const { code, terminal } = await ended('watch system.cpu.utilization --count 3', {
      env: { SYSMON_DATA_DIR: ticking.dataDir },
    })
    await ticking.stop()
    expect(code).toBe(0)
    expect(terminal.written.stdout.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['time', 'system.cpu.utilization'],
      ['2026-11-23 08:40:02', '37.2%'],
      ['2026-11-23 08:40:03', '37.2%'],
      ['2026-11-23 08:40:04', '37.2%'],
      [''],
    ])
  })

  test('a daemon that is restarted is waited for, and said to be', async () => {
    const first = startFakeDaemon({ current: async () => ({ ...sampleCurrent, seq: 1 }) })
    let second: ReturnType<typeof Bun.serve> | undefined
    let sleeps = 0
    let hasSample = false
    const { code, terminal } = await ended('watch system.uptime --count 2 --json', {
      env: { SYSMON_DATA_DIR: first.dataDir },
      onSleep: async () => {
        sleeps++
        if (sleeps === 1) await first.stop()
        // Two rounds without anybody, one with a daemon that has no sample yet.
        if (sleeps === 3) {
          mkdirSync(first.dataDir)
          second = Bun.serve({
            unix: first.socketPath,
            fetch: () =>
              hasSample
                ? Response.json({ ...sampleCurrent, seq: 2 })
                : Response.json({ ...problemOf('not_recorded', 'no tick yet') }, { status: 404 }),
          })
        }
        if (sleeps === 4) hasSample = true
      },
    })
    await second?.stop(true)
    rmSync(first.dataDir, { recursive: true, force: true })
    expect(code).toBe(0)
    expect(terminal.written.stderr.split('\n')).toEqual([
      'sysmond does not answer; waiting for it (Ctrl-C ends)',
      'sysmond answers again',
      '',
    ])
    expect(terminal.written.stdout.split('\n').filter((line) => line !== '')).toHaveLength(2)
  })

  test('Ctrl-C ends it with 130', async () => {
    const terminal = testTerminal({
      env: { SYSMON_DATA_DIR: daemon.dataDir },
      nowMs: sampleNowMs,
      onSleep: () => terminal.interrupt(),
    })
    expect(await runCli(['watch', 'system.uptime', '--json'], terminal)).toBe(130)
    expect(JSON.parse(terminal.written.stdout)).toMatchObject({
      unixMs: sampleNowMs,
      values: [{ metric: 'system.uptime' }],
    })
  })
})
