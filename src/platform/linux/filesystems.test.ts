import { describe, expect, test } from 'bun:test'
import { eventually } from '../../../test/e2e/daemon.ts'
import { type FixtureHost, fixtureHost } from '../../../test/fixture-host.ts'
import { type FilesystemSpace, HostError } from '../host.ts'
import type { FilesystemReading } from '../platform.ts'
import { Filesystems, readingOf, staleAfterMs } from './filesystems.ts'
import { parseMountinfo } from './mountinfo.ts'

const line = (path: string, source: string, device: string, options = 'rw'): string =>
  `36 35 ${device} / ${path} ${options} - ext4 ${source} rw\n`
const mount = parseMountinfo(line('/', '/dev/sda1', '8:1'))[0]!
const space: FilesystemSpace = {
  blockBytes: 4096,
  blocks: 1000,
  blocksFree: 300,
  blocksAvailable: 250,
  inodes: 500,
  inodesFree: 400,
}

function machine(): FixtureHost {
  const host = fixtureHost()
  host.put('proc/1/mountinfo', line('/', '/dev/root', '8:1') + line('/srv', '/dev/sdb1', '8:17', 'ro'))
  host.put('proc/self/mountinfo', line('/own', '/dev/sdc1', '8:33'))
  host.putLink('sys/dev/block/8:1', '../../devices/pci/block/sda/sda1')
  for (const path of ['/', '/srv', '/own']) host.setSpace(path, space)
  return host
}
const read = async (host: FixtureHost): Promise<Map<string, FilesystemReading>> =>
  new Map((await new Filesystems(host).read()).map((one) => [one.mountpoint, one]))

describe('space of a filesystem', () => {
  test('F4 as df has it: what is reserved for root is neither used nor free', () => {
    expect(readingOf(mount, space, false)).toMatchObject({
      sizeBytes: 1000 * 4096,
      usedBytes: 700 * 4096,
      freeBytes: 250 * 4096,
      reservedBytes: 50 * 4096,
      inodesUsed: 100,
      inodesFree: 400,
    })
  })

  test('F6 without a number of inodes they are absent, not 0', () => {
    expect(readingOf(mount, { ...space, inodes: 0, inodesFree: 0 }, false)).toMatchObject({
      usedBytes: 700 * 4096,
      inodesUsed: undefined,
      inodesFree: undefined,
    })
  })

  test('a filesystem without blocks has no size', () => {
    expect(readingOf(mount, { ...space, blocks: 0, blocksFree: 0, blocksAvailable: 0 }, false)).toMatchObject({
      sizeBytes: undefined,
      usedBytes: undefined,
      freeBytes: undefined,
    })
  })

  test('more free than there is leaves nothing negative', () => {
    expect(
      readingOf(mount, { ...space, blocksFree: 2000, blocksAvailable: 2100, inodesFree: 900 }, false),
    ).toMatchObject({
      usedBytes: 0,
      reservedBytes: 0,
      inodesUsed: 0,
    })
  })
})

describe('which filesystems', () => {
  test('F10 those that the first process sees, not our own sandbox', async () => {
    const found = await read(machine())
    expect([...found.keys()]).toEqual(['/', '/srv'])
    expect(found.get('/srv')?.readOnly).toBe(true)
  })

  test('F10 from a sandbox the machine’s mounts are asked through the first process', async () => {
    const recorded = machine()
    recorded.putLink('proc/1/ns/mnt', 'mnt:[4026531841]')
    recorded.putLink('proc/self/ns/mnt', 'mnt:[4026532999]')
    const host: FixtureHost = {
      ...recorded,
      filesystemSpace: async (path, type, timeoutMs) => {
        if (path === `${recorded.procfs}/1/root/srv`) return { ...space, blocks: 2000 }
        if (path.startsWith(recorded.procfs)) throw new HostError('EACCES', path, 'denied')
        return recorded.filesystemSpace(path, type, timeoutMs)
      },
    }
    const found = await read(host)
    expect(found.get('/srv')?.sizeBytes).toBe(2000 * 4096)
    // Where that may not be looked into, our own view is what there is.
    expect(found.get('/')?.sizeBytes).toBe(1000 * 4096)
  })

  test('F7 when the first process hides them, our own', async () => {
    const host = machine()
    host.fail('proc/1/mountinfo', 'EACCES')
    expect([...(await read(host)).keys()]).toEqual(['/own'])
  })

  test('F8 /dev/root is told by the name of the device', async () => {
    const host = machine()
    expect((await read(host)).get('/')?.device).toBe('/dev/sda1')
    host.remove('sys/dev/block/8:1')
    expect((await read(host)).get('/')?.device).toBe('/dev/root')
  })

  test('one that does not answer is stale, harms no other, and is not asked twice at a time', async () => {
    const host = machine()
    host.setSpace('/srv', undefined)
    const filesystems = new Filesystems(host)
    const first = filesystems.read()
    await Promise.resolve()
    await Promise.resolve()
    const second = await filesystems.read()
    expect(second.find(({ mountpoint }) => mountpoint === '/srv')).toMatchObject({ stale: true, sizeBytes: undefined })
    expect(host.clock.pendingTimers).toBe(1)
    host.clock.advance(staleAfterMs)
    expect(await first).toMatchObject([{ stale: false }, { stale: true, usedBytes: undefined }])
    host.setSpace('/srv', space)
    expect(await filesystems.read()).toMatchObject([{ stale: false }, { stale: false, usedBytes: 700 * 4096 }])
  })

  test('F1 one that stays away is waited for once only, and is told again when it returns', async () => {
    const host = machine()
    host.setSpace('/srv', undefined)
    const filesystems = new Filesystems(host)
    const first = filesystems.read()
    await Bun.sleep(0)
    host.clock.advance(staleAfterMs)
    expect(await first).toMatchObject([{ stale: false }, { stale: true }])
    for (let i = 0; i < 3; i++) expect(await filesystems.read()).toMatchObject([{ stale: false }, { stale: true }])
    expect(host.clock.pendingTimers).toBe(1)
    host.setSpace('/srv', space)
    host.clock.advance(staleAfterMs)
    const readings = await eventually(
      () => filesystems.read(),
      ([, srv]) => srv?.stale === false,
    )
    expect(readings[1]?.usedBytes).toBe(700 * 4096)
  })

  test('an error that is no answer is not taken for one', async () => {
    const host: FixtureHost = { ...machine(), filesystemSpace: () => Promise.reject(new TypeError('broken')) }
    await expect(new Filesystems(host).read()).rejects.toThrow('broken')
  })
})
