/**
 * The door through which every npm script goes: sets up what is missing, then runs bun with the arguments given.
 *   node scripts/run.mjs scripts/check.ts
 */
import { spawn } from 'node:child_process'
import { bunPath, root } from './bun-path.mjs'
import { setUp } from './setup.mjs'

setUp()
const child = spawn(bunPath(), process.argv.slice(2), { cwd: root, stdio: 'inherit' })

// At a terminal Ctrl-C reaches the child by itself: passing it on would make it two. Other senders mean only us.
process.on('SIGINT', () => {
  if (!process.stdin.isTTY) child.kill('SIGINT')
})
process.on('SIGTERM', () => child.kill('SIGTERM'))
process.on('SIGHUP', () => child.kill('SIGHUP'))

child.on('error', (error) => {
  console.error(`cannot run bun: ${error.message}`)
  process.exit(1)
})
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
})
