import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type FixtureHost, fixtureHost } from '../../../../test/fixture-host.ts'
import { putProcess, statLine } from '../../../../test/process-files.ts'
import { isAbsent, type ProcessDetails, type Reading } from '../../platform.ts'
import { parseLimits, readDetails } from './details.ts'

const read = (host: FixtureHost, startTicks?: number): Promise<Reading<ProcessDetails>> =>
  readDetails(host, { pid: 7, startTicks })
const sure = async (host: FixtureHost): Promise<ProcessDetails> => {
  const details = await read(host)
  if (isAbsent(details)) throw new Error(details.absent)
  return details
}

function machine(): FixtureHost {
  const host = fixtureHost()
  putProcess(host, { pid: 7, startTicks: 5000, threads: 2 })
  host.putLink('proc/7/exe', '/usr/bin/worker')
  host.putLink('proc/7/cwd', '/srv/\u001b[2Jdata')
  host.put('proc/7/statm', '2890 100 60 1 0 30 0\n')
  host.put(
    'proc/7/smaps_rollup',
    '55d-7ff ---p 00000000 00:00 0 [rollup]\nRss: 400 kB\nPss:     123 kB\nPss_Anon: 9 kB\nSwap:   8 kB\nSwapPss: 4 kB\n',
  )
  host.put(
    'proc/7/limits',
    'Limit                     Soft Limit           Hard Limit           Units     \nMax cpu time              unlimited            unlimited            seconds   \nMax open files            1024                 524288               files     \nMax nice priority         0                    0                    \n',
  )
  host.putLink('proc/7/fd/0', '/dev/null')
  host.putLink('proc/7/fd/3', 'socket:[4242]')
  host.putLink('proc/7/fd/4', 'anon_inode:[eventpoll]')
  host.put(
    'proc/7/net/tcp',
    'heading\n 0: 0100007F:1F90 00000000:0000 0A 0:0 00:0 0 0 0 4242 1\n 1: 0100007F:1F91 00000000:0000 0A 0:0 00:0 0 0 0 9999 1\n',
  )
  host.put('proc/7/task/7/stat', statLine({ pid: 7, name: 'worker', userTicks: 100, systemTicks: 20 }))
  host.put('proc/7/task/9/stat', statLine({ pid: 9, name: 'pool \u001b[2J', userTicks: 3, state: 'R' }))
  return host
}

describe('details of a process', () => {
  test('everything that there is', async () => {
    expect(await sure(machine())).toEqual({
      pid: 7,
      startTicks: 5000,
      executable: '/usr/bin/worker',
      workingDirectory: '/srv/\ufffd[2Jdata',
      proportionalBytes: 123 * 1024,
      swapBytes: 8 * 1024,
      sharedBytes: 60 * 4096,
      fileDescriptors: 3,
      openFiles: [
        { descriptor: 0, path: '/dev/null' },
        { descriptor: 4, path: 'anon_inode:[eventpoll]' },
      ],
      sockets: [{ descriptor: 3, protocol: 'tcp', local: '127.0.0.1:8080', remote: '', state: 'LISTEN' }],
      threads: [
        { threadId: 7, name: 'worker', state: 'S', cpuSeconds: 1.2 },
        { threadId: 9, name: 'pool \ufffd[2J', state: 'R', cpuSeconds: 0.03 },
      ],
      limits: [
        { name: 'Max cpu time', soft: 'unlimited', hard: 'unlimited', unit: 'seconds' },
        { name: 'Max open files', soft: '1024', hard: '524288', unit: 'files' },
        { name: 'Max nice priority', soft: '0', hard: '0', unit: '' },
      ],
      notes: [],
    })
  })

  test('M9 the exact memory is told beside the estimate, when somebody asks', async () => {
    expect((await sure(machine())).proportionalBytes).toBe(123 * 1024)
  })

  for (const [code, why] of [
    ['ESRCH', 'a kernel thread or a zombie has none'],
    ['EACCES', 'only its owner or root may read it'],
    ['ENOENT', 'this kernel does not tell it'],
  ] as const) {
    test(`M11 exact memory that fails with ${code} is absent, with a note`, async () => {
      const host = machine()
      host.fail('proc/7/smaps_rollup', code)
      expect(await sure(host)).toMatchObject({
        proportionalBytes: undefined,
        swapBytes: undefined,
        sharedBytes: 60 * 4096,
        notes: [`exact memory (PSS): ${why}`],
      })
    })
  }

  test('R5, R7 what is denied is absent with a reason, and the rest is told', async () => {
    const host = machine()
    for (const file of ['smaps_rollup', 'fd', 'limits', 'exe', 'cwd']) host.fail(`proc/7/${file}`, 'EACCES')
    expect(await sure(host)).toMatchObject({
      executable: undefined,
      workingDirectory: undefined,
      fileDescriptors: undefined,
      openFiles: { absent: 'only its owner or root may see them' },
      sockets: { absent: 'only its owner or root may see them' },
      limits: { absent: 'only its owner or root may read them' },
      threads: [{ threadId: 7 }, { threadId: 9 }],
    })
  })

  test('of very many open files the first are listed, and how many there are is said', async () => {
    const host = machine()
    for (let descriptor = 10; descriptor < 1210; descriptor++) host.putLink(`proc/7/fd/${descriptor}`, '/dev/null')
    const { fileDescriptors, openFiles, notes } = await sure(host)
    expect([fileDescriptors, notes]).toEqual([1203, ['open files: the first 1000 of 1203']])
    expect(openFiles).toHaveLength(999)
  })

  test('R2 details are of the process that was meant, or of none', async () => {
    expect(await read(machine(), 5000)).toMatchObject({ pid: 7, startTicks: 5000 })
    expect(await read(machine(), 4999)).toEqual({ absent: 'it has ended: pid 7 belongs to another process now' })
  })

  test('R4 one that has ended says so', async () => {
    expect(await read(fixtureHost())).toEqual({ absent: 'it has ended' })
  })

  test('N11 sockets are looked up for a process that has any, and only when it is asked about', async () => {
    const host = machine()
    host.remove('proc/7/fd/3')
    expect((await sure(host)).sockets).toEqual([])
    expect(host.reads('proc/7/net/tcp')).toBe(0)
  })

  test('any text of limits is read without a throw', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseLimits(`heading\n${text}`)
      }),
    )
  })
})
