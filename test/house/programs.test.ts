import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { otherNames } from '../../scripts/house/executable.ts'
import { root } from '../../scripts/house/files.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sysmon-house-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function script(name: string, source: string): string {
  const file = path.join(folder, name)
  writeFileSync(file, source)
  return file
}

async function readUntil(
  reader: { read(): Promise<{ readonly value: Uint8Array | undefined }> },
  word: string,
): Promise<string> {
  let text = ''
  while (!text.includes(word)) {
    const { value } = await reader.read()
    if (value === undefined) break
    text += new TextDecoder().decode(value)
  }
  return text
}

/** The plain Node that npm runs scripts with. */
const node = Bun.which('node') ?? 'node'

describe('run.mjs, the door of the npm scripts', () => {
  const run = (...args: string[]) =>
    Bun.spawn([node, path.join(root, 'scripts/run.mjs'), ...args], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })

  test('passes arguments on and the exit code back', async () => {
    const child = run(
      script('a.ts', 'console.log(process.argv.slice(2).join("|")); process.exitCode = 7'),
      'x',
      '--y=z',
    )
    expect(await child.stdout.text()).toBe('x|--y=z\n')
    expect(await child.exited).toBe(7)
  })

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    test(`passes ${signal} on and waits for the end`, async () => {
      const source = `process.on('${signal}', () => { console.log('got it'); process.exit(3) }); console.log('ready'); setInterval(() => 0, 1000)`
      const child = run(script('b.ts', source))
      const reader = child.stdout.getReader()
      await readUntil(reader, 'ready')
      child.kill(signal)
      expect(await readUntil(reader, 'got it')).toContain('got it')
      expect(await child.exited).toBe(3)
    })

  test('ends by the signal that ended the child', async () => {
    const child = run(script('c.ts', "process.kill(process.pid, 'SIGTERM'); setInterval(() => 0, 1000)"))
    await child.exited
    expect(child.signalCode).toBe('SIGTERM')
  })
})

describe('build', () => {
  const build = (...args: string[]) =>
    Bun.spawn([process.execPath, path.join(root, 'scripts/build.ts'), `--outdir=${folder}`, ...args], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    })

  test('one executable that hears the name it is called by, and knows its version', async () => {
    const version = path.join(root, 'src/base/version.ts')
    const entry = script('m.ts', `import { versionText } from '${version}'\nconsole.log(process.argv0, versionText)`)
    expect(await build(`--entry=${entry}`).exited).toBe(0)
    for (const name of otherNames) expect(lstatSync(path.join(folder, name)).isSymbolicLink()).toBe(true)
    const called = Bun.spawnSync([path.join(folder, 'sysmond')]).stdout.toString()
    expect(called).toMatch(/sysmond \d+\.\d+\.\d+ \(.+\)\n$/)
    expect(called).not.toContain('(source)')
  })

  test('what does not compile is said with its place, exit code 1', async () => {
    const child = build(`--entry=${script('m.ts', "import './nowhere.ts'\n")}`)
    expect(await child.exited).toBe(1)
    expect(await child.stderr.text()).toContain('nowhere.ts')
  })

  test('an unknown target is answered with those there are', async () => {
    const child = build('--target=amiga')
    expect(await child.exited).toBe(2)
    expect(await child.stderr.text()).toContain('linux-arm64')
  })
})
