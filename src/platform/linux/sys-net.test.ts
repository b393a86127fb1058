import { describe, expect, test } from 'bun:test'
import { type FixtureHost, fixtureHost } from '../../../test/fixture-host.ts'
import { Interfaces, parseSpeed } from './sys-net.ts'

/** Two cards in a bond with a VLAN on it, a bridge with a container's end in it, and a tunnel. */
function machine(): FixtureHost {
  const host = fixtureHost()
  for (const name of ['eno1', 'eno2']) {
    host.putLink(`sys/class/net/${name}/device`, '../../../0000:01:00.0')
    host.putLink(`sys/class/net/${name}/master`, '../bond0')
  }
  host.put('sys/class/net/bond0/bonding/slaves', 'eno1 eno2\n')
  for (const name of ['bond0.20', 'br0', 'wg0', 'lo']) host.putFolder(`sys/class/net/${name}`)
  host.putLink('sys/class/net/veth12/master', '../br0')
  return host
}

describe('roles of interfaces', () => {
  for (const [device, role] of [
    ['eno1', 'physical'],
    ['eno2', 'physical'],
    ['bond0', 'virtual'],
    ['bond0.20', 'virtual'],
    ['br0', 'virtual'],
    ['wg0', 'virtual'],
    ['veth12', 'slave'],
    ['lo', 'loopback'],
  ] as const) {
    test(`N7 ${device} is ${role}`, () => expect(new Interfaces(machine()).roleOf(device)).toBe(role))
  }

  test('N9 a name given again is looked at again', () => {
    const host = machine()
    const interfaces = new Interfaces(host)
    expect(interfaces.roleOf('eno1')).toBe('physical')
    host.remove('sys/class/net/eno1')
    host.putFolder('sys/class/net/eno1')
    interfaces.forget()
    expect(interfaces.roleOf('eno1')).toBe('virtual')
  })
})

describe('speed and state', () => {
  for (const [text, bytesPerSecond] of [
    ['1000', 125_000_000],
    ['100000', 12_500_000_000],
    ['10', 1_250_000],
    ['4294967295', undefined],
    ['65535', undefined],
    ['-1', undefined],
    ['0', undefined],
    ['', undefined],
    ['fast', undefined],
    [undefined, undefined],
  ] as const) {
    test(`N6 a speed of ${JSON.stringify(text)} Mbit/s`, () => expect(parseSpeed(text)).toBe(bytesPerSecond as never))
  }

  const upOf = async (files: Readonly<Record<string, string>>): Promise<boolean | undefined> => {
    const host = fixtureHost()
    for (const [name, text] of Object.entries(files)) host.put(`sys/class/net/x0/${name}`, text)
    return (await new Interfaces(host).links(['x0']))[0]?.up
  }
  for (const [what, files, up] of [
    ['up', { operstate: 'up\n' }, true],
    ['down', { operstate: 'down\n' }, false],
    ['lowerlayerdown', { operstate: 'lowerlayerdown\n', carrier: '0\n' }, false],
    ['unknown with a carrier (tunnels, loopback)', { operstate: 'unknown\n', carrier: '1\n' }, true],
    ['unknown without', { operstate: 'unknown\n', carrier: '0\n' }, false],
    ['unknown altogether', { operstate: 'unknown\n' }, undefined],
    ['gone', {}, undefined],
  ] as const) {
    test(`an interface that is ${what}`, async () => expect(await upOf(files)).toBe(up as never))
  }

  test('N14 an interface that goes away while reading does not take the others along', async () => {
    const host = machine()
    host.put('sys/class/net/eno2/speed', '1000\n')
    host.put('sys/class/net/eno2/operstate', 'up\n')
    host.fail('sys/class/net/eno1/speed', 'EINVAL')
    host.fail('sys/class/net/eno1/operstate', 'ENODEV')
    expect(await new Interfaces(host).links(['eno1', 'eno2'])).toEqual([
      { device: 'eno1', role: 'physical', bytesPerSecond: undefined, up: undefined },
      { device: 'eno2', role: 'physical', bytesPerSecond: 125_000_000, up: true },
    ])
  })
})
