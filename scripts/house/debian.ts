import { existsSync } from 'node:fs'

/** Programs that tests compare with or need, and the Debian packages that hold them. The one list. */
export const toolPackages: Readonly<Record<string, string>> = {
  bash: 'bash',
  chromium: 'chromium',
  df: 'coreutils',
  free: 'procps',
  fusermount3: 'fuse3',
  git: 'git',
  ip: 'iproute2',
  lsblk: 'util-linux',
  nsenter: 'util-linux',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  ps: 'procps',
  setpriv: 'util-linux',
  sqlite3: 'sqlite3',
  ss: 'iproute2',
  'stress-ng': 'stress-ng',
  tmux: 'tmux',
  unshare: 'util-linux',
  'victoria-metrics': 'victoria-metrics',
  vmstat: 'procps',
  wine: 'wine',
  wineserver: 'wine64',
  'x86_64-w64-mingw32-gcc': 'gcc-mingw-w64-x86-64',
}

export const missingPackages = (has: (tool: string) => boolean): string[] => [
  ...new Set(
    Object.entries(toolPackages)
      .filter(([tool]) => !has(tool))
      .map(([, name]) => name),
  ),
]

/** Installs what is missing where that needs nobody's leave: as root on a Debian system. Elsewhere those tests skip. */
export function installTools(): void {
  const missing = missingPackages((tool) => Bun.which(tool) !== null)
  if (missing.length === 0 || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  console.log(`Installing Debian packages that the tests use: ${missing.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args: string[]): boolean =>
    Bun.spawnSync(['apt-get', '-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] }).exitCode === 0
  if (apt('update') && apt('install', '-y', '--no-install-recommends', ...missing)) return
  console.log('They could not be installed: the tests that need them will be skipped and named.')
}
