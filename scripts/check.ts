/**
 * Everything that can be checked without running the tests, side by side: `npm run check`. Prints what is wrong and
 * ends with one line `N passed, N failed`.
 */
import path from 'node:path'
import { root } from './house/files.ts'

const bin = (name: string): string => path.join(root, 'node_modules', '.bin', name)
const script = (name: string, ...args: string[]): string[] => [
  process.execPath,
  path.join(root, 'scripts', name),
  ...args,
]

const checks: Readonly<Record<string, readonly string[]>> = {
  'format and lint': [bin('biome'), 'check', '--error-on-warnings'],
  types: [bin('tsc'), '-p', 'tsconfig.json'],
  'types, neutral folders': [bin('tsc'), '-p', 'tsconfig.neutral.json'],
  'types, dashboard': [bin('tsc'), '-p', 'tsconfig.dashboard.json'],
  'arrows, bans, sizes, content': script('check-sources.ts'),
  'generated files': script('docs.ts', '--check'),
}

interface Outcome {
  readonly name: string
  readonly isOk: boolean
  readonly seconds: number
  readonly output: string
}

async function run(name: string, command: readonly string[]): Promise<Outcome> {
  const startedNs = Bun.nanoseconds()
  const child = Bun.spawn([...command], { cwd: root, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  const seconds = (Bun.nanoseconds() - startedNs) / 1e9
  return { name, isOk: code === 0, seconds, output: `${stdout}${stderr}`.trim() }
}

const outcomes = await Promise.all(Object.entries(checks).map(([name, command]) => run(name, command)))
for (const { name, output } of outcomes.filter(({ isOk }) => !isOk)) console.log(`── ${name}\n${output}\n`)
for (const { name, isOk, seconds } of outcomes)
  console.log(`${isOk ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)`)

const failed = outcomes.filter(({ isOk }) => !isOk).length
console.log(`${outcomes.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
