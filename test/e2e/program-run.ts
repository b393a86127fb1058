import { endsWithTest, programCommand } from './daemon.ts'

/** One run of a program to its end, as a person at a pipe sees it. */
export interface ProgramRun {
  readonly code: number
  readonly stdout: string
  /** Lines of standard error. */
  readonly stderr: readonly string[]
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Put before the command; must become it (exec). */
  readonly enter?: readonly string[]
  readonly cwd?: string
}

/** Longer than anything asked for here takes: who is still there then hangs. Milliseconds. */
const hangsAfterMs = 20_000

export async function runProgram(
  program: 'sysmond' | 'sysmon',
  args: readonly string[],
  { env = {}, enter = [], cwd }: RunOptions = {},
): Promise<ProgramRun> {
  const child = Bun.spawn([...endsWithTest, ...enter, ...programCommand(program), ...args], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...withoutOurs(process.env), ...env },
    ...(cwd === undefined ? {} : { cwd }),
    timeout: hangsAfterMs,
    killSignal: 'SIGKILL',
  })
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  await child.exited
  if (child.signalCode !== null)
    throw new Error(`${program} ${args.join(' ')} was ended by ${child.signalCode}: ${stderr}`)
  return { code: child.exitCode as number, stdout, stderr: stderr.split('\n').filter((line) => line !== '') }
}

/** What the person who runs the tests has set for sysmon must not decide them. */
const withoutOurs = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('SYSMON_')))
