import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { allMetricNames } from '../metric-names.ts'
import { commands } from '../tree.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { zshScript } from './zsh.ts'

const scripts = { bash: bashScript(commands), zsh: zshScript(commands), fish: fishScript(commands) }

/** What a shell offers for the last of the words, in a folder of its own with one file and one directory. */
function offered(shell: 'bash' | 'fish', words: readonly string[]): readonly string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'sysmon-'))
  try {
    const script = path.join(folder, 'completions')
    writeFileSync(script, scripts[shell])
    const asked = shell === 'bash' ? bashAsking(script, words) : `source ${script}; complete -C '${words.join(' ')}'`
    const { stdout, stderr } = Bun.spawnSync(
      [shell, ...(shell === 'bash' ? ['--norc'] : ['--no-config']), '-c', asked],
      {
        cwd: folder,
        env: { HOME: folder, PATH: process.env.PATH ?? '' },
      },
    )
    expect(stderr.toString()).toBe('')
    return stdout
      .toString()
      .split('\n')
      .map((line) => line.split('\t')[0] ?? '')
      .filter((line) => line !== '')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const bashAsking = (script: string, words: readonly string[]): string =>
  `source ${script}; complete -p sysmon >/dev/null || exit 1; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _sysmon; printf '%s\\n' "\${COMPREPLY[@]}"`

const shells = (['bash', 'fish'] as const).filter((shell) => Bun.which(shell) !== null)

for (const shell of shells) {
  describe(shell, () => {
    test('every command is offered', () => {
      const words = offered(shell, ['sysmon', ''])
      for (const { name } of commands) expect(words).toContain(name)
    })

    for (const [words, expected] of [
      [['sysmon', 'st'], ['status']],
      [['sysmon', 'config', 'c'], ['check']],
      [['sysmon', 'ps', '--li'], ['--limit']],
      [['sysmon', 'ps', '--sort', 'pp'], ['ppid']],
      [['sysmon', 'kill', '--signal', 'TER'], ['TERM']],
      [['sysmon', 'completions', 'z'], ['zsh']],
      [['sysmon', 'history', 'system.cpu.uti'], ['system.cpu.utilization']],
      [['sysmon', 'watch', 'system.uptime', 'system.memory.uti'], ['system.memory.utilization']],
      [['sysmon', 'ps', '--data-dir', 'x', '--tr'], ['--tree']],
    ] as const) {
      test(`${words.join(' ')} → ${expected.join(' ')}`, () => {
        expect(offered(shell, words)).toEqual([...expected])
      })
    }

    test('metrics come from the catalogue, all of them', () => {
      expect([...offered(shell, ['sysmon', 'history', ''])].filter((word) => word.includes('.')).sort()).toEqual(
        [...allMetricNames].sort(),
      )
    })

    for (const words of [
      ['sysmon', 'ps', '--sort', ''],
      ['sysmon', 'kill', '--signal', ''],
      ['sysmon', 'ps', '--limit', ''],
      ['sysmon', 'status', '--at', ''],
    ])
      test(`no files where none is wanted: ${words.join(' ')}`, () => {
        expect(offered(shell, words)).not.toContain('completions')
      })

    test('help knows the commands', () => {
      expect(offered(shell, ['sysmon', 'help', 'st'])).toEqual(['status'])
    })

    test('files where a file is wanted', () => {
      expect(offered(shell, ['sysmon', 'config', 'check', 'comp'])).toEqual(['completions'])
    })
  })
}

test.if(Bun.which('bash') !== null)('bash goes on with a list of columns', () => {
  expect(offered('bash', ['sysmon', 'ps', '-c', 'pid,pp'])).toEqual(['pid,ppid'])
})

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  const program = Bun.which(shell)
  test.if(program !== null)(`the script is right to ${shell} itself`, () => {
    const noExecution = shell === 'fish' ? '--no-execute' : '-n'
    const { exitCode, stderr } = Bun.spawnSync([shell, noExecution, '/dev/stdin'], {
      stdin: Buffer.from(scripts[shell]),
    })
    expect([exitCode, stderr.toString()]).toEqual([0, ''])
  })

  test(`${shell}: every option of every command stands in the script`, () => {
    for (const { options, subcommands } of commands) {
      for (const { flags } of [...(options ?? []), ...(subcommands ?? []).flatMap((each) => each.options ?? [])]) {
        const long = /--([a-z-]+)/.exec(flags)?.[1] ?? ''
        expect(scripts[shell]).toContain(shell === 'fish' ? `-l ${long}` : `--${long}`)
      }
    }
  })
}
