/**
 * Writes what is generated (`npm run docs`), or with --check only says what is not up to date. The lock of the catalogue
 * is part of it: it grows by itself, and what would break it is refused.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type CatalogueLock, compareLocks, currentLock, formatLock, lockFile } from './house/catalogue-lock.ts'
import { root } from './house/files.ts'
import { generated } from './house/generated.ts'
import { missingTraps } from './house/traps.ts'

const isCheck = process.argv.includes('--check')
const problems: string[] = []

const lockPath = path.join(root, lockFile)
if (existsSync(lockPath))
  problems.push(...compareLocks(JSON.parse(readFileSync(lockPath, 'utf8')) as CatalogueLock, currentLock()))
if (problems.length === 0) bringUpToDate(lockFile, formatLock(currentLock()))
for (const [file, write] of Object.entries(generated)) bringUpToDate(file, await write())
if (isCheck) problems.push(...missingTraps())

for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1

function bringUpToDate(file: string, text: string): void {
  const place = path.join(root, file)
  if (existsSync(place) && readFileSync(place, 'utf8') === text) return
  if (isCheck) problems.push(`${file} is not up to date: npm run docs`)
  else writeFileSync(place, text)
}
