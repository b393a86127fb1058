import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { metricDef, metrics } from '../../src/catalogue/catalogue.ts'
import type { Sources } from '../../src/catalogue/define.ts'
import { processColumns } from '../../src/catalogue/process-columns.ts'
import { createWindowsPlatform } from '../../src/platform/windows/platform.ts'
import { collect } from '../collected.ts'
import { liveHost } from '../live-host.ts'
import { manualClock } from '../manual-clock.ts'
import { block, denied, fakeNative, type Recording, replayNative } from '../windows-native.ts'
import { platformConformance } from './platform.ts'

/** Windows on whatever system the tests run: recorded machines, and such as never were. */
const folder = path.join(import.meta.dir, '../fixtures/windows')
const recordings = readdirSync(folder).sort()

function hostOf() {
  const clock = manualClock()
  return { ...liveHost(), clock, filesystemSpace: () => Promise.resolve(space) }
}
const space = { blockBytes: 4096, blocks: 1000, blocksFree: 500, blocksAvailable: 400, inodes: 0, inodesFree: 0 }

for (const file of recordings) {
  const recording = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Recording
  platformConformance(`Windows, ${path.basename(file, '.json')}`, () => {
    const host = hostOf()
    return {
      platform: createWindowsPlatform(host, replayNative(recording)),
      advance: host.clock.advance,
      openFiles: () => 0,
    }
  })
}

platformConformance('W6 a Windows that denies everything', () => {
  const host = hostOf()
  return {
    platform: createWindowsPlatform(host, fakeNative({ system: () => denied('NtQuerySystemInformation') })),
    advance: host.clock.advance,
    openFiles: () => 0,
  }
})

platformConformance('a Windows whose every answer is cut off', () => {
  const host = hostOf()
  const short = () => block(new Uint8Array(7).fill(0xff))
  const native = fakeNative({
    system: short,
    memoryStatus: short,
    performanceSummary: short,
    version: short,
    interfaceTable: short,
    protocolStatistics: short,
    tcpTable: short,
    processorPower: short,
    powerStatus: short,
    drive: (number, control) => (number === 0 ? short() : { failed: control, code: 2 }),
    volumes: () => ['\\\\?\\Volume{1}\\'],
    volumePaths: () => ['\u001b[2JC:\\\ud800'],
    process: { open: () => 4 as never, commandLine: short, user: short, times: short },
  })
  return { platform: createWindowsPlatform(host, native), advance: host.clock.advance, openFiles: () => 0 }
})

describe('W1, W7 the Windows platform', () => {
  const sources = path.join(import.meta.dir, '../../src/platform/windows')
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(?<!\.test)\.ts$/.test(file),
  )

  test('starts no program, and asks neither WMI nor counters that have names in the language of the machine', () => {
    expect(files.length).toBeGreaterThan(20)
    for (const file of files) {
      const code = readFileSync(path.join(sources, file), 'utf8').replaceAll(/\/\*.*?\*\/|\/\/.*$/gms, '')
      expect([file, /\bpdh|CoCreateInstance|wbem|powershell|spawn|child_process/i.exec(code)?.[0]]).toEqual([
        file,
        undefined,
      ])
    }
  })

  test('calls Windows from the live files alone: what parses knows no pointer', () => {
    const calling = files.filter((file) => readFileSync(path.join(sources, file), 'utf8').includes("'bun:ffi'"))
    expect(calling.sort()).toEqual(['foreign-call.ts', 'libraries.ts', 'live-native.ts', 'owner-only.ts'])
  })
})

describe('volumes', () => {
  const volumes: Record<string, string[]> = { a: ['C:\\'], b: ['D:\\data\\', 'E:\\'], c: [], d: ['X:\\'] }
  const types: Record<string, number> = { 'C:\\': 3, 'E:\\': 3, 'X:\\': 5, 'N:\\': 4, 'D:\\data\\': 3 }
  const native = fakeNative({
    volumes: () => Object.keys(volumes),
    volumePaths: (volume) => volumes[volume] ?? [],
    driveLetters: () => ['C:\\', 'E:\\', 'X:\\', 'N:\\'],
    driveType: (at) => types[at] ?? 1,
    volumeInformation: (at) => ({ fileSystem: 'NTFS', readOnly: at === 'E:\\' }),
  })
  const read = async (filesystemSpace: ReturnType<typeof liveHost>['filesystemSpace']) => {
    const reading = await createWindowsPlatform({ ...hostOf(), filesystemSpace }, native).system.filesystems()
    return reading as Exclude<typeof reading, { absent: string }>
  }

  test('F11 by letter or by folder, each once; discs and what is mounted nowhere are left out', async () => {
    volumes.b = ['D:\\data\\']
    const list = await read(async () => space)
    expect(list.map(({ mountpoint, type }) => `${mountpoint} ${type}`)).toEqual([
      'C:\\ NTFS',
      'D:\\data\\ NTFS',
      'N:\\ network',
    ])
    volumes.b = ['D:\\data\\', 'E:\\']
    expect((await read(async () => space)).map(({ mountpoint, readOnly }) => [mountpoint, readOnly])).toContainEqual([
      'E:\\',
      true,
    ])
  })

  test('F4, F11 sizes of any width; what a quota takes away is reserved', async () => {
    const large = { ...space, blocks: 2 ** 33, blocksFree: 2 ** 32, blocksAvailable: 2 ** 31 }
    expect((await read(async () => large))[0]).toMatchObject({
      sizeBytes: 2 ** 45,
      usedBytes: 2 ** 44,
      freeBytes: 2 ** 43,
      reservedBytes: 2 ** 43,
      inodesUsed: undefined,
    })
  })

  test('F1 a network drive whose server is away is stale, and is asked as what may be lost', async () => {
    const { HostError } = await import('../../src/platform/host.ts')
    const asked: string[] = []
    const list = await read(async (at, type) => {
      asked.push(`${at} ${type}`)
      if (type === 'cifs') throw new HostError('ETIMEDOUT', at)
      return space
    })
    expect(asked).toContain('N:\\ cifs')
    expect(asked).toContain('C:\\ local')
    expect(list.find(({ mountpoint }) => mountpoint === 'N:\\')).toMatchObject({ stale: true, sizeBytes: undefined })
  })

  test('F11 a drive without a medium is left out, and nobody is shown a window', async () => {
    const { HostError } = await import('../../src/platform/host.ts')
    const list = await read(async (at) => {
      if (at === 'E:\\') throw new HostError('EIO', at)
      return space
    })
    expect(list.map(({ mountpoint }) => mountpoint)).not.toContain('E:\\')
    expect(readFileSync(path.join(import.meta.dir, '../../src/platform/windows/live-native.ts'), 'utf8')).toContain(
      'SetErrorMode(failCriticalErrors)',
    )
  })
})

test('W9 there is no load average, and it says so', () => {
  const { system } = createWindowsPlatform(hostOf(), fakeNative())
  expect(system.load()).toEqual({ absent: expect.stringContaining('no load average') })
})

describe('the catalogue', () => {
  const withoutWindows = Object.entries({ ...metrics, ...processColumns } as Record<string, { source: Sources }>)
    .filter(([, { source }]) => source.windows === undefined)
    .map(([name]) => name)

  test('says of every metric and every column where it comes from on Windows, or why it does not', () =>
    expect(withoutWindows).toEqual([]))

  test('nothing comes from a Windows that it does not claim for it', async () => {
    for (const file of recordings) {
      const recording = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Recording
      const host = hostOf()
      const found = await collect(createWindowsPlatform(host, replayNative(recording)), 3, host.clock.advance)
      expect(found.metrics.size).toBeGreaterThan(20)
      for (const name of found.metrics) expect([name, typeof metricDef(name).source.windows]).toEqual([name, 'string'])
    }
  })
})
