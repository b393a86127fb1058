import { describe, expect, test } from 'bun:test'
import { type FixtureHost, fixtureHost } from '../../../test/fixture-host.ts'
import { type CgroupReading, isAbsent } from '../platform.ts'
import { Cgroups } from './cgroups.ts'

const root = 'sys/fs/cgroup'
const gib = 2 ** 30
const cpuStat = (microseconds: number): string =>
  `usage_usec ${microseconds * 2}\nuser_usec ${microseconds}\nsystem_usec ${microseconds}\n`

function machine(own = '/system.slice/sysmond.service'): FixtureHost {
  const host = fixtureHost()
  host.put('proc/self/mountinfo', '30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n')
  host.put('proc/self/cgroup', `0::${own}\n`)
  host.put(`${root}/cpu.stat`, cpuStat(900))
  host.put(`${root}/system.slice/cpu.stat`, cpuStat(500))
  host.put(`${root}/system.slice/sysmond.service/cpu.stat`, cpuStat(5))
  return host
}

const cgroupsOf = (host: FixtureHost, limit = 100, memoryTotalBytes: number | undefined = 16 * gib): Cgroups =>
  new Cgroups({ host, limit, countsDevice: () => true, memoryTotalBytes: () => memoryTotalBytes })

const readAll = (cgroups: Cgroups): readonly CgroupReading[] => {
  const reading = cgroups.read()
  if (isAbsent(reading)) throw new Error(reading.absent)
  return reading
}
const readOne = (cgroups: Cgroups, cgroup: string): CgroupReading | undefined =>
  readAll(cgroups).find((group) => group.cgroup === cgroup)

/** Files of one service. */
function service(host: FixtureHost, name: string, files: Readonly<Record<string, string>>): string {
  const path = `/system.slice/${name}`
  host.put(`${root}${path}/cpu.stat`, cpuStat(1))
  for (const [file, text] of Object.entries(files)) host.put(`${root}${path}/${file}`, text)
  return path
}

describe('limits', () => {
  test('K3 a limit is the least of the group’s and its ancestors’', () => {
    const host = machine()
    const path = service(host, 'db.service', {
      'memory.max': `${4 * gib}\n`,
      'cpu.max': 'max 100000\n',
      'pids.max': 'max\n',
    })
    host.put(`${root}/system.slice/memory.max`, `${2 * gib}\n`)
    host.put(`${root}/system.slice/cpu.max`, '150000 100000\n')
    host.put(`${root}/system.slice/pids.max`, '512\n')
    expect(readOne(cgroupsOf(host), path)).toMatchObject({
      memoryLimitBytes: 2 * gib,
      cpuLimit: 1.5,
      processLimit: 512,
    })
  })

  test('K3 a limit at or above the machine’s memory is none', () => {
    const host = machine()
    const path = service(host, 'db.service', { 'memory.max': `${16 * gib}\n` })
    expect(readOne(cgroupsOf(host), path)?.memoryLimitBytes).toBeUndefined()
  })

  test('K1 the own limit stands beside the machine’s memory, under the name self', () => {
    const host = machine('/docker/own')
    host.put(`${root}/docker/own/cpu.stat`, cpuStat(1))
    host.put(`${root}/docker/own/memory.max`, `${gib}\n`)
    expect(readOne(cgroupsOf(host), 'self')).toMatchObject({ memoryLimitBytes: gib })
  })
})

describe('memory', () => {
  const memory = {
    'memory.current': '1000\n',
    'memory.stat': 'anon 100\nfile 700\nkernel 50\nshmem 300\ninactive_file 350\nslab 40\nkernel_stack 5\n',
    'memory.events': 'high 1\nmax 2\noom 3\noom_kill 4\n',
    'memory.swap.current': '77\n',
  }

  test('K4 the working set leaves out inactive file cache, and shared memory stands apart from it', () => {
    const host = machine()
    const path = service(host, 'db.service', memory)
    expect(readOne(cgroupsOf(host), path)).toMatchObject({
      workingSetBytes: 650,
      anonymousBytes: 100,
      sharedBytes: 300,
      fileBytes: 400,
      kernelBytes: 50,
      swapBytes: 77,
      memoryEvents: { high: 1, max: 2, oom: 3, oom_kill: 4 },
    })
  })

  test('K4 nothing falls below 0', () => {
    const host = machine()
    const stat = 'anon 1\nfile 10\nshmem 20\ninactive_file 5000\n'
    const path = service(host, 'db.service', { ...memory, 'memory.stat': stat })
    expect(readOne(cgroupsOf(host), path)).toMatchObject({ workingSetBytes: 0, fileBytes: 0 })
  })

  test('before Linux 5.18 the kernel’s share is slab and stacks', () => {
    const host = machine()
    const stat = 'anon 1\nfile 10\nshmem 2\ninactive_file 5\nslab 40\nkernel_stack 5\n'
    const path = service(host, 'db.service', { ...memory, 'memory.stat': stat })
    expect(readOne(cgroupsOf(host), path)?.kernelBytes).toBe(45)
  })

  test('K10 a controller that is off is absent, not 0', () => {
    const host = machine()
    const path = service(host, 'bare.service', {})
    const group = readOne(cgroupsOf(host), path)!
    expect(group).toMatchObject({ userSeconds: 0.000001, memoryEvents: {}, pressure: {} })
    for (const field of ['anonymousBytes', 'workingSetBytes', 'readBytes', 'processes', 'throttledSeconds'] as const)
      expect(group[field]).toBeUndefined()
  })

  test('K10 a controller that is switched on later is seen within two minutes', () => {
    const host = machine()
    const path = service(host, 'bare.service', {})
    const cgroups = cgroupsOf(host)
    for (let tick = 0; tick < 20; tick++) readAll(cgroups)
    expect(host.reads(`${root}${path}/memory.current`)).toBe(1)
    service(host, 'bare.service', memory)
    for (let tick = 0; tick < 120; tick++) {
      host.clock.advance(1000)
      readAll(cgroups)
    }
    expect(readOne(cgroups, path)).toMatchObject({ workingSetBytes: 650 })
  })
})

describe('which groups there are', () => {
  test('K9 containers are read from the kernel’s files, named by what their engine calls them', () => {
    const host = machine()
    const id = '3f2a9c01d4e5'.padEnd(64, '0')
    for (const path of [
      `/system.slice/docker-${id}.scope`,
      `/docker/${id}`,
      `/machine.slice/libpod-${id}.scope`,
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0a1b2c3d_0000_0000_0000_000000000000.slice/cri-containerd-${id}.scope`,
    ]) {
      host.put(`${root}${path}/cpu.stat`, cpuStat(1))
      expect(readOne(cgroupsOf(host), path)?.name).toBe('container 3f2a9c01d4e5')
    }
  })

  test('R12 names that a terminal would obey are harmless', () => {
    const host = machine()
    host.put(`${root}/system.slice/a\u001b]0;x.service/cpu.stat`, cpuStat(1))
    expect(readAll(cgroupsOf(host)).map(({ name }) => name)).toContain('a\ufffd]0;x.service')
  })

  test('K11 no more than the limit are read, and those that were known stay', () => {
    const host = machine()
    for (const name of ['a', 'b', 'c']) service(host, `${name}.service`, {})
    const cgroups = cgroupsOf(host, 2)
    const first = readAll(cgroups).map(({ cgroup }) => cgroup)
    expect(first).toHaveLength(3)
    expect(cgroups.leftOut).toBe(2)
    service(host, 'aa.service', {})
    host.clock.advance(10_000)
    expect(readAll(cgroups).map(({ cgroup }) => cgroup)).toEqual(first)
    expect(cgroups.leftOut).toBe(3)
  })

  test('K11 a group that has ended is forgotten', () => {
    const host = machine()
    const cgroups = cgroupsOf(host)
    for (let run = 0; run < 50; run++) {
      const path = service(host, `run-${run}.scope`, {})
      host.clock.advance(10_000)
      expect(readOne(cgroups, path)).toBeDefined()
      host.remove(`${root}${path}`)
    }
    host.clock.advance(10_000)
    expect(readAll(cgroups).map(({ cgroup }) => cgroup)).toEqual(['self', '/system.slice/sysmond.service'])
  })

  test('a service that is restarted between two looks is read on', () => {
    const host = machine()
    const cgroups = cgroupsOf(host)
    const path = service(host, 'web.service', { 'pids.current': '5\n' })
    host.clock.advance(10_000)
    expect(readOne(cgroups, path)?.processes).toBe(5)
    host.remove(`${root}${path}`)
    expect(readOne(cgroups, path)).toBeUndefined()
    service(host, 'web.service', { 'pids.current': '6\n' })
    host.clock.advance(10_000)
    expect(readOne(cgroups, path)?.processes).toBe(6)
  })

  test('a group that does nothing is read again now and then, one that does each tick', () => {
    const host = machine()
    const path = service(host, 'idle.service', { 'pids.current': '5\n' })
    const cgroups = cgroupsOf(host)
    for (let tick = 0; tick < 20; tick++) readAll(cgroups)
    expect(host.reads(`${root}${path}/pids.current`)).toBeLessThanOrEqual(3)
    for (let tick = 0; tick < 20; tick++) {
      host.put(`${root}${path}/cpu.stat`, cpuStat(tick + 10))
      readAll(cgroups)
    }
    expect(host.reads(`${root}${path}/pids.current`)).toBeGreaterThanOrEqual(20)
  })

  test('K5 a machine with version 1 only says so: its fuzzy usage_in_bytes is not read', () => {
    const host = fixtureHost()
    host.put('proc/self/mountinfo', '30 24 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n')
    host.put('sys/fs/cgroup/memory/memory.usage_in_bytes', '1234\n')
    expect(cgroupsOf(host).read()).toEqual({ absent: 'no cgroup v2 hierarchy is mounted' })
    expect(host.reads('sys/fs/cgroup/memory/memory.usage_in_bytes')).toBe(0)
  })
})
