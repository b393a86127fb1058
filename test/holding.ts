import { join } from 'node:path'

export interface Holder {
  /** Lets go and waits until the process has ended. */
  release(): Promise<void>
}

/** Another process that holds a database: `exclusive` keeps everybody out, `write` other writers, `read` keeps an old state in view. */
export async function holdDatabase(path: string, mode: 'exclusive' | 'write' | 'read'): Promise<Holder> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'database-holder.ts'), path, mode], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const reader = child.stdout.getReader()
  const { value } = await reader.read()
  if (new TextDecoder().decode(value).trim() !== 'held') throw new Error('the database could not be held')
  return {
    release: async () => {
      child.stdin.end()
      await child.exited
    },
  }
}
