/** Formats, sorts imports and applies the safe fixes: `npm run format`. */
import path from 'node:path'
import { root } from './house/files.ts'

const child = Bun.spawn([path.join(root, 'node_modules/.bin/biome'), 'check', '--write', ...process.argv.slice(2)], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
})
process.exitCode = await child.exited
