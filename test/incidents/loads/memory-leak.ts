/** Takes memory and touches it, megabytes a step, until it is killed: `memory-leak.ts MEGABYTES STEP_MS`. */
const [megabytes = '16', stepMs = '200'] = process.argv.slice(2)
const kept: Uint8Array[] = []
console.log('begun')
for (;;) {
  kept.push(new Uint8Array(Number(megabytes) * 1024 ** 2).fill(kept.length % 255))
  await Bun.sleep(Number(stepMs))
}

export {}
