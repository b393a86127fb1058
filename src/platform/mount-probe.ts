import { statfsSync } from 'node:fs'
import { errnoCode } from '../base/errors.ts'
import type { FilesystemSpace } from './host.ts'
import { spaceOf } from './live-host.ts'

/**
 * The program `__mount-probe`: asks filesystems for their space where asking may block for ever (F1). A process of its
 * own, since a thread in an uninterruptible statfs(2) can be neither given back nor ended. It hangs when the mount
 * hangs: who asks puts up with the loss (remote-space.ts). docs/decisions/006-mount-probe.md
 */

/** One line of JSON on its standard input. */
export interface ProbeRequest {
  readonly id: number
  readonly path: string
}
/** One line of JSON on its standard output for each request, in order. `code` is the errno name. */
export type ProbeAnswer =
  | { readonly id: number; readonly space: FilesystemSpace }
  | { readonly id: number; readonly error: { readonly code: string } }

/** Resolves to the exit code when its standard input closes, which it does when the daemon ends however it ends. */
export async function runMountProbe(): Promise<number> {
  await dieWithParent()
  const output = Bun.stdout.writer()
  for await (const line of linesOf(Bun.stdin.stream())) {
    output.write(`${JSON.stringify(answer(JSON.parse(line) as ProbeRequest))}\n`)
    await output.flush()
  }
  return 0
}

function answer({ id, path }: ProbeRequest): ProbeAnswer {
  try {
    return { id, space: spaceOf(statfsSync(path)) }
  } catch (error) {
    return { id, error: { code: errnoCode(error) ?? 'EUNKNOWN' } }
  }
}

/** Whole lines of a stream; what is left at its end without a line end is half a line, and dropped. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

/**
 * A probe that hangs does not see its input close. Linux can be asked to end it with its parent; elsewhere it ends when
 * the mount returns. That it cannot be asked (no C library found) leaves exactly that.
 */
async function dieWithParent(): Promise<void> {
  if (process.platform !== 'linux') return
  const { endWithParent } = await import('./linux/libc.ts')
  endWithParent()
}
