import { afterAll, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { systemClock } from '../../src/base/clock.ts'
import type { DerivedName } from '../../src/catalogue/catalogue.ts'
import { systemCollectors } from '../../src/collect/collectors/every.ts'
import { Registry } from '../../src/collect/registry.ts'
import { planDerived } from '../../src/derive/plan.ts'
import { FrameBuilder } from '../../src/frame/builder.ts'
import { SeriesTable } from '../../src/frame/series-table.ts'
import { eventually } from '../e2e/daemon.ts'
import { requireTool } from '../tools.ts'
import { scheduledSeconds, startChild } from './child.ts'
import { differences, outside, run, ticksPerSecond, words } from './live.ts'
import { livePlatform } from './live-platform.ts'

/** From the machine to the numbers that people see: collectors, registry, frame and formulas, as in the daemon. */
const platform = await livePlatform()
afterAll(() => platform.close())
const series = new SeriesTable()
const registry = new Registry(systemCollectors(platform, series), series, systemClock)
const builder = new FrameBuilder()
let ticks = 0

interface Snapshot {
  readonly atMs: number
  readonly values: ReadonlyMap<number, number>
}
function tick(): Snapshot {
  const atMs = performance.now()
  registry.runTick(builder, ticks++)
  const header = { seq: ticks, unixMs: Date.now(), elapsedMs: 1000, gap: 'none', isKey: true } as const
  const { ids, values } = builder.finish(header)
  return { atMs, values: new Map(Array.from(ids, (id, i) => [id, values[i] as number])) }
}

function derive(name: DerivedName, before: Snapshot, now: Snapshot): Map<string, number> {
  const pair = {
    seconds: (now.atMs - before.atMs) / 1000,
    before: (id: number) => before.values.get(id) ?? Number.NaN,
    now: (id: number) => now.values.get(id) ?? Number.NaN,
  }
  const keys = planDerived(series.all(), [name])
  return new Map(keys.map(({ labels, evaluate }) => [Object.values(labels).join(' '), evaluate(pair)]))
}

/** Seconds of all CPUs: busy, and in all. */
function cpuSeconds(): { readonly busy: number; readonly total: number } {
  const [, ...ticksOf] = words(readFileSync('/proc/stat', 'utf8'))[0] ?? []
  const times = ticksOf.slice(0, 8).map((text) => Number(text) / ticksPerSecond)
  const total = times.reduce((sum, time) => sum + time, 0)
  const [, , , idle = 0, iowait = 0, , , steal = 0] = times
  return { busy: total - idle - iowait - steal, total }
}

test('C1, C4, C5: CPU utilization under load is the busy share of /proc/stat, within 3 % of all', async () => {
  const child = startChild(['sh', '-c', 'echo ready; while :; do :; done'])
  try {
    await child.said()
    const [low, before] = [cpuSeconds(), tick()]
    const ran = scheduledSeconds(child.pid)
    await eventually(
      async () => scheduledSeconds(child.pid) - ran,
      (seconds) => seconds >= 1.5,
      60_000,
    )
    const [now, high] = [tick(), cpuSeconds()]
    const expected = (high.busy - low.busy) / (high.total - low.total)
    const ours = derive('system.cpu.utilization', before, now).get('')
    expect(outside('utilization', expected, ours, expected, 0.03)).toBeUndefined()
    const cpus = [...derive('system.cpu.logical.utilization', before, now).values()]
    expect(cpus).toHaveLength(Number(run('getconf', '_NPROCESSORS_ONLN')))
    // The loop kept one CPU's worth busy for most of the time that it was given.
    const share = 1.5 / ((now.atMs - before.atMs) / 1000)
    expect(cpus.reduce((sum, cpu) => sum + cpu, 0)).toBeGreaterThan(share * 0.9)
    for (const cpu of cpus) expect(cpu).toBeLessThanOrEqual(1)
    const modes = [...derive('system.cpu.mode.utilization', before, now).values()]
    expect(modes.reduce((sum, mode) => sum + mode, 0)).toBeCloseTo(1, 2)
  } finally {
    await child.end()
  }
})

test('C15: there is no rate in the first tick', () => {
  const only = tick()
  const nothing: Snapshot = { atMs: only.atMs - 1000, values: new Map() }
  for (const name of ['system.cpu.utilization', 'system.disk.utilization', 'system.network.throughput'] as const)
    for (const value of derive(name, nothing, only).values()) expect(value).toBeNaN()
})

test.skipIf(!requireTool('df'))('F4: how full a filesystem is reads as it does in df, which rounds up', async () => {
  const mountpoints = [...derive('system.filesystem.utilization', tick(), tick()).keys()]
  // The slow lane brings them with one of the next ticks.
  const full = await eventually(
    async () => derive('system.filesystem.utilization', tick(), tick()),
    (found) => found.size > 0,
  )
  expect(full.size).toBeGreaterThanOrEqual(mountpoints.length)
  const percents = (): Map<string, number> =>
    new Map(
      words(run('df', '-a', '--output=pcent,target')).map(([percent = '', ...target]) => [
        target.join(' '),
        Number(percent.replace('%', '')),
      ]),
    )
  const told = percents()
  for (const [mountpoint, share] of full) {
    const expected = told.get(mountpoint)
    if (expected === undefined || Number.isNaN(expected)) continue
    // A percent more or less has been written since.
    expect(outside(mountpoint, expected - 1, share * 100, expected, 1)).toBeUndefined()
  }
})

test.skipIf(!requireTool('free'))('M1: memory utilization is what is not available of all, within 0.5 %', async () => {
  const used = (): number => {
    const [, memory = []] = words(run('free', '-b'))
    const [, total = 0, , , , , available = 0] = memory.map(Number)
    return (total - available) / total
  }
  const compare = () => {
    const before = used()
    const ours = derive('system.memory.utilization', tick(), tick()).get('')
    return [outside('used', before, ours, used(), 0.005)]
  }
  expect(await differences(compare)).toEqual([])
})

/** A megabyte over the loopback. */
async function talkToItself(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let missing = 1_000_000
  const server = createServer((socket) =>
    socket.on('data', (bytes) => {
      missing -= bytes.length
      if (missing <= 0) resolve()
    }),
  )
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  const client = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1')
  client.write(Buffer.alloc(missing))
  await promise
  client.destroy()
  server.close()
}

test('N7, N1: throughput of the network is that of the interfaces with hardware, not what stays within', async () => {
  const isPhysical = (name: string): boolean => existsSync(`/sys/class/net/${name}/device`)
  const bytes = (): number =>
    words(readFileSync('/proc/net/dev', 'utf8').replaceAll(':', ' '))
      .slice(2)
      .filter(([name = '']) => isPhysical(name))
      .reduce((sum, [, received]) => sum + Number(received), 0)
  const outerLow = bytes()
  const first = tick()
  const innerLow = bytes()
  await talkToItself()
  const innerHigh = bytes()
  const last = tick()
  const outerHigh = bytes()
  const rate = derive('system.network.throughput', first, last).get('receive')
  // Without any such interface it falls back on virtual ones.
  if (!readdirSync('/sys/class/net').some(isPhysical)) return
  const received = (rate ?? Number.NaN) * ((last.atMs - first.atMs) / 1000)
  expect(outside('received', innerHigh - innerLow, received, outerHigh - outerLow, 1)).toBeUndefined()
})
