/** The other names of the one executable; it looks at the name it is called by. */
export const otherNames: readonly string[] = ['sysmond']

export const executableName = (name: string, isWindows: boolean): string => (isWindows ? `${name}.exe` : name)

/** What bun can build for, without its `bun-` in front. */
export const targets: readonly string[] = [
  'linux-x64',
  'linux-x64-baseline',
  'linux-x64-musl',
  'linux-arm64',
  'linux-arm64-musl',
  'darwin-x64',
  'darwin-arm64',
  'windows-x64',
  'windows-x64-baseline',
  'windows-arm64',
]
