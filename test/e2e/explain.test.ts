import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { ExplainResponse } from '../../src/api/explain-contract.ts'
import { eventually, removeDataDir, startDaemon, type TestDaemon } from './daemon.ts'
import { runProgram } from './program-run.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  await eventually(
    () => daemon.get<{ newest_unix_ms?: number; oldest_unix_ms?: number }>('/health'),
    ({ newest_unix_ms = 0, oldest_unix_ms = 0 }) => newest_unix_ms - oldest_unix_ms >= 4000,
  )
}, 30_000)
afterAll(async () => {
  await daemon.stop()
  await removeDataDir(daemon)
})

const explain = (...args: string[]) =>
  runProgram('sysmon', ['explain', ...args], { env: { SYSMON_DATA_DIR: daemon.dataDir } })

test('the command line tells a real record, in words and as JSON', async () => {
  const words = await explain('--since', '1m', '--utc')
  expect(words.code).toBe(0)
  expect(words.stdout).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ to .*, 1 min\n/)
  const json = await explain('--since', '1m', '--json')
  const answer = JSON.parse(json.stdout) as ExplainResponse
  expect(answer.isQuiet).toBe(answer.findings.length === 0)
  expect(answer.resources.some(({ resource }) => resource === 'cpu')).toBe(true)
  expect(answer.coverage.processesShare).toBe(1)
})

test('a time before the record is told as that', async () => {
  const { code, stderr } = await explain('--since', '3h', '--until', '2h')
  expect(code).toBe(0)
  expect(stderr.join('\n')).toContain('nothing is recorded from')
  expect(stderr.join('\n')).toContain('the record reaches from')
})

test('answers leave the daemon healthy and little in its memory', async () => {
  const before = await daemon.get<{ memory_mb: number }>('/health')
  for (let i = 0; i < 3; i++) await explain('--since', '10m', '--json')
  const after = await daemon.get<{ memory_mb: number; status: string }>('/health')
  expect(after.status).toBe('healthy')
  expect(after.memory_mb - before.memory_mb).toBeLessThan(40)
}, 30_000)
