import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { endsWithTest, repository } from './e2e/daemon.ts'
import { requireThat, requireTool } from './tools.ts'

/**
 * The product as it ships for Windows, run by Wine: built for windows-x64 from here, in a prefix of its own that goes
 * with the test. Wine's processes are its own; what it tells of memory and CPUs comes from this machine.
 */
export interface Wine {
  /** A folder of this machine that may be used, and goes with the rest. */
  readonly folder: string
  readonly executable: string
  start(command: readonly string[], env?: Readonly<Record<string, string>>): Bun.Subprocess<'ignore', 'pipe', 'pipe'>
  /** Runs to its end. */
  run(command: readonly string[], env?: Readonly<Record<string, string>>): Promise<WineRun>
  close(): Promise<void>
}
export interface WineRun {
  readonly code: number
  readonly output: string
  readonly errors: string
}

const compiler = 'x86_64-w64-mingw32-gcc'

/** Whether Windows programs of 64 bits can be built and run here; what is missing is named. */
export const canRunWine = (): boolean =>
  requireTool('wine') &&
  requireTool('wineserver') &&
  requireTool(compiler) &&
  requireThat(process.arch === 'x64', 'Wine runs programs for x64 on x64')

/** A path of this machine as Windows programs see it. */
export const windowsPath = (file: string): string => `Z:${file.replaceAll('/', '\\')}`

/** Throws when the executable cannot be built: a runtime for Windows is fetched the first time. */
export async function openWine(): Promise<Wine> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sysmon-wine-'))
  const environment = {
    ...process.env,
    WINEPREFIX: path.join(folder, 'prefix'),
    WINEDEBUG: '-all',
    // Neither of them is there, and nobody is asked to install them.
    WINEDLLOVERRIDES: 'mscoree,mshtml=',
    DISPLAY: '',
  }
  const start: Wine['start'] = (command, env = {}) =>
    Bun.spawn([...endsWithTest, 'wine', ...command], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      cwd: folder,
      env: { ...environment, ...env },
    })
  const wine: Wine = {
    folder,
    executable: path.join(folder, 'program/sysmon.exe'),
    start,
    run: async (command, env) => {
      const child = start(command, env)
      const [output, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
      return { code: await child.exited, output: output.replaceAll('\r\n', '\n'), errors }
    },
    close: async () => {
      // Ends what runs in this prefix, and nothing else.
      await Bun.spawn(['wineserver', '-k'], { env: environment, stdio: ['ignore', 'ignore', 'ignore'] }).exited
      await Bun.spawn(['wineserver', '-w'], { env: environment, stdio: ['ignore', 'ignore', 'ignore'] }).exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
  try {
    await build(path.dirname(wine.executable))
    return wine
  } catch (error) {
    await wine.close()
    throw error
  }
}

async function build(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const library = path.join(folder, 'bcryptprimitives.dll')
  const source = path.join(import.meta.dir, 'wine/bcryptprimitives.c')
  await succeed([compiler, '-shared', '-O1', '-o', library, source, '-ladvapi32'])
  const script = path.join(repository, 'scripts/build.ts')
  await succeed([process.execPath, script, '--target=windows-x64', `--outdir=${folder}`])
}

async function succeed(command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command], { cwd: repository, stdout: 'pipe', stderr: 'pipe' })
  const texts = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  if ((await child.exited) !== 0) throw new Error(`${command.join(' ')}\n${texts.join('\n')}`)
}
