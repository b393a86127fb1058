/** Processes that do nothing, to have a machine of a known size. Ended by pid. */
export function idleProcesses(count: number): { end(): void } {
  const children = Array.from({ length: count }, () =>
    Bun.spawn(['sleep', '86400'], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' }),
  )
  return {
    end: () => {
      for (const child of children) child.kill('SIGKILL')
    },
  }
}

/** Keeps all CPUs busy with stress-ng for a while; `undefined` when it is not installed. */
export function busyMachine(seconds: number): { end(): void } | undefined {
  if (Bun.which('stress-ng') === null) return undefined
  const child = Bun.spawn(['stress-ng', '--cpu', '0', '--vm', '1', '--vm-bytes', '256M', '--timeout', `${seconds}s`], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
  })
  return { end: () => child.kill('SIGTERM') }
}
