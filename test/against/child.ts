import { readFileSync } from 'node:fs'
import { linesOf } from '../../src/platform/mount-probe.ts'

/** A process that does as it is told: a line to its standard input, a line back when done. Ends with its input. */
export interface Child {
  readonly pid: number
  tell(line: string): void
  /** The next line that it prints. */
  said(): Promise<string>
  /** Ends it and waits until it is gone. */
  end(): Promise<void>
}

export function startChild(command: readonly string[]): Child {
  const child = Bun.spawn([...command], { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' })
  const lines = linesOf(child.stdout)
  return {
    pid: child.pid,
    tell: (line) => {
      child.stdin.write(`${line}\n`)
      void child.stdin.flush()
    },
    said: async () => {
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`${command[0]} ended without a word`)
      return value
    },
    end: async () => {
      child.kill('SIGKILL')
      await child.exited
    },
  }
}

/** In front of a script, which is told things line by line. */
export const linesOfInput = 'const lines = console[Symbol.asyncIterator]()\n'

/** A child in TypeScript: `lines` gives what it is told. */
export const startScript = (source: string): Child => startChild([process.execPath, '-e', linesOfInput + source])

/** Seconds that all threads of a process have run, in nanoseconds of the scheduler: proc_pid_schedstat(5). */
export function scheduledSeconds(pid: number): number {
  let sum = 0
  for (const thread of new Bun.Glob('*').scanSync({ cwd: `/proc/${pid}/task`, onlyFiles: false })) {
    const [ran] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
    sum += Number(ran) / 1e9
  }
  return sum
}
