/**
 * `npm test`: installs the tools that tests compare with, runs every test with coverage, names what was skipped and
 * why, and ends with one line `N passed, N failed, N skipped`. Arguments go to bun test, and then coverage is not judged.
 */
import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { measureCoverage } from './house/coverage.ts'
import { installTools } from './house/debian.ts'
import { projectFiles, readProjectFile, root } from './house/files.ts'
import { parseJunit, type TestCase } from './house/junit.ts'

const leastCoverage = 0.8
const arguments_ = process.argv.slice(2)
const isWhole = arguments_.length === 0
const folder = path.join(root, 'coverage')
const report = path.join(folder, 'junit.xml')
const skipReasons = path.join(folder, 'skipped.txt')

installTools()
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const exitCode = await runTests()
const cases = (await Bun.file(report).exists()) ? parseJunit(await Bun.file(report).text()) : []
const failures = [...failedCases(cases), ...(isWhole ? filesThatDidNotRun(cases) : [])]
if (exitCode !== 0 && failures.length === 0) failures.push(`bun test ended with exit code ${exitCode}, see above`)
if (isWhole) failures.push(...(await tooLittleCoverage()))
await printSkipped(cases)
for (const failure of failures) console.log(`FAILED ${failure}`)

const count = (outcome: TestCase['outcome']): number => cases.filter((test) => test.outcome === outcome).length
console.log(`${count('passed')} passed, ${failures.length} failed, ${count('skipped')} skipped`)
process.exitCode = failures.length === 0 ? 0 : 1

function runTests(): Promise<number> {
  const coverage = ['--coverage', '--coverage-reporter=lcov', `--coverage-dir=${folder}`]
  const junit = ['--reporter=junit', `--reporter-outfile=${report}`]
  // Generous: a test waits for a state, never for a time, so the bound only ends what hangs.
  const timeout = '--timeout=120000'
  const child = Bun.spawn([process.execPath, 'test', timeout, ...junit, ...(isWhole ? coverage : []), ...arguments_], {
    cwd: root,
    env: { ...process.env, SYSMON_SKIP_REASONS: skipReasons },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return child.exited
}

function failedCases(all: readonly TestCase[]): string[] {
  return all.filter(({ outcome }) => outcome === 'failed').map(({ file, name }) => `${file}: ${name}`)
}

/** A file that cannot be loaded has no cases in the report, and would otherwise only be missed. */
function filesThatDidNotRun(all: readonly TestCase[]): string[] {
  const ran = new Set(all.map(({ file }) => file))
  return projectFiles(/^(?!node_modules\/).*\.test\.tsx?$/)
    .filter((file) => !ran.has(file))
    .map((file) => `${file}: did not run`)
}

async function tooLittleCoverage(): Promise<string[]> {
  const lcov = Bun.file(path.join(folder, 'lcov.info'))
  const sources = projectFiles(/^src\/(?!.*\.test\.ts$).*\.tsx?$/)
  const coverage = measureCoverage(
    (await lcov.exists()) ? await lcov.text() : '',
    new Map(sources.map((file) => [file, readProjectFile(file)])),
  )
  const share = coverage.covered / coverage.lines
  const percent = (share * 100).toFixed(1)
  console.log(`\nCoverage: ${percent} % of ${coverage.lines} lines in src/ (at least ${leastCoverage * 100} %)`)
  if (share >= leastCoverage) return []
  for (const { file, lines, covered } of coverage.files.slice(0, 20))
    console.log(`  ${covered} of ${lines} lines: ${file}`)
  return [`coverage: ${percent} % of lines`]
}

async function printSkipped(all: readonly TestCase[]): Promise<void> {
  const skipped = all.filter(({ outcome }) => outcome === 'skipped')
  if (skipped.length > 0) console.log('\nSkipped:')
  for (const { file, name } of skipped) console.log(`  ${file}: ${name}`)
  const reasons = Bun.file(skipReasons)
  if (await reasons.exists()) console.log((await reasons.text()).trim().replaceAll(/^/gm, '  because '))
}
