import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FakeClient } from '../../../test/live-client.ts'
import { liveMachine, value } from '../../../test/live-stream.ts'

const document = readFileSync(join(import.meta.dir, '../../../docs/live-stream.md'), 'utf8')

test('the example of docs/live-stream.md is what is heard and said', () => {
  const lines = document.split('\n').filter((line) => /^[<>] /.test(line))
  const asked = lines.filter((line) => line.startsWith('>')).map((line) => line.slice(2))
  const said = lines.filter((line) => line.startsWith('<')).map((line) => JSON.parse(line.slice(2)) as unknown)
  expect([asked.length, said.length]).toEqual([2, 4])
  const bytes = (of: number, state: string) => ({ ...value('system.memory.usage', of, { state }), unit: 'By' })
  const { host } = said[0] as { host: Record<string, unknown> }

  const machine = liveMachine()
  machine.next([bytes(4096, 'used'), value('system.cpu.utilization', 0.5)])
  const client = new FakeClient(machine)
  client.handler('message', asked[0])
  machine.next([bytes(8192, 'used'), bytes(512, 'free')])
  machine.next([bytes(8192, 'used')])
  client.handler('message', asked[1])
  const found = client.take() as Record<string, unknown>[]
  expect(Object.keys(host).sort()).toEqual(Object.keys(found[0]?.host as object).sort())
  expect([{ ...found[0], host }, ...found.slice(1)]).toEqual(said as never)
})

test.each([
  ['64 KiB wait', 'queueBoundBytes = 64 * 1024'],
  ['for 30 s', 'behindLimitMs = 30_000'],
  ['20 at once', 'messageBurst = 20'],
])('"%s" is what the code says: %s', (words, code) => {
  expect(document).toContain(words)
  expect(readFileSync(join(import.meta.dir, 'connection.ts'), 'utf8')).toContain(code)
})
