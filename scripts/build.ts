/**
 * Builds the one executable and its other names: `npm run build` into dist/, `npm run build -- --target=windows-x64`
 * into dist/windows-x64/. bun fetches the runtime of a foreign target by itself, once.
 */
import { linkSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { buildDashboard, describeSizes, embedDashboard } from './build-dashboard.ts'
import { executableName, otherNames, targets } from './house/executable.ts'
import { root } from './house/files.ts'

const { values } = parseArgs({
  options: { target: { type: 'string' }, entry: { type: 'string' }, outdir: { type: 'string' } },
})
const target = values.target?.replace(/^bun-/, '')
if (target !== undefined && !targets.includes(target)) {
  console.error(`unknown target "${target}": one of ${targets.join(', ')}`)
  process.exit(2)
}

const entry = values.entry ?? path.join(root, 'src/main/main.ts')
const folder = values.outdir ?? path.join(root, 'dist', target ?? '')
mkdirSync(folder, { recursive: true })
const isWindows = target === undefined ? process.platform === 'win32' : target.startsWith('windows')
const executable = path.join(folder, executableName('sysmon', isWindows))

const startedNs = Bun.nanoseconds()
const dashboard = await buildDashboard()
console.log(describeSizes(dashboard))
const result = await Bun.build({
  entrypoints: [entry],
  minify: true,
  format: 'esm',
  // Parsed ahead: 11 ms less to start and 0.6 MB less memory. Only at home, where it was seen to hold.
  bytecode: target === undefined,
  throw: false,
  plugins: [embedDashboard(dashboard)],
  define: { SYSMON_COMMIT: JSON.stringify(commitName()) },
  compile: {
    outfile: executable,
    ...(target === undefined ? {} : { target: `bun-${target}` as Bun.Build.CompileTarget }),
    // What lies in the folder a daemon is started from must not change what it does.
    autoloadDotenv: false,
    autoloadBunfig: false,
  },
})
for (const { message, position } of result.logs)
  console.error(position === null ? message : `${position.file}:${position.line}: ${message}`)
if (!result.success) process.exit(1)

for (const name of otherNames) link(executable, path.join(folder, executableName(name, isWindows)))
const megabytes = (statSync(executable).size / 1e6).toFixed(0)
const seconds = ((Bun.nanoseconds() - startedNs) / 1e9).toFixed(1)
console.log(
  `${path.relative(root, executable)} (${megabytes} MB, ${commitName()}) and ${otherNames.join(', ')} in ${seconds} s`,
)

function link(existing: string, name: string): void {
  rmSync(name, { force: true })
  // Windows lets only administrators make symbolic links; a hard link to the same file is free.
  if (isWindows) linkSync(existing, name)
  else symlinkSync(path.basename(existing), name)
}

function commitName(): string {
  const git = (...args: string[]): string =>
    Bun.spawnSync(['git', ...args], { cwd: root })
      .stdout.toString()
      .trim()
  const commit = git('rev-parse', '--short', 'HEAD')
  if (commit === '') return 'unknown'
  return git('status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}+`
}
