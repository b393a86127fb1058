/** A program that a test starts and ends again, by its pid. */
export interface TestProcess {
  readonly pid: number
  /** Resolves to the signal that ended it, or its exit code. */
  readonly ended: Promise<string | number | null>
  /** Resolves when it has written the line. */
  said(line: string): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export function startProcess(command: readonly string[], environment: Record<string, string> = {}): TestProcess {
  const child = Bun.spawn([...command], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
    env: { ...process.env, ...environment },
  })
  let output = ''
  const reader = child.stdout.getReader()
  return {
    pid: child.pid,
    ended: child.exited.then(() => child.signalCode ?? child.exitCode),
    async said(line) {
      while (!output.includes(line)) {
        const { value, done } = await reader.read()
        if (done) throw new Error(`it ended without saying ${line}: ${output}`)
        output += new TextDecoder().decode(value)
      }
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill('SIGKILL')
      await child.exited
    },
  }
}
