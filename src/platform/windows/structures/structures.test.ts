import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireTool } from '../../../../test/tools.ts'
import * as disk from './disk.ts'
import * as network from './network.ts'
import * as process from './process.ts'
import { counter64, type Member, memberBytes, type Structure, seconds64, unsigned64 } from './structure.ts'
import * as system from './system.ts'

const structures = [disk, network, process, system]
  .flatMap((module) => Object.values(module))
  .filter((value): value is Structure<string> => typeof value === 'object' && 'members' in value)

const up = (offset: number, to: number): number => Math.ceil(offset / to) * to

describe('every structure', () => {
  test('there are some', () => expect(structures.length).toBeGreaterThan(20))

  for (const { name, members, size, header, page } of structures) {
    test(`${name} lies as the compilers of x64 and arm64 lay it: each member at a multiple of its size`, () => {
      let end = 0
      let widest = 1
      for (const [member, [offset, type, count = 1]] of Object.entries<Member>(members)) {
        const bytes = memberBytes[type]
        expect([member, offset]).toEqual([member, up(end, bytes)])
        end = offset + bytes * count
        widest = Math.max(widest, bytes)
      }
      // A union inside one has the alignment of its widest part.
      expect([up(end, widest), up(end, 8)]).toContain(size)
    })

    test(`${name} says where it is declared`, () => {
      expect(header).not.toBe('')
      expect(page).toStartWith('https://learn.microsoft.com/')
    })
  }
})

/** What the headers of mingw declare under the same names. */
const inHeaders = structures.filter(({ header }) =>
  /^(?:winternl|sysinfoapi|psapi|winnt|netioapi|tcpmib|udpmib|winioctl|winbase|subauth)\.h$/.test(header),
)
/** Members that this file names otherwise, or that its structure holds inside another; and what mingw is too old for. */
const notCompared = new Set([
  'MIB_TCPSTATS2',
  'SYSTEM_POWER_STATUS',
  'MIB_UDPSTATS2',
  'SYSTEM_THREAD_INFORMATION',
  'TOKEN_USER',
  'DISK_GEOMETRY_EX',
  'SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION',
  'STORAGE_DEVICE_DESCRIPTOR',
  'MIB_TCPSTATS_LH',
])
const compiler = 'x86_64-w64-mingw32-gcc'

test.skipIf(!requireTool(compiler))('the headers of mingw agree', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sysmon-headers-'))
  try {
    const checks = inHeaders
      .filter(({ name }) => !notCompared.has(name))
      .flatMap(({ name, members, size }) => [
        `_Static_assert(sizeof(${name}) == ${size}, "${name}");`,
        ...Object.entries<Member>(members).map(
          ([member, [offset]]) => `_Static_assert(offsetof(${name}, ${member}) == ${offset}, "${name}.${member}");`,
        ),
      ])
    expect(checks.length).toBeGreaterThan(100)
    const file = join(folder, 'headers.c')
    const includes = [
      'stddef.h',
      'winsock2.h',
      'ws2ipdef.h',
      'windows.h',
      'winternl.h',
      'psapi.h',
      'iphlpapi.h',
      'netioapi.h',
      'winioctl.h',
    ]
    writeFileSync(file, `${includes.map((header) => `#include <${header}>\n`).join('')}${checks.join('\n')}\n`)
    const build = Bun.spawn([compiler, '-D_WIN32_WINNT=0x0a00', '-fsyntax-only', file], { stderr: 'pipe' })
    const errors = (await new Response(build.stderr).text()).split('\n').filter((line) => line.includes('error:'))
    expect(errors).toEqual([])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('numbers of 64 bits are read from both halves', () => {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, 0x0000_1234_89ab_cdefn, true)
  expect(unsigned64(view, 0)).toBe(0x1234_89ab_cdef)
  expect(counter64(view, 0)).toBe(0x1234_89ab_cdef)
  expect(seconds64(view, 0)).toBeCloseTo(0x1234_89ab_cdef / 1e7, 6)
})

test('Q8 a counter above 2^53 still gives exact differences', () => {
  const view = new DataView(new ArrayBuffer(16))
  view.setBigUint64(0, 2n ** 63n + 1_000_001n, true)
  view.setBigUint64(8, 2n ** 63n + 1_000_008n, true)
  expect(counter64(view, 8) - counter64(view, 0)).toBe(7)
})
