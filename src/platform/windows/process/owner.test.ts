import { describe, expect, test } from 'bun:test'
import { manualClock } from '../../../../test/manual-clock.ts'
import { block, bytesOf, denied, fakeNative, joined } from '../../../../test/windows-native.ts'
import { address, answerOf, having, monitorOf, waiting } from '../../../../test/windows-processes.ts'
import { wideBytes } from '../growing-buffer.ts'
import type { ProcessHandle } from '../native.ts'
import { tokenUser, unicodeString } from '../structures/process.ts'
import { Accounts, parseUser, sidText } from './accounts.ts'
import { parseCommandLine, splitArguments } from './command-line.ts'

const sidOf = (...parts: number[]): Uint8Array => {
  const bytes = new Uint8Array(8 + parts.length * 4)
  const view = new DataView(bytes.buffer)
  bytes.set([1, parts.length, 0, 0, 0, 0, 0, 5])
  for (const [index, part] of parts.entries()) view.setUint32(8 + index * 4, part, true)
  return bytes
}
const userAnswer = (sid: Uint8Array) =>
  block(joined(bytesOf(tokenUser, { Sid: address + tokenUser.size }), sid), address)
const commandAnswer = (text: string) =>
  block(
    joined(bytesOf(unicodeString, { Length: text.length * 2, Buffer: address + unicodeString.size }), wideBytes(text)),
    address,
  )

describe('owner and command line', () => {
  const handle = 76 as ProcessHandle

  test('are asked for once', () => {
    const asked: string[] = []
    const m = monitorOf([answerOf({ pid: 8, parent: 12, threads: [waiting] })], {
      open: (pid, purpose) => having(asked.push(`open ${pid} ${purpose}`), handle),
      close: () => void asked.push('close'),
      commandLine: () => having(asked.push('command'), commandAnswer('a.exe --password=geheim "x y"')),
      user: () => having(asked.push('user'), userAnswer(sidOf(18))),
    })
    for (let tick = 0; tick < 3; tick++) m.scan()
    expect([m.text(8, 'user'), m.text(8, 'commandLine')]).toEqual(['SYSTEM', 'a.exe --password=*** x y'])
    expect(asked).toEqual(['open 8 look', 'command', 'user', 'close'])
  })

  test('W6 what is denied is absent, counted, and not asked again; the rest of the row stands', () => {
    let opened = 0
    const m = monitorOf([answerOf({ pid: 8, parent: 12, threads: [waiting], members: { WorkingSetSize: 4096 } })], {
      open: () => having(opened++, denied('OpenProcess')),
    })
    expect(m.scan().denied).toEqual({ 'command line and user': 1 })
    expect(m.scan().denied).toEqual({ 'command line and user': 1 })
    expect([m.text(8, 'user'), m.text(8, 'commandLine'), m.number(8, 'residentBytes'), opened]).toEqual([
      '',
      '',
      4096,
      1,
    ])
  })

  test('R4 a process that goes while it is asked leaves no handle open', () => {
    let open = 0
    const m = monitorOf([answerOf({ pid: 8, parent: 12, threads: [waiting] })], {
      open: () => having(open++, handle),
      close: () => void open--,
      commandLine: () => denied('gone'),
      user: () => denied('gone'),
    })
    m.scan()
    expect(open).toBe(0)
  })

  test('a command line that is not there yet is asked for again, a few times', () => {
    const lines = ['', '', 'late.exe']
    const m = monitorOf([answerOf({ pid: 8, parent: 12, threads: [waiting] })], {
      open: () => handle,
      commandLine: () => commandAnswer(lines.shift() ?? 'never asked'),
      user: () => userAnswer(sidOf(18)),
    })
    for (let tick = 0; tick < 5; tick++) m.scan()
    expect(m.text(8, 'commandLine')).toBe('late.exe')
  })

  test('R13 one name is looked up a tick, and none for a while after one that was slow', () => {
    const clock = manualClock()
    let asked = 0
    const native = fakeNative({
      process: {
        accountOf: () => {
          asked++
          clock.advance(500)
          return 'DOMAIN\\ann'
        },
      },
    })
    const accounts = new Accounts(native, clock)
    accounts.beginTick()
    expect(accounts.nameOf(sidOf(21, 1))).toEqual({ name: 'DOMAIN\\ann', isFinal: true })
    accounts.beginTick()
    expect(accounts.nameOf(sidOf(21, 2))).toEqual({ name: 'S-1-5-21-2', isFinal: false })
    expect(accounts.nameOf(sidOf(21, 1)).name).toBe('DOMAIN\\ann')
    clock.advance(600_000)
    accounts.beginTick()
    expect(accounts.nameOf(sidOf(21, 2)).name).toBe('DOMAIN\\ann')
    expect(asked).toBe(2)
  })

  test('accounts of the system are known in every language, and nobody is asked', () => {
    const accounts = new Accounts(fakeNative(), manualClock())
    const names = [sidOf(18), sidOf(19), sidOf(20), sidOf(90, 0, 3), sidOf(96, 0, 1)].map(
      (sid) => accounts.nameOf(sid).name,
    )
    expect(names).toEqual(['SYSTEM', 'LOCAL SERVICE', 'NETWORK SERVICE', 'DWM-3', 'UMFD-1'])
  })

  test('an identifier is told as Windows writes it; one that is cut off is none', () => {
    expect(sidText(sidOf(21, 4_000_000_000, 1001))).toBe('S-1-5-21-4000000000-1001')
    expect(parseUser(userAnswer(sidOf(18)))).toEqual(sidOf(18))
    expect(parseUser(userAnswer(sidOf(18).subarray(0, 10)))).toBeUndefined()
    expect(parseUser(block(new Uint8Array(3)))).toBeUndefined()
  })
})

describe('words of a command line', () => {
  for (const [text, words] of [
    ['a b  c', ['a', 'b', 'c']],
    ['"C:\\Program Files\\x.exe" -a', ['C:\\Program Files\\x.exe', '-a']],
    ['a "" b', ['a', '', 'b']],
    ['a\\\\b d"e f"g h', ['a\\\\b', 'de fg', 'h']],
    ['a\\\\\\"b c', ['a\\"b', 'c']],
    ['a\\\\"b c" d', ['a\\b c', 'd']],
    ['  lead\tand trail  ', ['lead', 'and', 'trail']],
    ['', []],
  ] as const)
    test(text, () => expect(splitArguments(text)).toEqual([...words]))

  test('R10 a command line with a pointer that leads elsewhere is none; a long one is cut', () => {
    expect(parseCommandLine(block(bytesOf(unicodeString, { Length: 200, Buffer: 5 }), address))).toBe('')
    expect(parseCommandLine(commandAnswer(`a ${'x'.repeat(10_000)}`)).length).toBe(4096)
  })
})
