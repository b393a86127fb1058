import { openSync } from 'node:fs'

/** Opens files and closes none, until it may open no more, then waits to be ended. */
const aStep = 100
console.log('begun')
for (let opened = 0; opened < 15_000; opened += aStep) {
  for (let i = 0; i < aStep; i++) openSync('/dev/null', 'r')
  await Bun.sleep(100)
}
await Bun.sleep(60_000)
