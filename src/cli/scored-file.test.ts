import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testTerminal } from '../../test/terminal.ts'
import { runCli } from './main.ts'

/** `sysmon anomalies --file`: without a daemon. */
let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sysmon-anomalies-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function scored(name: string, content: string, ...more: readonly string[]) {
  const file = join(directory, name)
  writeFileSync(file, content)
  const terminal = testTerminal({ env: { HOME: directory } })
  const code = await runCli(['anomalies', '--file', file, ...more], terminal)
  return { code, stdout: terminal.written.stdout, stderr: terminal.written.stderr.replaceAll(directory, '/dir') }
}

/** A wave of 300 samples with one that is far off. */
const series = (end = '\n'): string =>
  Array.from({ length: 300 }, (_, index) => {
    const time = new Date(Date.UTC(2026, 0, 5) + index * 300_000).toISOString().slice(0, 19).replace('T', ' ')
    return `${time},${index === 250 ? 90 : (20 + Math.sin(index)).toFixed(3)}`
  }).join(end)

describe('sysmon anomalies --file', () => {
  test('each line comes out with its score; what is far off is an anomaly', async () => {
    const { code, stdout, stderr } = await scored('wave.csv', `timestamp,value\n${series()}\n`)
    const lines = stdout.trimEnd().split('\n')
    expect([code, stderr, lines.length, lines[0]]).toEqual([0, '', 301, 'timestamp,value,score,anomaly'])
    expect(lines.filter((line) => line.endsWith(',1')).map((line) => line.split(',')[0])).toContain(
      '2026-01-05 20:50:00',
    )
    expect(lines.slice(248, 254).join('\n')).toMatchSnapshot()
  })

  test('CRLF, no header, no last line end: the same scores', async () => {
    const { stdout } = await scored('wave.csv', series())
    expect((await scored('crlf.csv', series('\r\n'))).stdout).toBe(stdout)
    expect((await scored('header.csv', `"timestamp","value"\r\n${series('\r\n')}\r\n`)).stdout).toBe(stdout)
  })

  test('bad lines are told by number, the others are scored', async () => {
    const { code, stdout, stderr } = await scored(
      'bad.csv',
      'timestamp,value\n2026-01-05 00:00:00,1\nyesterday,2\n2026-01-05 00:05:00,x\n\n2026-01-05 00:05:00,2\n2026-01-05 00:00:00,2\n3\n',
    )
    expect(code).toBe(0)
    expect(`${stdout}---\n${stderr}`).toMatchSnapshot()
  })

  test('JSON: one object a line', async () => {
    const { stdout } = await scored('wave.csv', series(), '--json')
    const objects = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(objects.length).toBe(300)
    expect(objects[250]).toMatchObject({ timestamp: '2026-01-05 20:50:00', value: 90, anomaly: true })
    expect(objects[250].expectedHigh).toBeLessThan(30)
  })

  test('a threshold of its own', async () => {
    const count = async (threshold: string): Promise<number> =>
      (await scored('wave.csv', series(), '--threshold', threshold)).stdout
        .split('\n')
        .filter((line) => line.endsWith(',1')).length
    expect(await count('0.9')).toBeGreaterThanOrEqual(await count('0.9999'))
    expect((await scored('wave.csv', series(), '--threshold', '7')).code).toBe(2)
  })

  test('no file, a folder, nothing in it', async () => {
    const terminal = testTerminal({ env: { HOME: directory } })
    expect(await runCli(['anomalies', '--file', join(directory, 'none.csv')], terminal)).toBe(1)
    expect(terminal.written.stderr).toContain('there is no such file')
    expect(await runCli(['anomalies', '--file', directory], testTerminal({ env: { HOME: directory } }))).toBe(1)
    const { code, stderr } = await scored('empty.csv', 'timestamp,value\n')
    expect([code, stderr.includes('has no line of timestamp,value')]).toEqual([1, true])
  })

  test('text that a terminal would obey comes out harmless', async () => {
    const { stdout, stderr } = await scored('escape.csv', '\u001b[2J,1\n2026-01-05 00:00:00,1\n')
    expect(stdout + stderr).not.toContain('\u001b[2J')
  })
})
