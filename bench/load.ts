/**
 * Everything here ends with the bench, however that ends: the children read from a pipe whose other end only the bench
 * holds, and the kernel closes it when the bench is gone, killed or not.
 */

/** Waits for the end of its input in as many processes as it is told; they share its input. */
const idleScript = 'exec 3<&0; n=$1; while [ "$n" -gt 0 ]; do cat <&3 >/dev/null & n=$((n - 1)); done; exec 3<&-; wait'
/** Runs a command until its input ends. */
const tiedScript = 'exec 3<&0; "$@" & child=$!; cat <&3 >/dev/null; kill "$child"; wait "$child"'

interface Tied {
  /** Of the shell that holds it: the command is its first child. */
  readonly pid: number
  end(): void
}

function runScript(script: string, rest: readonly string[]): Tied {
  const child = Bun.spawn(['sh', '-c', script, 'sh', ...rest], { stdin: 'pipe', stdout: 'ignore', stderr: 'ignore' })
  return {
    pid: child.pid,
    end: () => {
      void child.stdin.end()
    },
  }
}

/** Processes that do nothing, to have a machine of a known size. */
export const idleProcesses = (count: number): Tied => runScript(idleScript, [String(count)])

/** A command whose output nobody reads; SIGTERM ends it. */
export const tiedCommand = (command: readonly string[]): Tied => runScript(tiedScript, command)

/** Keeps all CPUs busy with stress-ng for a while; `undefined` when it is not installed. */
export function busyMachine(seconds: number): Tied | undefined {
  if (Bun.which('stress-ng') === null) return undefined
  const workers = ['--cpu', '0', '--vm', '1', '--vm-bytes', '256M']
  return tiedCommand(['stress-ng', ...workers, '--timeout', `${seconds}s`])
}
