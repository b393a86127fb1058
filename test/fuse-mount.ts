import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { linesOf } from '../src/platform/mount-probe.ts'
import { requireFile, requireRoot, requireTool } from './tools.ts'

/**
 * A mount that answers or does not, visible only to those who enter its mount namespace: nothing else on the machine
 * comes to hang on it.
 */
export interface FuseMount {
  readonly folder: string
  /** In front of a command that shall see the mount. */
  readonly enter: readonly string[]
  /** The mount table in which it stands. */
  readonly mountinfo: string
  /** Questions held back so far. */
  readonly held: number
  answer(): void
  hold(): void
  /** Ends the server: who hangs on it gets an error. */
  close(): Promise<void>
}

export const canMountFuse = (): boolean =>
  requireRoot('mounts a filesystem') &&
  requireFile('/dev/fuse', 'serves a filesystem that does not answer') &&
  requireTool('unshare') &&
  requireTool('nsenter')

export interface FuseMountOptions {
  /** Whoever enters finds the mount in the table of process 1 too: the server is that process there. */
  readonly ownPids?: boolean
}

export async function mountFuse({ ownPids = false }: FuseMountOptions = {}): Promise<FuseMount> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sysmon-fuse-'))
  const server = path.join(import.meta.dir, 'fuse-server.ts')
  const pids = ownPids ? ['--pid', '--fork', '--kill-child', '--mount-proc'] : []
  const own = ['unshare', '-m', '--propagation', 'private', ...pids]
  const child = Bun.spawn([...own, process.execPath, server, folder], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const lines = linesOf(child.stdout)
  if ((await lines.next()).value !== 'mounted') throw new Error('the FUSE server did not start')
  const pid = ownPids ? childOf(child.pid) : child.pid
  let held = 0
  void (async () => {
    for await (const _ of lines) held++
  })()
  const tell = (line: string): void => {
    child.stdin.write(`${line}\n`)
    void child.stdin.flush()
  }
  return {
    folder,
    enter: ['nsenter', '-t', String(pid), '-m', ...(ownPids ? ['-p'] : [])],
    mountinfo: `/proc/${pid}/mountinfo`,
    get held() {
      return held
    },
    answer: () => tell('answer'),
    hold: () => tell('hold'),
    close: async () => {
      void child.stdin.end()
      await child.exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The one process that a process started. */
export const childOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim())
