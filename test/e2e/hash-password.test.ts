import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { requireTool } from '../tools.ts'
import { programCommand } from './daemon.ts'
import { openTerminal, type Terminal } from './tmux.ts'

/** `sysmon token hash-password` at a real terminal: nobody reads over the shoulder, and the shell gets its echo back. */
const hasTmux = requireTool('tmux')

async function typing(type: (terminal: Terminal) => Promise<void>): Promise<string> {
  const directory = mkdtempSync(path.join(tmpdir(), 'sysmon-password-'))
  const terminal = openTerminal(directory)
  try {
    const command = [...programCommand('sysmon'), 'token', 'hash-password'].join(' ')
    terminal.keys(`${command} > ${directory}/hash; echo "ended $?"; stty -a | grep -o -e '-*echo '`, 'Enter')
    await terminal.shows(/not shown\):/)
    await type(terminal)
    const screen = await terminal.shows(/^ended \d+[\s\S]*^echo/m)
    const hash = (await Bun.file(`${directory}/hash`).text()).trim()
    if (hash !== '') expect(await Bun.password.verify('correct hörse', hash)).toBe(true)
    return screen
  } finally {
    terminal.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

test('a password from standard input: its first line, without an end of line of either kind', async () => {
  for (const text of ['correct hörse', 'correct hörse\n', 'correct hörse\r\nsecond line\n']) {
    const stdin = new TextEncoder().encode(text)
    const child = Bun.spawn([...programCommand('sysmon'), 'token', 'hash-password'], { stdin, stderr: 'pipe' })
    const hash = (await new Response(child.stdout).text()).trim()
    expect([await child.exited, await new Response(child.stderr).text()]).toEqual([0, ''])
    expect(await Bun.password.verify('correct hörse', hash)).toBe(true)
  }
})

describe.skipIf(!hasTmux)('V4: a password that is typed', () => {
  test('V4: is not shown, asked for twice, and may be corrected', async () => {
    const screen = await typing(async ({ keys, shows }) => {
      keys('correct hörsee', 'BSpace', 'Enter')
      await shows(/same again:/)
      keys('correct hörse', 'Enter')
    })
    expect(screen).toContain('ended 0')
    expect(screen).not.toMatch(/correct|rse/)
  })

  test('is not taken when it is another the second time', async () => {
    const screen = await typing(async ({ keys, shows }) => {
      keys('one', 'Enter')
      await shows(/same again:/)
      keys('two', 'Enter')
    })
    expect(screen).toContain('two different passwords')
    expect(screen).toContain('ended 1')
  })

  test('is given up by Ctrl-C', async () => {
    expect(await typing(async ({ keys }) => keys('half', 'C-c'))).toContain('ended 130')
  })
})
