import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { ProcessTable } from '../../src/frame/process-table.ts'
import { isAbsent } from '../../src/platform/platform.ts'
import { createLiveNative } from '../../src/platform/windows/live-native.ts'
import { createWindowsPlatform } from '../../src/platform/windows/platform.ts'
import { systemClass } from '../../src/platform/windows/structures/system.ts'
import { liveHost } from '../live-host.ts'
import { answered } from '../windows-native.ts'
import { platformConformance } from './platform.ts'

/** To be run on Windows or inside Wine, by `bun test` or by a built executable that is told to be it (BUN_BE_BUN). */
platformConformance('this Windows', () => ({
  platform: createWindowsPlatform(liveHost(), createLiveNative()),
  advance: () => undefined,
  openFiles: () => 0,
}))

/** Inside Wine the machine below can be seen: what the two say must agree. */
const linuxStat = 'Z:\\proc\\stat'
describe.skipIf(!existsSync(linuxStat))('what Wine passes on', () => {
  test('W3 idle and user time of each CPU are those of /proc/stat, within half a second', () => {
    const times = createWindowsPlatform(liveHost(), createLiveNative()).system.cpu()
    const linux = [...readFileSync(linuxStat, 'utf8').matchAll(/^cpu(\d+) (\d+) (\d+) \d+ (\d+)/gm)]
    if (isAbsent(times)) throw new Error(times.absent)
    expect(times.cpus.map(({ cpu }) => cpu)).toEqual(linux.map(([, cpu]) => cpu ?? ''))
    for (const [index, [, , user, nice, idle]] of linux.entries()) {
      const { seconds } = times.cpus[index] ?? { seconds: { idle: 0, user: 0 } }
      expect(Math.abs((seconds.idle ?? 0) - Number(idle) / 100)).toBeLessThan(0.5)
      expect(Math.abs((seconds.user ?? 0) - (Number(user) + Number(nice)) / 100)).toBeLessThan(0.5)
    }
  })

  test('memory is that of /proc/meminfo', () => {
    const memory = createWindowsPlatform(liveHost(), createLiveNative()).system.memory()
    const text = readFileSync('Z:\\proc\\meminfo', 'utf8')
    const bytes = (key: string): number => Number(new RegExp(`^${key}: +(\\d+) kB`, 'm').exec(text)?.[1]) * 1024
    if (isAbsent(memory)) throw new Error(memory.absent)
    // Wine leaves the last page out.
    expect(Math.abs(memory.totalBytes - bytes('MemTotal'))).toBeLessThanOrEqual(4096)
    const available = memory.totalBytes - memory.usedBytes
    expect(Math.abs(available - bytes('MemAvailable')) / memory.totalBytes).toBeLessThan(0.05)
  })
})

/** Of calls among garbage. */
const rounds = 200

describe('calls into Windows', () => {
  test('answers stay right while memory is taken and given back around them', () => {
    const native = createLiveNative()
    const boot = answered(native.system(systemClass.timeOfDay)).view.getBigUint64(0, true)
    const total = answered(native.memoryStatus()).view.getBigUint64(8, true)
    for (let round = 0; round < rounds; round++) {
      const waste = Array.from({ length: 50 }, (_, index) =>
        new Uint8Array(100 + ((round * 7 + index) % 2000)).fill(0xee),
      )
      if (round % 20 === 0) Bun.gc(true)
      expect(answered(native.system(systemClass.timeOfDay)).view.getBigUint64(0, true)).toBe(boot)
      expect(answered(native.memoryStatus()).view.getBigUint64(8, true)).toBe(total)
      const processes = answered(native.system(systemClass.process))
      expect(processes.view.getUint32(0, true) % 2).toBe(0)
      answered(native.interfaceTable())
      if (round % 50 === 0) answered(native.tcpTable(4))
      expect(waste.every((bytes) => bytes[0] === 0xee)).toBe(true)
    }
    native.close()
  }, 60_000)

  test('R2 a process that runs is known by its start, its program and its owner; ended by that alone', async () => {
    const platform = createWindowsPlatform(liveHost(), createLiveNative())
    const child = Bun.spawn(['ping', '-n', '100', '127.0.0.1'], { stdout: 'ignore', stderr: 'ignore' })
    try {
      const table = new ProcessTable()
      platform.processes.scan(table)
      const slot = table.numbers.pid.findIndex((pid, index) => pid === child.pid && table.alive[index] === 1)
      expect(slot).toBeGreaterThanOrEqual(0)
      expect(table.texts.name[slot]?.toLowerCase()).toBe('ping.exe')
      const startTicks = table.numbers.startTicks[slot] as number
      const details = await platform.processes.details({ pid: child.pid, startTicks })
      if (isAbsent(details)) throw new Error(details.absent)
      expect(details.executable?.toLowerCase()).toEndWith('ping.exe')
      const signal = (ticks: number) => platform.processes.signal({ pid: child.pid, startTicks: ticks }, 'KILL')
      expect((await signal(startTicks + 1)).outcome).toBe('replaced')
      expect((await signal(startTicks)).outcome).toBe('sent')
      await child.exited
      expect((await signal(startTicks)).outcome).toBe('gone')
    } finally {
      child.kill()
      platform.close()
    }
  }, 60_000)
})
