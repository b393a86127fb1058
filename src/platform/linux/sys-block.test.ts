import { describe, expect, test } from 'bun:test'
import { type FixtureHost, fixtureHost } from '../../../test/fixture-host.ts'
import { isAbsent } from '../platform.ts'
import { BlockDevices } from './sys-block.ts'
import { createLinuxSystem } from './system.ts'

/** An NVMe disk with two partitions, LVM on one of them, a RAID of two disks, a loop and compressed swap. */
function machine(): FixtureHost {
  const host = fixtureHost()
  const device = (name: string, number: string, sectors: number): string => {
    host.put(`sys/class/block/${name}/size`, `${sectors}\n`)
    host.putLink(`sys/dev/block/${number}`, `../../class/block/${name}`)
    return `sys/class/block/${name}`
  }
  host.putLink(`${device('nvme0n1', '259:0', 1000)}/device`, '../../nvme0')
  for (const [part, number] of [
    ['nvme0n1p1', '259:1'],
    ['nvme0n1p2', '259:2'],
  ] as const)
    host.put(`${device(part, number, 500)}/partition`, '1\n')
  host.putLink(`${device('dm-0', '253:0', 400)}/slaves/nvme0n1p2`, '../../nvme0n1p2')
  for (const [disk, number] of [
    ['sda', '8:0'],
    ['sdb', '8:16'],
  ] as const)
    host.putLink(`${device(disk, number, 2000)}/device`, '../../0:0:0:0')
  host.putLink(`${device('md0', '9:0', 2000)}/slaves/sda`, '../../sda')
  host.putFolder(`${device('loop0', '7:0', 8)}/slaves`)
  device('zram0', '252:0', 64)
  host.putLink(`${device('mpatha', '253:9', 2000)}/slaves/sda`, '../../sda')
  host.putLink('sys/class/block/mpatha/device', '../../target')
  device('cciss!c0d0', '104:0', 100)
  host.putLink('sys/class/block/cciss!c0d0/device', '../../cciss0')
  return host
}

describe('block devices', () => {
  for (const [device, role] of [
    ['nvme0n1', 'physical'],
    ['sda', 'physical'],
    ['cciss/c0d0', 'physical'],
    ['nvme0n1p1', 'partition'],
    ['dm-0', 'virtual'],
    ['md0', 'virtual'],
    ['loop0', 'virtual'],
    ['mpatha', 'virtual'],
    ['zram0', 'virtual'],
  ] as const) {
    test(`D1 ${device} is ${role}`, () => expect(new BlockDevices(machine()).roleOf(device)).toBe(role))
  }

  test('D1 without sysfs, the name alone tells disks from the devices that stand on them', () => {
    const blocks = new BlockDevices(fixtureHost())
    expect(['sda', 'dm-1', 'loop3', 'md127', 'zram0'].map(blocks.roleOf)).toEqual([
      'physical',
      'virtual',
      'virtual',
      'virtual',
      'virtual',
    ])
  })

  test('K6 of a group’s I/O only top-level devices count', () => {
    const blocks = new BlockDevices(machine())
    expect(['259:0', '259:1', '253:0', '9:0', '99:9'].map((number) => blocks.countsNumber(number))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ])
  })

  test('D8 a name given again is looked at again', () => {
    const host = machine()
    const blocks = new BlockDevices(host)
    expect(blocks.roleOf('sdb')).toBe('physical')
    host.remove('sys/class/block/sdb')
    host.putFolder('sys/class/block/sdb')
    blocks.forget()
    expect(blocks.roleOf('sdb')).toBe('virtual')
  })

  test('D2 sizes are in sectors of 512 bytes', async () => {
    const sizes = await new BlockDevices(machine()).sizes()
    expect(sizes.find(({ device }) => device === 'nvme0n1')).toEqual({
      device: 'nvme0n1',
      role: 'physical',
      bytes: 512_000,
    })
    expect(sizes.map(({ device }) => device)).toContain('cciss/c0d0')
  })

  test('D8 a device that goes away while sizes are read does not take the others along', async () => {
    const host = machine()
    host.fail('sys/class/block/sda/size', 'ENODEV')
    const devices = (await new BlockDevices(host).sizes()).map(({ device }) => device)
    expect(devices).not.toContain('sda')
    expect(devices).toContain('sdb')
  })

  test('no sysfs at all is absent with a reason', async () => {
    const reading = await createLinuxSystem(fixtureHost(), 0).diskSizes()
    expect(isAbsent(reading) ? reading.absent : '').toContain('this kernel does not have it')
  })
})
