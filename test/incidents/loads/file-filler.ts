import { closeSync, openSync, writeSync } from 'node:fs'

/** Writes to a file until there is no room, then waits to be ended: `file-filler.ts PATH BYTES_A_SECOND`. */
const [path = '', rate = '8388608'] = process.argv.slice(2)
const file = openSync(path, 'w')
const block = new Uint8Array(Number(rate) / 10).fill(65)
console.log('begun')
try {
  for (;;) {
    writeSync(file, block)
    await Bun.sleep(100)
  }
} catch {
  closeSync(file)
  console.log('full')
}
await Bun.sleep(60_000)
