import { afterAll, beforeAll, expect, test } from 'bun:test'
import path from 'node:path'
import { type FakeDaemon, startFakeDaemon } from '../fake-daemon.ts'
import { sampleCurrent } from '../sample-answers.ts'

/** The command line as a process of its own: pipes that close, Ctrl-C, answers from a keyboard that is not there. */
let daemon: FakeDaemon
let seq = 0
beforeAll(() => {
  daemon = startFakeDaemon({ current: async () => ({ ...sampleCurrent, seq: seq++ }) })
})
afterAll(() => daemon.stop())

const root = path.join(import.meta.dir, '../..')
const program = `
import { processIo } from '${root}/src/cli/process-io.ts'
import { runCli } from '${root}/src/cli/main.ts'
process.exitCode = await runCli(process.argv.slice(1), processIo())
`
const started = (args: readonly string[]) =>
  Bun.spawn([process.execPath, '-e', program, ...args], {
    env: { ...process.env, SYSMON_DATA_DIR: daemon.dataDir },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })

test('a command writes its answer and ends with 0', async () => {
  const child = started(['ps'])
  expect(await new Response(child.stdout).text()).toContain('postgres')
  expect(await child.exited).toBe(0)
})

test('a pipe whose reader ends is no failure, and nothing is said', async () => {
  const child = started(['watch', 'system.uptime'])
  const reader = child.stdout.getReader()
  await reader.read()
  await reader.cancel()
  expect(await child.exited).toBe(0)
  expect(await new Response(child.stderr).text()).toBe('')
})

test('Ctrl-C ends watch with 130', async () => {
  const child = started(['watch', 'system.uptime'])
  const reader = child.stdout.getReader()
  await reader.read()
  child.kill('SIGINT')
  expect(await child.exited).toBe(130)
  reader.releaseLock()
})

test('kill without a terminal to ask at sends nothing', async () => {
  const child = started(['kill', '812'])
  expect(await child.exited).toBe(2)
  expect(await new Response(child.stderr).text()).toContain('nobody can be asked here; add --yes')
  expect(daemon.asked.filter(({ what }) => what === 'signal')).toEqual([])
})
