/**
 * Bundles src/dashboard into dist/dashboard: what changes has its hash in its name, everything lies there once more
 * gzipped, and nothing asks for anything outside. `node scripts/run.mjs scripts/build-dashboard.ts` prints the sizes.
 */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { root } from './house/files.ts'

const source = path.join(root, 'src/dashboard')
export const dashboardFolder = path.join(root, 'dist/dashboard')

/** All of the dashboard, gzipped, bytes (design section 9). */
export const budgetBytes = 150 * 1024

export interface BuiltFile {
  readonly name: string
  readonly bytes: number
  readonly gzipBytes: number
}

/** Throws an AggregateError of what the bundler found wrong. */
export async function buildDashboard(folder: string = dashboardFolder): Promise<readonly BuiltFile[]> {
  const { outputs } = await Bun.build({
    entrypoints: [path.join(source, 'start.ts')],
    target: 'browser',
    format: 'esm',
    splitting: true,
    minify: true,
    publicPath: '/',
    naming: { entry: '[name]-[hash].[ext]', chunk: '[name]-[hash].[ext]', asset: '[name]-[hash].[ext]' },
    define: { 'process.env.NODE_ENV': '"production"' },
    jsx: { runtime: 'automatic', development: false },
  })
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const files: BuiltFile[] = []
  for (const output of outputs)
    files.push(await write(folder, path.basename(output.path), new Uint8Array(await output.arrayBuffer())))
  const script = outputs.find(({ kind }) => kind === 'entry-point')
  const style = outputs.find(({ path: name }) => name.endsWith('.css'))
  const rest = outputs.find(({ path: name }) => /^main-.*\.js$/.test(path.basename(name)))
  if (script === undefined || rest === undefined || style === undefined)
    throw new Error('the bundler made no script or no style')
  const page = await Bun.file(path.join(source, 'index.html')).text()
  const filled = page
    .replace('/start.ts', `/${path.basename(script.path)}`)
    .replace('/main.tsx', `/${path.basename(rest.path)}`)
    .replace('/style.css', `/${path.basename(style.path)}`)
  files.push(await write(folder, 'index.html', new TextEncoder().encode(filled)))
  files.push(await write(folder, 'icon.svg', await Bun.file(path.join(source, 'icon.svg')).bytes()))
  return files
}

async function write(folder: string, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<BuiltFile> {
  // Takes longer than zlib and makes 3 % less: it is built once and sent often.
  const gzipped = Bun.gzipSync(bytes, { library: 'libdeflate', level: 12 })
  await Bun.write(path.join(folder, name), bytes)
  await Bun.write(path.join(folder, `${name}.gz`), gzipped)
  return { name, bytes: bytes.length, gzipBytes: gzipped.length }
}

/** Whether a file of the source is newer than what was built. */
export function isStale(folder: string = dashboardFolder): boolean {
  const page = path.join(folder, 'index.html')
  if (Bun.file(page).size === 0) return true
  const builtMs = statSync(page).mtimeMs
  return readdirSync(source, { recursive: true, withFileTypes: true }).some(
    (entry) => entry.isFile() && statSync(path.join(entry.parentPath, entry.name)).mtimeMs > builtMs,
  )
}

/**
 * The module that stands in for src/main/dashboard-embedded.ts in an executable: every gzipped file, by name. The page
 * alone travels as it is.
 */
export function embeddedModule(files: readonly BuiltFile[], folder: string = dashboardFolder): string {
  const imports = files.map(
    ({ name }, place) =>
      `import file${place} from ${JSON.stringify(path.join(folder, `${name}.gz`))} with { type: 'file' }`,
  )
  const entries = files.map(({ name }, place) => `  ${JSON.stringify(name)}: file${place},`)
  return `${imports.join('\n')}\nexport const embedded = {\n${entries.join('\n')}\n}\n`
}

/** For Bun.build of the executable. */
export function embedDashboard(files: readonly BuiltFile[]): Bun.BunPlugin {
  return {
    name: 'dashboard',
    setup(build) {
      build.onLoad({ filter: /src[\\/]main[\\/]dashboard-embedded\.ts$/ }, () => ({
        contents: embeddedModule(files),
        loader: 'ts',
      }))
    },
  }
}

export function describeSizes(files: readonly BuiltFile[]): string {
  const total = files.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0)
  return `dashboard: ${files.length} files, ${(total / 1024).toFixed(1)} KiB gzipped of ${budgetBytes / 1024} allowed`
}

if (import.meta.main) {
  const files = await buildDashboard()
  for (const { name, bytes, gzipBytes } of files)
    console.log(
      `${name.padEnd(40)} ${(bytes / 1024).toFixed(1).padStart(8)} KiB ${(gzipBytes / 1024).toFixed(1).padStart(8)} KiB gzipped`,
    )
  console.log(describeSizes(files))
  if (files.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0) > budgetBytes) process.exitCode = 1
}
