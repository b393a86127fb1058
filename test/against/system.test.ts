import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { requireFile, requireTool } from '../tools.ts'
import { differences, invented, outside, run, ticksPerSecond, words } from './live.ts'
import { livePlatform, read } from './live-platform.ts'

const platform = await livePlatform()
const { system } = platform

const text = (path: string): string => readFileSync(path, 'utf8')
/** `key value` or `key: value kB` lines. */
const values = (content: string): Map<string, number> =>
  new Map(words(content).map(([key = '', value]) => [key.replace(/:$/, ''), Number(value)]))

describe('cpu', () => {
  /** The kernel itself turns idle and waiting time back by some ticks (C3). */
  const jitterSeconds = 0.05
  const modes = ['user', 'nice', 'system', 'idle', 'iowait', 'interrupt', 'softirq', 'steal', 'guest', 'guest_nice']

  function statTimes(): Map<string, number[]> {
    const lines = words(text('/proc/stat')).filter(([name]) => /^cpu\d+$/.test(name ?? ''))
    return new Map(lines.map(([name = '', ...ticks]) => [name.slice(3), ticks.map((n) => Number(n) / ticksPerSecond)]))
  }

  test('C1, C8: times of each CPU are those of /proc/stat, guest taken out of user and nice', () => {
    const before = statTimes()
    const { cpus } = read(system.cpu())
    const after = statTimes()
    expect(cpus.map(({ cpu }) => cpu)).toEqual([...before.keys()])
    const wrong = cpus.flatMap(({ cpu, seconds }) =>
      modes.map((mode, i) => {
        const guest = mode === 'user' ? 8 : mode === 'nice' ? 9 : undefined
        const of = (times: number[] = []): number =>
          (times[i] ?? Number.NaN) - (guest === undefined ? 0 : (times[guest] ?? 0))
        const ours = seconds[mode as keyof typeof seconds]
        return outside(`cpu${cpu} ${mode}`, of(before.get(cpu)), ours, of(after.get(cpu)), jitterSeconds)
      }),
    )
    expect(wrong.filter((line) => line !== undefined)).toEqual([])
  })

  test('C7: as many CPUs as are online', () => {
    const online = Number(run('getconf', '_NPROCESSORS_ONLN'))
    expect(read(system.cpu()).cpus).toHaveLength(online)
    expect(platform.identity().logicalCpus).toBe(online)
    // What this process may run on is at most that.
    expect(Number(run('nproc'))).toBeLessThanOrEqual(online)
  })

  test.skipIf(!requireTool('vmstat'))('C20: switches, interrupts and forks are those of vmstat', () => {
    const count = (name: string): number => Number(new RegExp(`(\\d+) ${name}$`, 'm').exec(run('vmstat', '-s'))?.[1])
    for (const [name, ours] of [
      ['CPU context switches', () => read(system.cpu()).contextSwitches],
      ['interrupts', () => read(system.cpu()).interrupts],
      ['forks', () => read(system.cpu()).processesCreated],
    ] as const)
      expect(outside(name, count(name), ours(), count(name))).toBeUndefined()
  })

  test('the run queue is that of /proc/stat, while it holds still', async () => {
    const stat = (key: string): number => values(text('/proc/stat')).get(key) ?? Number.NaN
    const compare = () => {
      const before = [stat('procs_running'), stat('procs_blocked')]
      const { runQueue, blocked } = read(system.cpu())
      const after = [stat('procs_running'), stat('procs_blocked')]
      return [
        outside('running', before[0] as number, runQueue, after[0] as number),
        outside('blocked', before[1] as number, blocked, after[1] as number),
      ]
    }
    expect(await differences(compare)).toEqual([])
  })

  test('load averages and threads are those of /proc/loadavg', async () => {
    const parse = (): number[] => {
      const [one, five, fifteen, tasks] = text('/proc/loadavg').split(' ')
      return [Number(one), Number(five), Number(fifteen), Number(tasks?.split('/')[1])]
    }
    const compare = () => {
      const before = parse()
      const { load1, load5, load15, threads } = read(system.load())
      const after = parse()
      const names = ['1 min', '5 min', '15 min', 'threads']
      return [load1, load5, load15, threads].map((ours, i) =>
        outside(names[i] as string, before[i] as number, ours, after[i] as number),
      )
    }
    expect(await differences(compare)).toEqual([])
  })
})

describe('memory', () => {
  test.skipIf(!requireTool('free'))('M1, M5: as free tells it, within 1 MiB', async () => {
    const free = (): Record<string, number> => {
      const [, memory = []] = words(run('free', '-b', '-w'))
      const [, total, , free_, shared, buffers, cache, available] = memory.map(Number)
      return { total, free: free_, shared, buffers, cache, available } as Record<string, number>
    }
    const compare = () => {
      const before = free()
      const m = read(system.memory())
      const after = free()
      const ours: Record<string, number | undefined> = {
        total: m.totalBytes,
        free: m.freeBytes,
        shared: m.sharedBytes,
        buffers: m.buffersBytes,
        // free counts tmpfs as cache, which cannot be dropped: we show it apart (M5).
        cache: (m.cachedBytes ?? 0) + (m.sharedBytes ?? 0),
        available: m.availableBytes,
      }
      return Object.entries(ours).map(([name, value]) =>
        // A program that starts takes some hundred pages between any two readings.
        outside(name, before[name] as number, value, after[name] as number, name === 'total' ? 0 : 2 ** 20),
      )
    }
    expect(await differences(compare)).toEqual([])
    const m = read(system.memory())
    expect(m.usedBytes).toBe(m.totalBytes - (m.availableBytes ?? 0))
    expect(m.usedBytes + (m.reclaimableBytes ?? Number.NaN) + (m.freeBytes ?? Number.NaN)).toBe(m.totalBytes)
  })

  test('M3: each field is that of /proc/meminfo, or absent when that has none', async () => {
    const fields = {
      AnonPages: 'anonymousBytes',
      Mapped: 'mappedBytes',
      Dirty: 'dirtyBytes',
      Writeback: 'writebackBytes',
      KernelStack: 'kernelStackBytes',
      PageTables: 'pageTablesBytes',
      Percpu: 'perCpuBytes',
      VmallocUsed: 'vmallocBytes',
      SReclaimable: 'slabReclaimableBytes',
      SUnreclaim: 'slabUnreclaimableBytes',
      Committed_AS: 'committedBytes',
      CommitLimit: 'commitLimitBytes',
      Zswap: 'zswapStoredBytes',
      Zswapped: 'zswapOriginalBytes',
    } as const
    const compare = () => {
      const before = values(text('/proc/meminfo'))
      const ours = read(system.memory())
      const after = values(text('/proc/meminfo'))
      return Object.entries(fields).map(([key, field]) => {
        const [low, high] = [before.get(key), after.get(key)]
        if (low === undefined || high === undefined) return invented(key, ours[field])
        return outside(key, low * 1024, ours[field], high * 1024)
      })
    }
    expect(await differences(compare)).toEqual([])
  })

  test('M12: swap is that of /proc/swaps, and absent when there is none', async () => {
    const swaps = (): number[][] =>
      words(text('/proc/swaps'))
        .slice(1)
        .map((line) => line.slice(-3).map(Number))
    const sum = (column: number): number => swaps().reduce((total, line) => total + (line[column] ?? 0), 0) * 1024
    const compare = () => {
      const before = sum(1)
      const { swapUsedBytes, swapFreeBytes } = read(system.memory())
      if (swaps().length === 0) return [invented('used', swapUsedBytes), invented('free', swapFreeBytes)]
      return [
        outside('used', before, swapUsedBytes, sum(1), 2 ** 20),
        outside('size', sum(0), (swapUsedBytes ?? 0) + (swapFreeBytes ?? 0), sum(0), 2 ** 20),
      ]
    }
    expect(await differences(compare)).toEqual([])
  })

  test('paging counters are those of /proc/vmstat', () => {
    const before = values(text('/proc/vmstat'))
    const paging = read(system.paging())
    const after = values(text('/proc/vmstat'))
    const between = (key: string, ours: number | undefined, factor = 1): string | undefined =>
      before.has(key)
        ? outside(key, (before.get(key) ?? 0) * factor, ours, (after.get(key) ?? 0) * factor)
        : invented(key, ours)
    const wrong = [
      between('pgmajfault', paging.majorFaults),
      between('pswpin', paging.swappedInPages),
      between('pswpout', paging.swappedOutPages),
      between('pgpgin', paging.pagedInBytes, 1024),
      between('pgpgout', paging.pagedOutBytes, 1024),
      between('oom_kill', paging.oomKills),
      outside(
        'minor faults',
        (before.get('pgfault') ?? 0) - (before.get('pgmajfault') ?? 0),
        paging.minorFaults,
        (after.get('pgfault') ?? 0) - (after.get('pgmajfault') ?? 0),
      ),
    ]
    expect(wrong.filter((line) => line !== undefined)).toEqual([])
  })
})

describe.skipIf(!requireFile('/proc/pressure/cpu', 'compares the stalls that the kernel counts'))('pressure', () => {
  test('P2, P3: seconds of stall are the totals of /proc/pressure, in microseconds there', () => {
    const totals = (resource: string): Map<string, number> =>
      new Map(
        words(text(`/proc/pressure/${resource}`)).map((line) => [
          line[0] ?? '',
          Number(line[4]?.replace('total=', '')),
        ]),
      )
    for (const resource of ['cpu', 'memory', 'io'] as const) {
      const before = totals(resource)
      const ours = read(system.pressure())[resource]
      const after = totals(resource)
      for (const [kind, seconds] of [
        ['some', ours?.someSeconds],
        ['full', ours?.fullSeconds],
      ] as const) {
        if (!before.has(kind)) expect(seconds).toBeUndefined()
        else
          expect(
            outside(
              `${resource} ${kind}`,
              before.get(kind) ?? 0,
              (seconds ?? Number.NaN) * 1e6,
              after.get(kind) ?? 0,
              1,
            ),
          ).toBeUndefined()
      }
    }
  })
})

describe('kernel', () => {
  test('T3: the machine came up when uptime says, within 2 s', () => {
    const up = Date.parse(`${run('uptime', '-s').trim().replace(' ', 'T')}Z`)
    const { uptimeSeconds } = read(system.kernel())
    expect(outside('boot', up, Date.now() - uptimeSeconds * 1000, up, 2000)).toBeUndefined()
  })

  test('descriptors in use are those of file-nr', async () => {
    const handles = (): number[] => text('/proc/sys/fs/file-nr').trim().split(/\s+/).map(Number)
    const compare = () => {
      const before = handles()
      const { fileDescriptors, fileDescriptorLimit } = read(system.kernel())
      const after = handles()
      const limit = before[2] ?? 0
      return [
        // The kernel counts them per CPU, in batches of 32.
        outside('used', before[0] ?? 0, fileDescriptors, after[0] ?? 0, 64),
        limit >= 2 ** 53 ? invented('limit', fileDescriptorLimit) : outside('limit', limit, fileDescriptorLimit, limit),
      ]
    }
    expect(await differences(compare)).toEqual([])
  })

  test('the identity is that of uname and of this boot', () => {
    expect(platform.identity()).toMatchObject({
      hostName: run('uname', '-n').trim(),
      kernel: run('uname', '-r').trim(),
      bootId: text('/proc/sys/kernel/random/boot_id').trim(),
      memoryBytes: (values(text('/proc/meminfo')).get('MemTotal') ?? 0) * 1024,
    })
  })

  test('its own memory and CPU time are those that ps tells of it', async () => {
    const ps = (): number[] =>
      (words(run('ps', '-o', 'rss=,cputimes=', '-p', String(process.pid)))[0] ?? []).map(Number)
    const compare = () => {
      const before = ps()
      const { residentBytes, userSeconds, systemSeconds } = system.self()
      const after = ps()
      return [
        outside('rss', (before[0] ?? 0) * 1024, residentBytes, (after[0] ?? 0) * 1024, 2 ** 20),
        // ps tells whole seconds.
        outside('cpu', before[1] ?? 0, userSeconds + systemSeconds, (after[1] ?? 0) + 1),
      ]
    }
    expect(await differences(compare)).toEqual([])
  })
})
