import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { testTerminal } from '../../test/terminal.ts'
import { runCli } from './main.ts'

/** Export and import at the terminal, against a daemon that does what the test wants. */
const cleaning: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleaning.splice(0).reverse()) await clean()
})

function daemonThat(answer: (request: Request) => Response | Promise<Response>) {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'sysmon-'))
  cleaning.push(() => rmSync(dataDir, { recursive: true, force: true }))
  const server = Bun.serve({ unix: path.join(dataDir, 'sysmon.sock'), fetch: answer })
  cleaning.push(() => server.stop(true))
  const folder = path.join(dataDir, 'out')
  return { env: { SYSMON_DATA_DIR: dataDir }, dataDir, folder, file: path.join(dataDir, 'out.csv') }
}

/** Half a file, and then nothing for ever, or an end before its time. */
const half = (onWaiting: () => void, isBroken = false) =>
  new ReadableStream<Uint8Array>({
    async pull(controller) {
      controller.enqueue(new TextEncoder().encode('unix_ms,x\r\n1,'))
      await new Promise((resolve) => setImmediate(resolve))
      onWaiting()
      if (isBroken) controller.error(new Error('the disk broke'))
      else await new Promise(() => undefined)
    },
  })

test('Ctrl-C in the middle → 130, and no half file', async () => {
  const wait = Promise.withResolvers<void>()
  const { env, dataDir, file } = daemonThat(() => new Response(half(wait.resolve)))
  const terminal = testTerminal({ env, nowMs: 1_767_600_000_000 })
  const ended = runCli(['export', file], terminal)
  await wait.promise
  while (!readdirSync(dataDir).some((name) => name.endsWith('.part'))) await Bun.sleep(5)
  terminal.interrupt()
  expect(await ended).toBe(130)
  expect(readdirSync(dataDir)).toEqual(['sysmon.sock'])
})

test('an answer that ends before its end → 1, and no half file', async () => {
  const { env, dataDir, file } = daemonThat(() => new Response(half(() => undefined, true)))
  const terminal = testTerminal({ env, nowMs: 1_767_600_000_000 })
  expect(await runCli(['export', file], terminal)).toBe(1)
  expect(terminal.written.stderr).toContain('the daemon ended the export before its end')
  expect(readdirSync(dataDir)).toEqual(['sysmon.sock'])
})

test('progress is shown where somebody watches: bytes, rows, how much, how long', async () => {
  let clockMs = 1_767_600_000_000
  const { env, file } = daemonThat(
    () => new Response(`h\r\n${'1\r\n'.repeat(99)}`, { headers: { 'sysmon-expected-rows': '200' } }),
  )
  const terminal = testTerminal({ env })
  const io = { ...terminal, isStderrTty: true, now: () => (clockMs += 2000) }
  expect(await runCli(['export', file], io)).toBe(0)
  expect(terminal.written.stderr).toMatch(/\r300 B, 100 rows, 50 %, 2 s left\u001b\[K/)
  expect(terminal.written.stderr).toContain('\r\u001b[K')
  expect(readFileSync(file, 'utf8')).toHaveLength(3 + 99 * 3)
})

test('what is sent is the file, as it is; what came of it is told in words', async () => {
  let got = ''
  let asked = ''
  const { env, file } = daemonThat(async (request) => {
    asked = new URL(request.url).search
    got = await request.text()
    return Response.json({
      dryRun: true,
      ticks: 2,
      values: { added: 1, known: 2, different: 3, settled: 4 },
      expiredTicks: 5,
      soonRolledUpTicks: 6,
      series: 1,
      newSeries: ['system.memory.limit'],
      startUnixMs: 1_767_600_000_000,
      endUnixMs: 1_767_600_001_000,
    })
  })
  writeFileSync(file, 'unix_ms,system.memory.limit\n')
  const terminal = testTerminal({ env, nowMs: 1_767_600_000_000 })
  expect(await runCli(['import', '--dry-run', file], terminal)).toBe(0)
  expect([asked, got]).toEqual(['?format=csv&dry_run=true', 'unix_ms,system.memory.limit\n'])
  expect(terminal.written.stdout.split('\n').slice(1)).toEqual([
    '  1 values would be added, 2 known already',
    '  1 series are new to the record',
    '  3 are other than recorded: the record keeps its own',
    '  4 are of a time rolled up long ago: left out',
    '  5 ticks are older than anything that is kept: left out',
    '  6 ticks are older than retention.seconds: only their minutes will stay',
    '  nothing was kept: --dry-run',
    '',
  ])
})

const cases: readonly (readonly [string, string])[] = [
  ['export --bundle --backup x', '--bundle and --backup exclude each other'],
  ['export --backup --since 1h x', '--backup takes no --since'],
  ['export --processes -m system.uptime x', '--processes takes no --metric'],
  ['export --format xls x', "unknown format 'xls'; one of: csv, jsonl, parquet"],
  ['export --format cvs x', "unknown format 'cvs'; did you mean 'csv'?"],
  ['export --resolution auto x', '--resolution takes a duration here, not auto; such as 1m or 1h'],
  ['export --bundle -', '--bundle needs a file'],
  ['export', 'export needs a file; see: sysmon export --help'],
  ['import x.doc', 'what x.doc is, its name does not say; --format csv|jsonl|parquet|openmetrics'],
  ['import --restore --dry-run x', '--restore takes neither --dry-run nor --format'],
]
test.each(cases)('sysmon %s is refused', async (line, what) => {
  const terminal = testTerminal({ nowMs: 1_767_600_000_000 })
  expect(await runCli(line.split(' '), terminal)).toBe(2)
  expect(terminal.written.stderr).toBe(`sysmon: ${what}\n`)
})

test('a file that is not there is told', async () => {
  const { env } = daemonThat(() => new Response())
  const terminal = testTerminal({ env, nowMs: 1_767_600_000_000 })
  expect(await runCli(['import', '/nonexistent/x.csv'], terminal)).toBe(1)
  expect(terminal.written.stderr).toBe('sysmon: /nonexistent/x.csv cannot be read: there is no such file\n')
})
