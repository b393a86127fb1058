import { describe, expect, test } from 'bun:test'
import { manualClock } from '../../../test/manual-clock.ts'
import { block, bytesOf, fakeNative, joined } from '../../../test/windows-native.ts'
import { isAbsent, type Reading } from '../platform.ts'
import { parseProcessorTimes, readProcessorTimes } from './cpu.ts'
import { Disks, parseDiskPerformance, parseDiskRole, parseDiskSize } from './disks.ts'
import { parseBootTime, parseVersion, readIdentity, readSinceBootMs, ticksBetween } from './identity.ts'
import { readMemory } from './memory.ts'
import { PerformanceParser } from './performance.ts'
import { parseFrequencies, parsePower } from './power.ts'
import { diskGeometry, diskPerformance, storageDevice } from './structures/disk.ts'
import {
  memoryList,
  memoryStatus,
  pageFile,
  performanceInformation,
  performanceSummary,
  powerStatus,
  processorPerformance,
  processorPower,
  systemClass,
  timeOfDay,
  versionInformation,
} from './structures/system.ts'
import { WideCounter } from './wide-counter.ts'

const present = <T extends object>(reading: Reading<T>): T => {
  if (isAbsent(reading)) throw new Error(reading.absent)
  return reading as T
}
const second = 10_000_000
const cpuBytes = (idle: number, kernel: number, user: number, dpc: number, interrupt: number, count = 0) =>
  bytesOf(processorPerformance, {
    IdleTime: idle * second,
    KernelTime: kernel * second,
    UserTime: user * second,
    DpcTime: dpc * second,
    InterruptTime: interrupt * second,
    InterruptCount: count,
  })

describe('CPU time', () => {
  test('W3, W4 the kernel’s time holds idle, deferred calls and interrupts, which are taken out; it is time, not frequency', () => {
    const { cpus } = parseProcessorTimes(block(cpuBytes(70, 90, 10, 2, 3)), 0)
    expect(cpus).toEqual([{ cpu: '0', seconds: { user: 10, system: 15, idle: 70, interrupt: 3, softirq: 2 } }])
    const total = Object.values(cpus[0]?.seconds ?? {}).reduce((sum, each) => sum + each, 0)
    expect(total).toBe(90 + 10)
  })

  test('W8 idle and kernel sampled apart never make a negative time', () => {
    const { cpus } = parseProcessorTimes(block(cpuBytes(91, 90, 10, 0, 0)), 0)
    expect(cpus[0]?.seconds.system).toBe(0)
  })

  test('W2 all CPUs of all groups, numbered through them; nobody asks for the group of the asking thread', () => {
    const asked: (number | undefined)[] = []
    const native = fakeNative({
      groups: () => 2,
      system: (kind, group) => {
        expect(kind).toBe(systemClass.processorPerformance)
        asked.push(group)
        const ofGroup = Array.from({ length: group === 0 ? 64 : 32 }, () => cpuBytes(1, 2, (group ?? 0) + 1, 0, 0, 5))
        return block(joined(...ofGroup))
      },
    })
    const { cpus, interrupts } = present(readProcessorTimes(native))
    expect(asked).toEqual([0, 1])
    expect(cpus.map(({ cpu }) => Number(cpu))).toEqual(Array.from({ length: 96 }, (_, index) => index))
    expect(cpus[64]?.seconds.user).toBe(2)
    expect(interrupts.length).toBe(96)
  })

  test('W2 when one group does not answer, part of the machine is not given for the whole', () => {
    const native = fakeNative({
      groups: () => 2,
      system: (_, group) => (group === 0 ? block(cpuBytes(1, 1, 1, 0, 0)) : { failed: 'Ex', code: 5 }),
    })
    expect(readProcessorTimes(native)).toEqual({ absent: 'Ex: access is denied' })
  })
})

describe('counts of 32 bits', () => {
  test('N3, W8 go on beyond their wrap', () => {
    const counter = new WideCounter()
    expect([4_294_967_290, 10, 20].map((count) => counter.next(count))).toEqual([
      4_294_967_290, 4_294_967_306, 4_294_967_316,
    ])
  })

  test('of paging: faults that read from disk are not counted among the others', () => {
    const parser = new PerformanceParser()
    const bytes = bytesOf(performanceInformation, {
      ContextSwitches: 1000,
      PageFaultCount: 500,
      PageReadIoCount: 20,
      PageReadCount: 64,
      DirtyPagesWriteCount: 8,
      MappedPagesWriteCount: 2,
    })
    expect(parser.parse(block(bytes))).toMatchObject({
      contextSwitches: 1000,
      paging: {
        minorFaults: 480,
        majorFaults: 20,
        pagedInBytes: 64 * 4096,
        swappedOutPages: 8,
        swappedInPages: undefined,
        pagedOutBytes: 10 * 4096,
      },
    })
  })

  test('a system that keeps none gives none, not 0', () => {
    expect(new PerformanceParser().parse(block(bytesOf(performanceInformation, {})))).toBeUndefined()
    expect(new PerformanceParser().parse(block(new Uint8Array(16)))).toBeUndefined()
  })
})

describe('memory', () => {
  const status = bytesOf(memoryStatus, { ullTotalPhys: 16_000_000_000n, ullAvailPhys: 6_000_000_000n })
  const summary = bytesOf(performanceSummary, {
    CommitTotal: 1000,
    CommitLimit: 5000,
    KernelPaged: 30,
    KernelNonpaged: 20,
    PageSize: 4096,
  })
  const lists = bytesOf(memoryList, {
    ZeroPageCount: 100,
    FreePageCount: 50,
    ModifiedPageCount: 7,
    ModifiedNoWritePageCount: 1,
    PageCountByPriority: [1, 2, 3, 4, 5, 6, 7, 8],
  })
  const files = joined(
    bytesOf(pageFile, { NextEntryOffset: 32, TotalSize: 1000, TotalInUse: 100 }),
    bytesOf(pageFile, { TotalSize: 500, TotalInUse: 50 }),
  )
  const calls = { memoryStatus: () => block(status), performanceSummary: () => block(summary) }

  test('W10 commit, page files and standby are told apart', () => {
    const system = (kind: number) => block(kind === systemClass.memoryList ? lists : files)
    const memory = present(readMemory(fakeNative({ ...calls, system })))
    expect(memory).toMatchObject({
      totalBytes: 16_000_000_000,
      usedBytes: 10_000_000_000,
      freeBytes: 150 * 4096,
      reclaimableBytes: 6_000_000_000 - 150 * 4096,
      swapUsedBytes: 150 * 4096,
      swapFreeBytes: 1350 * 4096,
      windows: {
        committedBytes: 1000 * 4096,
        commitLimitBytes: 5000 * 4096,
        pagedPoolBytes: 30 * 4096,
        nonPagedPoolBytes: 20 * 4096,
        standbyBytes: 36 * 4096,
        modifiedBytes: 8 * 4096,
      },
    })
  })

  test('what needs a privilege is left out, the rest stands', () => {
    const memory = present(readMemory(fakeNative(calls)))
    expect(memory).toMatchObject({ usedBytes: 10_000_000_000, windows: { committedBytes: 4_096_000 } })
    expect([memory.freeBytes, memory.reclaimableBytes, memory.swapFreeBytes, memory.windows?.standbyBytes]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })

  test('a chain of page files that bites its tail or leads nowhere ends', () => {
    const broken = bytesOf(pageFile, { NextEntryOffset: 4_000_000, TotalSize: 10, TotalInUse: 1 })
    const memory = present(readMemory(fakeNative({ ...calls, system: () => block(broken) })))
    expect(memory.swapUsedBytes).toBe(4096)
  })
})

describe('disks', () => {
  const counters = (more: object = {}) =>
    bytesOf(diskPerformance, {
      BytesRead: 1_000_000,
      BytesWritten: 2_000_000,
      ReadTime: 15 * second,
      WriteTime: 5 * second,
      IdleTime: 100 * second,
      ReadCount: 10,
      WriteCount: 20,
      QueueDepth: 3,
      ...more,
    })

  test('D10 times are in 100 ns', () => {
    expect(parseDiskPerformance(block(counters()))).toEqual({
      readBytes: 1_000_000,
      writtenBytes: 2_000_000,
      readSeconds: 15,
      writeSeconds: 5,
      idleSeconds: 100,
      reads: 10,
      writes: 20,
      inFlight: 3,
    })
    expect(parseDiskPerformance(block(new Uint8Array(20)))).toBeUndefined()
  })

  test('D10 a drive whose counting is off is absent with the reason, and not asked each tick', () => {
    let asked = 0
    const native = fakeNative({
      drive: (number, control) => {
        if (number > 0) return { failed: 'open', code: 2 }
        if (control !== 'performance') return block(bytesOf(storageDevice, {}))
        asked++
        return { failed: 'IOCTL_DISK_PERFORMANCE', code: 1 }
      },
    })
    const disks = new Disks(native, manualClock())
    for (let tick = 0; tick < 3; tick++)
      expect(disks.read()).toEqual({ absent: 'IOCTL_DISK_PERFORMANCE: this device does not tell it' })
    expect(asked).toBe(1)
  })

  test('busy is what was not idle, by a clock that nobody sets; operations go on beyond 2^32', () => {
    const clock = manualClock()
    let bytes = counters({ ReadCount: 4_294_967_295 })
    const native = fakeNative({
      drive: (number, control) =>
        number > 0
          ? { failed: 'open', code: 2 }
          : block(control === 'performance' ? bytes : bytesOf(storageDevice, {})),
    })
    const disks = new Disks(native, clock)
    const before = present(disks.read())[0]
    clock.advance(1000)
    bytes = counters({ ReadCount: 4, IdleTime: 100.75 * second })
    const after = present(disks.read())[0]
    expect((after?.ioSeconds ?? 0) - (before?.ioSeconds ?? 0)).toBeCloseTo(0.25)
    expect((after?.read.operations ?? 0) - (before?.read.operations ?? 0)).toBe(5)
    expect(after).toMatchObject({ device: 'PhysicalDrive0', role: 'physical', inFlight: 3 })
  })

  test('D8 a drive that was pulled out goes, one that comes is found', async () => {
    let present0 = true
    const native = fakeNative({
      drive: (number, control) => {
        if ((number === 0) !== present0 || number > 1) return { failed: 'open', code: 2 }
        return block(control === 'performance' ? counters() : bytesOf(diskGeometry, { DiskSize: 5_000_000_000 }))
      },
    })
    const disks = new Disks(native, manualClock())
    expect(present(disks.read()).map(({ device }) => device)).toEqual(['PhysicalDrive0'])
    present0 = false
    expect(present(await disks.sizes())).toEqual([{ device: 'PhysicalDrive1', role: 'physical', bytes: 5_000_000_000 }])
    expect(present(disks.read()).map(({ device }) => device)).toEqual(['PhysicalDrive1'])
  })

  test('D1 what lies on other disks does not add to them', () => {
    const role = (bus: number) => parseDiskRole(block(bytesOf(storageDevice, { BusType: bus })))
    expect([17, 11, 16, 15, 14].map(role)).toEqual(['physical', 'physical', 'virtual', 'virtual', 'virtual'])
    expect(parseDiskSize(block(bytesOf(diskGeometry, { DiskSize: 0 })))).toBeUndefined()
  })
})

describe('power', () => {
  const power = (members: object) => parsePower(block(bytesOf(powerStatus, members)))

  test('S6 what is unknown is absent, not 255 % nor 4294967295 s', () => {
    const unknown = { ACLineStatus: 255, BatteryFlag: 0, BatteryLifePercent: 255, BatteryLifeTime: 2 ** 32 - 1 }
    expect(power(unknown)).toEqual({
      batteries: [{ battery: 'all', charge: undefined, secondsLeft: undefined }],
      supplies: [],
    })
  })

  test('a battery that is drained', () => {
    expect(power({ ACLineStatus: 0, BatteryLifePercent: 42, BatteryLifeTime: 5400 })).toEqual({
      batteries: [{ battery: 'all', charge: 0.42, secondsLeft: 5400 }],
      supplies: [{ supply: 'mains', online: false }],
    })
  })

  test('no time is left to tell while it charges, and a machine without one has none', () => {
    expect(
      power({ ACLineStatus: 1, BatteryFlag: 8, BatteryLifePercent: 42, BatteryLifeTime: 5400 })?.batteries,
    ).toEqual([{ battery: 'all', charge: 0.42, secondsLeft: undefined }])
    expect(power({ ACLineStatus: 1, BatteryFlag: 128 })).toBeUndefined()
    expect(power({ BatteryFlag: 255 })).toBeUndefined()
  })

  test('frequencies are in MHz, and one that is 0 is none', () => {
    const bytes = joined(
      bytesOf(processorPower, { Number: 0, CurrentMhz: 2400 }),
      bytesOf(processorPower, { Number: 1, CurrentMhz: 0 }),
    )
    expect(parseFrequencies(block(bytes)).map(({ hertz }) => hertz)).toEqual([2.4e9, undefined])
  })
})

describe('identity', () => {
  test('T3 the boot is the same however the clock is set', () => {
    const boot = (shift: bigint) =>
      parseBootTime(block(bytesOf(timeOfDay, { BootTime: 134_000_000_000_000_000n + shift, BootTimeBias: shift })))
    expect(boot(36_000_000_000n)).toEqual(boot(0n))
    expect(boot(0n)).not.toEqual(parseBootTime(block(bytesOf(timeOfDay, { BootTime: 134_000_000_000_000_001n }))))
  })

  test('T2, T3 time since boot is told by one clock at both ends, however it is set', () => {
    const since = (shift: bigint) => {
      const BootTime = 134_000_000_000_000_000n + shift
      const bytes = bytesOf(timeOfDay, { BootTime, CurrentTime: BootTime + 36_000_000_000n, BootTimeBias: shift })
      return readSinceBootMs(fakeNative({ system: () => block(bytes) }))
    }
    expect([since(0n), since(-77_000_000_000n)]).toEqual([3_600_000, 3_600_000])
    expect(readSinceBootMs(fakeNative())).toBe(3_600_000)
  })

  test('R3 start ticks are exact to 100 ns, also where the halves carry', () => {
    const start = 134_000_000_000_000_000n
    const boot = parseBootTime(block(bytesOf(timeOfDay, { BootTime: start })))
    for (const ticks of [0n, 1n, 5_000_000_000n, 9_007_199_254_740_991n]) {
      const time = start + ticks
      expect(BigInt(ticksBetween(boot, Number(time & 0xffffffffn), Number(time >> 32n)))).toBe(ticks)
    }
  })

  test('names of versions: Windows 11 says 10.0 too', () => {
    const name = (build: number, product: number, major = 10) =>
      parseVersion(
        block(bytesOf(versionInformation, { dwMajorVersion: major, dwBuildNumber: build, wProductType: product })),
      ).name
    expect([name(19045, 1), name(22631, 1), name(20348, 3), name(26100, 3), name(7601, 1, 6)]).toEqual([
      'Windows 10',
      'Windows 11',
      'Windows Server 2022',
      'Windows Server 2025',
      'Windows 6.0',
    ])
  })

  test('of a system that tells nothing there still is one', () => {
    const parts = { hostName: '', architecture: 'x64', logicalCpus: 0 }
    const identity = readIdentity(fakeNative(), { low: 0, high: 0 }, parts)
    expect(identity).toMatchObject({ hostName: 'unknown', logicalCpus: 1, memoryBytes: undefined })
    expect(identity.bootId).not.toBe('')
  })
})
