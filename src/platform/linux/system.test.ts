import { describe, expect, test } from 'bun:test'
import { fixtureHost } from '../../../test/fixture-host.ts'
import { isAbsent } from '../platform.ts'
import { createLinuxSystem, isContainer, linuxIdentity } from './system.ts'

const lxcfs = '23 22 0:45 /proc/meminfo /proc/meminfo rw,nosuid - fuse.lxcfs lxcfs rw\n'

describe('identity', () => {
  test('who this machine is', () => {
    const host = fixtureHost('laptop')
    expect(linuxIdentity(host)).toMatchObject({
      bootId: '3f0e3f2c-0000-4000-8000-000000000002',
      hostName: 'laptop',
      kernel: '6.8.0-45-generic',
      scope: 'host',
      logicalCpus: 8,
      memoryBytes: 16_384_000_000,
    })
  })

  test('K2 under lxcfs the scope of all that is read is the container', () => {
    expect(linuxIdentity(fixtureHost('lxc-container'))).toMatchObject({
      scope: 'container',
      logicalCpus: 2,
      memoryBytes: 2 ** 31,
    })
    const host = fixtureHost()
    expect(isContainer(host)).toBe(false)
    host.put('proc/self/mountinfo', lxcfs)
    expect(isContainer(host)).toBe(true)
  })

  test('a machine that tells nothing has an identity too', () => {
    expect(linuxIdentity(fixtureHost())).toMatchObject({
      bootId: 'unknown',
      hostName: 'unknown',
      memoryBytes: undefined,
    })
  })
})

describe('kernel', () => {
  const kernelOf = (fileNr: string): object => {
    const host = fixtureHost()
    host.put('proc/uptime', '86400.25 99.00\n')
    host.put('proc/sys/fs/file-nr', fileNr)
    return createLinuxSystem(host, 0).kernel()
  }
  test('open files and their limit', () => {
    expect(kernelOf('1952\t0\t819200\n')).toEqual({
      uptimeSeconds: 86_400.25,
      fileDescriptors: 1952,
      fileDescriptorLimit: 819_200,
    })
  })

  test('2^63 - 1 is no limit', () => {
    expect(kernelOf('1952\t0\t9223372036854775807\n')).toMatchObject({
      fileDescriptors: 1952,
      fileDescriptorLimit: undefined,
    })
  })
})

describe('files of the tick', () => {
  test('one that is refused is tried again after a minute, not each tick', () => {
    const host = fixtureHost()
    host.put('proc/loadavg', '1.00 2.00 3.00 1/5 6\n')
    host.fail('proc/loadavg', 'EACCES')
    const system = createLinuxSystem(host, 0)
    for (let tick = 0; tick < 59; tick++) {
      expect(system.load()).toEqual({ absent: `${host.procfs}/loadavg: permission denied` })
      host.clock.advance(1000)
    }
    host.fail('proc/loadavg', undefined)
    expect(isAbsent(system.load())).toBe(true)
    host.clock.advance(1000)
    expect(system.load()).toMatchObject({ load1: 1, threads: 5 })
    system.close()
    expect(host.openFiles).toBe(0)
  })

  test('one that breaks while it is open is opened again later', () => {
    const host = fixtureHost()
    host.put('proc/loadavg', '1.00 2.00 3.00 1/5 6\n')
    const system = createLinuxSystem(host, 0)
    expect(system.load()).toMatchObject({ load1: 1 })
    host.fail('proc/loadavg', 'EIO')
    expect(system.load()).toEqual({ absent: `${host.procfs}/loadavg: EIO` })
    host.fail('proc/loadavg', undefined)
    host.clock.advance(60_000)
    expect(system.load()).toMatchObject({ load1: 1 })
  })
})

describe('slow readings', () => {
  test('entropy, and what is no number', async () => {
    const host = fixtureHost()
    expect(isAbsent(await createLinuxSystem(host, 0).entropy())).toBe(true)
    host.put('proc/sys/kernel/random/entropy_avail', '256\n')
    expect(await createLinuxSystem(host, 0).entropy()).toEqual({ availableBits: 256 })
    host.put('proc/sys/kernel/random/entropy_avail', 'plenty\n')
    expect(isAbsent(await createLinuxSystem(host, 0).entropy())).toBe(true)
  })

  test('one that hangs is absent when its time is up', async () => {
    const host = fixtureHost()
    host.put('proc/sys/kernel/random/entropy_avail', '256\n')
    host.hang('proc/sys/kernel/random/entropy_avail')
    const reading = createLinuxSystem(host, 0).entropy()
    while (host.clock.pendingTimers === 0) await Promise.resolve()
    host.clock.advance(2000)
    expect(await reading).toEqual({ absent: 'proc/sys/kernel/random/entropy_avail: ETIMEDOUT' })
  })

  test('connections of a foreign root are not those of this machine', async () => {
    const host = fixtureHost('storage-server')
    expect(await createLinuxSystem(host, 0).connections()).toEqual({
      tcp: undefined,
      listenOverflows: 70,
      listenDropsOther: 20,
    })
  })
})
