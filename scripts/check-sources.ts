/** The checks that read every file once: import arrows, bans, sizes, names, forbidden content. Exit code 1 on any. */
import { checkFile, type Violation } from './house/arrows.ts'
import { checkContent, checkLock } from './house/content.ts'
import { projectFiles, readProjectFile } from './house/files.ts'
import { checkName, checkSize } from './house/sizes.ts'

const violations: Violation[] = []
let files = 0
for (const file of projectFiles(/./)) {
  if (file.startsWith('test/fixtures/')) continue
  const text = readProjectFile(file)
  files++
  violations.push(...checkContent(file, text))
  if (!/\.(?:ts|tsx|mjs)$/.test(file)) continue
  violations.push(...checkFile(file, text), ...checkSize(file, text), ...checkName(file))
}
violations.push(...checkLock(readProjectFile('package-lock.json')))

for (const { file, line, message } of violations) console.log(`${file}:${line}: ${message}`)
console.log(
  violations.length === 0 ? `${files} files, nothing to say` : `${violations.length} violations in ${files} files`,
)
process.exitCode = violations.length === 0 ? 0 : 1
