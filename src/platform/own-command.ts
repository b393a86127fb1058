import path from 'node:path'

/** Where bun keeps the sources inside a compiled executable; the second is that of Windows. */
const embeddedFolder = /^(?:\/\$bunfs\/|[A-Z]:[\\/]~BUN[\\/])/i

export const isCompiled = (folder: string = import.meta.dir): boolean => embeddedFolder.test(folder)

/** The command line that starts another program of this executable; from source, of these sources. */
export function ownCommand(program: string, folder: string = import.meta.dir): string[] {
  if (isCompiled(folder)) return [process.execPath, program]
  return [process.execPath, path.join(folder, '../main/main.ts'), program]
}
