import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { fixtureHost } from '../../../test/fixture-host.ts'
import { bytesOf } from '../../../test/text-bytes.ts'
import { metricDef } from '../../catalogue/catalogue.ts'
import { isAbsent, type MemoryReading } from '../platform.ts'
import { MeminfoParser, type ZfsArc } from './proc-meminfo.ts'
import { createLinuxSystem } from './system.ts'

const kib = 1024
const gib = 2 ** 30
type Lines = Readonly<Record<string, number>>
const usual: Lines = {
  MemTotal: 8000,
  MemFree: 1000,
  MemAvailable: 5000,
  Buffers: 300,
  Cached: 3500,
  Shmem: 700,
  SReclaimable: 400,
  SUnreclaim: 200,
}
const textOf = (lines: Lines): string =>
  Object.entries(lines)
    .map(([key, value]) => `${`${key}:`.padEnd(16)}${value} kB\n`)
    .join('')
const parse = (lines: Lines, arc?: ZfsArc): MemoryReading => new MeminfoParser().parse(bytesOf(textOf(lines)), arc)!
const without = (...keys: readonly string[]): Lines =>
  Object.fromEntries(Object.entries(usual).filter(([key]) => !keys.includes(key)))

describe('/proc/meminfo', () => {
  test('M1 used is what is not available, and the help says so', () => {
    const m = parse(usual)
    expect(m.usedBytes).toBe((8000 - 5000) * kib)
    expect(m.reclaimableBytes).toBe((5000 - 1000) * kib)
    expect(m.usedBytes + (m.reclaimableBytes ?? Number.NaN) + (m.freeBytes ?? Number.NaN)).toBe(m.totalBytes)
    expect(metricDef('system.memory.usage').help).toContain('used = MemTotal - MemAvailable')
  })

  for (const [what, lines] of [
    ['missing', without('MemAvailable')],
    ['0', { ...usual, MemAvailable: 0 }],
    ['larger than the total', { ...usual, MemAvailable: 8001 }],
  ] as const) {
    test(`M2 MemAvailable ${what}: free, buffers, cache and reclaimable slab without shared memory`, () => {
      expect(parse(lines).usedBytes).toBe((8000 - (1000 + 300 + 3500 + 400 - 700)) * kib)
      expect(parse(lines).availableBytes).toBeUndefined()
    })
  }

  test('M2 what is available never exceeds the total', () => {
    const m = parse({ ...without('MemAvailable'), Cached: 99_000 })
    expect(m).toMatchObject({ usedBytes: 0, reclaimableBytes: 7000 * kib, freeBytes: 1000 * kib })
  })

  test('M3 a key that is missing is absent, not 0', () => {
    const m = parse({ MemTotal: 100, MemFree: 50 })
    expect(m).toMatchObject({ totalBytes: 100 * kib, freeBytes: 50 * kib, usedBytes: 50 * kib, reclaimableBytes: 0 })
    for (const [field, value] of Object.entries(m)) {
      if (!['totalBytes', 'freeBytes', 'usedBytes', 'reclaimableBytes'].includes(field)) expect(value).toBeUndefined()
    }
  })

  test('M3 without a total nothing is said', () => {
    expect(new MeminfoParser().parse(bytesOf('MemFree: 5 kB\n'))).toBeUndefined()
    const host = fixtureHost()
    host.put('proc/meminfo', '\n')
    expect(createLinuxSystem(host, 0).memory()).toEqual({
      absent: `${host.procfs}/meminfo has no MemTotal or no MemFree`,
    })
  })

  test('M4 no blank behind the colon, no unit, and empty lines', () => {
    const text =
      'MemTotal:8000 kB\n\nShadowCallStack:10373888 kB\nMemFree:  1000 kB\nHugePages_Total:  4\nHugePages_Free:1\nHugepagesize: 2048 kB'
    expect(new MeminfoParser().parse(bytesOf(text))).toMatchObject({
      totalBytes: 8000 * kib,
      freeBytes: 1000 * kib,
      hugepagesUsedBytes: 3 * 2048 * kib,
      hugepagesFreeBytes: 2048 * kib,
    })
  })

  test('M5 shared memory is not cache that can be dropped', () => {
    expect(parse(usual)).toMatchObject({ cachedBytes: (3500 + 400 - 700) * kib, sharedBytes: 700 * kib })
  })

  test('M12 without swap its use is absent, not 0', () => {
    expect(parse({ ...usual, SwapTotal: 0, SwapFree: 0 })).toMatchObject({
      swapUsedBytes: undefined,
      swapFreeBytes: undefined,
    })
    expect(parse({ ...usual, SwapTotal: 900, SwapFree: 200 })).toMatchObject({
      swapUsedBytes: 700 * kib,
      swapFreeBytes: 200 * kib,
    })
  })

  test('M12 compressed swap: what it occupies and what it holds', () => {
    expect(parse({ ...usual, Zswap: 100, Zswapped: 350 })).toMatchObject({
      zswapStoredBytes: 100 * kib,
      zswapOriginalBytes: 350 * kib,
    })
  })

  test('whatever the numbers, the three parts make the total and none is negative', () => {
    const key = fc.constantFrom('MemFree', 'MemAvailable', 'Buffers', 'Cached', 'Shmem', 'SReclaimable')
    const lines = fc.dictionary(key, fc.nat({ max: 2 ** 40 }))
    const arcs = fc.option(fc.record({ sizeBytes: fc.maxSafeNat(), minimumBytes: fc.nat() }), { nil: undefined })
    fc.assert(
      fc.property(lines, fc.nat({ max: 2 ** 40 }), fc.nat(), arcs, (some, total, free, arc) => {
        const m = parse({ ...some, MemTotal: total, MemFree: free }, arc)
        const parts = [m.usedBytes, m.reclaimableBytes, m.freeBytes].map((part) => part ?? Number.NaN)
        for (const part of parts) expect(part).toBeGreaterThanOrEqual(0)
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(m.totalBytes)
      }),
    )
  })

  test('any bytes are read without a throw', () => {
    const parser = new MeminfoParser()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        parser.parse(bytes)
      }),
    )
  })
})

describe('the ZFS cache', () => {
  test('M6 what it holds above its minimum is not used', () => {
    const arc = { sizeBytes: 1500 * kib, minimumBytes: 500 * kib }
    expect(parse(usual, arc)).toMatchObject({ usedBytes: (8000 - 5000 - 1000) * kib, zfsArcBytes: 1500 * kib })
  })

  const machine = (mounts = ''): ReturnType<typeof fixtureHost> => {
    const host = fixtureHost()
    host.put('proc/meminfo', textOf({ MemTotal: 2 * 2 ** 20, MemFree: 2 ** 20, MemAvailable: 2 ** 20 }))
    host.put('proc/self/mountinfo', mounts)
    host.put(
      'proc/spl/kstat/zfs/arcstats',
      `name type data\nsize 4 ${40 * gib}\nc_min 4 ${gib}\nuncompressed_size 4 ${400 * gib}\n`,
    )
    return host
  }

  test('M7 the cache of the host, seen in a container, is ignored', () => {
    const mounts = '650 640 0:45 /proc/meminfo /proc/meminfo rw,nosuid - fuse.lxcfs lxcfs rw\n'
    const reading = createLinuxSystem(machine(mounts), 0).memory()
    expect(reading).toMatchObject({ usedBytes: gib, reclaimableBytes: 0, freeBytes: gib, zfsArcBytes: undefined })
  })

  test('M7 a cache larger than memory leaves nothing negative', () => {
    const reading = createLinuxSystem(machine(), 0).memory()
    expect(reading).toMatchObject({ usedBytes: 0, reclaimableBytes: gib, freeBytes: gib })
  })

  test('M8 its real size is told, not the uncompressed one', () => {
    const reading = createLinuxSystem(machine(), 0).memory()
    expect(isAbsent(reading) ? undefined : reading.zfsArcBytes).toBe(40 * gib)
  })
})
