import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { bytesOf } from '../../../../test/text-bytes.ts'
import { commandLineLimitBytes, fullName, parseCommandLine } from './command-line.ts'
import { parseMembership } from './membership.ts'

const lineOf = (text: string): string => parseCommandLine(bytesOf(text)).commandLine

describe('/proc/PID/cmdline', () => {
  test('arguments end with a NUL', () => {
    expect(parseCommandLine(bytesOf('/usr/bin/sleep\u000086400\0'))).toEqual({
      program: '/usr/bin/sleep',
      commandLine: '/usr/bin/sleep 86400',
    })
  })

  test('R10 overwritten with one string, with blanks, and with NULs to the end', () => {
    expect(parseCommandLine(bytesOf('nginx: worker process   \0\0\0\0'))).toEqual({
      program: 'nginx: worker process   ',
      commandLine: 'nginx: worker process',
    })
    expect(lineOf('postgres: walwriter')).toBe('postgres: walwriter')
    expect(lineOf('\0\0\0')).toBe('')
  })

  test('R10 empty for zombies and kernel threads', () =>
    expect(parseCommandLine(bytesOf(''))).toEqual({ program: '', commandLine: '' }))

  test('R10 no more than 4 KiB are kept', () => {
    const { commandLine } = parseCommandLine(bytesOf(`java\0${'x'.repeat(200_000)}\0`))
    expect(commandLine.length).toBeLessThanOrEqual(commandLineLimitBytes)
    expect(commandLine.startsWith('java xxx')).toBe(true)
  })

  test('R10 secrets are taken out', () => {
    const line = lineOf('mysql\0--password=hunter2\0https://me:hunter3@example.org/\0')
    expect(line).not.toMatch(/hunter/)
    expect(line).toContain('mysql --password=')
  })

  test('R11 bytes that are not UTF-8 become a replacement', () => {
    expect(parseCommandLine(Uint8Array.from([0x61, 0xe5, 0x90, 0x8c, 0xe6, 0xad, 0])).commandLine).toBe('a同\ufffd')
  })

  test('R12 what a terminal would obey becomes a replacement', () => {
    expect(lineOf('vi\0\u001b]52;c;ZXZpbA==\u0007\u009b2J\u202etxt.exe\0')).toBe(
      'vi \ufffd]52;c;ZXZpbA==\ufffd\ufffd2J\ufffdtxt.exe',
    )
  })

  test('R11, R12 any bytes give well-formed text of one line without controls', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const { commandLine } = parseCommandLine(bytes)
        expect(commandLine.isWellFormed()).toBe(true)
        expect(commandLine).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202a-\u202e]/)
      }),
    )
  })
})

describe('names', () => {
  for (const [kernel, program, name] of [
    ['systemd-resolve', '/lib/systemd/systemd-resolved', 'systemd-resolved'],
    ['gnome-terminal-', '/usr/libexec/gnome-terminal-server --x', 'gnome-terminal-server'],
    ['Web Content', '/usr/lib/firefox/firefox', 'Web Content'],
    ['a-name-of-15-by', '/usr/bin/python3', 'a-name-of-15-by'],
    ['bash', '/usr/bin/bash-that-is-longer', 'bash'],
    ['kworker/0:1', '', 'kworker/0:1'],
  ] as const) {
    test(`R9 "${kernel}" of "${program}" is ${name}`, () => expect(fullName(kernel, program, kernel.length)).toBe(name))
  }
})

describe('/proc/PID/cgroup', () => {
  for (const [what, text, path] of [
    ['version 2', '0::/system.slice/ssh.service\n', '/system.slice/ssh.service'],
    ['hybrid, where version 2 says it', '4:memory:/user.slice\n1:name=systemd:/a\n0::/b.scope\n', '/b.scope'],
    ['version 1 under systemd', '4:memory:/docker/3f\n1:name=systemd:/docker/3f/x\n', '/docker/3f/x'],
    ['version 1 alone', '5:cpu:/\n4:memory:/docker/3f\n', '/docker/3f'],
    ['hybrid, where only version 1 says it', '4:memory:/docker/3f\n1:name=systemd:/\n0::/\n', '/docker/3f'],
    ['the root', '0::/\n', '/'],
    ['a path with a colon', '0::/machine.slice/a:b.scope\n', '/machine.slice/a:b.scope'],
    ['a path a terminal would obey', '0::/\u001b[2J.scope\n', '/\ufffd[2J.scope'],
    ['nothing', '', undefined],
    ['no such line', 'what\never\n', undefined],
  ] as const) {
    test(`membership: ${what}`, () => expect(parseMembership(text)).toBe(path as never))
  }
})
