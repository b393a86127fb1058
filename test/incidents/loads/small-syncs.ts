import { fsyncSync, openSync, writeSync } from 'node:fs'

/** Writes a few bytes and waits until they are on the disk, again and again, until it is ended: `small-syncs.ts PATH`. */
const file = openSync(process.argv[2] ?? '', 'w')
const line = new Uint8Array(512).fill(65)
console.log('begun')
for (;;) {
  writeSync(file, line, 0, line.length, 0)
  fsyncSync(file)
}
