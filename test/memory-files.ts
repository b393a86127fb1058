import type { ConfigFiles, FileFacts } from '../src/config/files.ts'

/** Files of a config in memory; `error` makes reading fail as the system would. */
export interface MemoryFile {
  readonly text: string
  readonly mode?: number
  readonly kind?: FileFacts['kind']
  readonly error?: string
}

export function memoryFiles(files: Record<string, MemoryFile>): ConfigFiles {
  return {
    stat(file) {
      const found = files[file]
      if (found === undefined) return undefined
      return { kind: found.kind ?? 'file', bytes: found.text.length, mode: found.mode ?? 0o600 }
    },
    readText(file) {
      const found = files[file]
      if (found?.error !== undefined) throw Object.assign(new Error(`${found.error}: ${file}`), { code: found.error })
      return found?.text ?? ''
    },
    create(file, text) {
      if (files[file] !== undefined) throw Object.assign(new Error('EEXIST'), { code: 'EEXIST' })
      files[file] = { text, mode: 0o600 }
    },
  }
}
