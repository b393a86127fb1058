import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { fixtureHost } from '../../../test/fixture-host.ts'
import { bytesOf } from '../../../test/text-bytes.ts'
import type { PressureTimes } from '../platform.ts'
import { parsePressure } from './pressure.ts'
import { createLinuxSystem } from './system.ts'

const parse = (text: string): PressureTimes => parsePressure(bytesOf(text))
const some = 'some avg10=80.00 avg60=50.00 avg300=10.00 total=2549033\n'
const full = 'full avg10=70.00 avg60=40.00 avg300=9.00 total=1200000\n'

describe('pressure files', () => {
  test('P3 the totals are told, in seconds, and no average', () => {
    expect(parse(some + full)).toEqual({ someSeconds: 2.549033, fullSeconds: 1.2 })
  })

  test('P2 either line may be missing', () => {
    expect(parse(some)).toEqual({ someSeconds: 2.549033, fullSeconds: undefined })
    expect(parse(full)).toEqual({ someSeconds: undefined, fullSeconds: 1.2 })
    expect(parse('')).toEqual({ someSeconds: undefined, fullSeconds: undefined })
    expect(parse('some avg10=0.00 total=\n')).toEqual({ someSeconds: undefined, fullSeconds: undefined })
  })

  test('any bytes give times that are not negative, or nothing', () => {
    const piece = fc.constantFrom(
      'some ',
      'full ',
      'total=',
      'avg10=0.00 ',
      '12',
      ' ',
      '\n',
      '99999999999999999999',
      'x',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        for (const seconds of Object.values(parse(pieces.join(''))))
          if (seconds !== undefined) expect(seconds).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})

describe('reading them', () => {
  test('P1 files that exist but cannot be read: absent, with the cure, and not tried each tick', () => {
    const host = fixtureHost()
    for (const resource of ['cpu', 'memory', 'io']) {
      host.put(`proc/pressure/${resource}`, '')
      host.fail(`proc/pressure/${resource}`, 'EOPNOTSUPP')
    }
    const system = createLinuxSystem(host, 0)
    for (let tick = 0; tick < 10; tick++) {
      expect(system.pressure()).toEqual({
        absent: `${host.procfs}/pressure/cpu: switched off in the kernel (psi=0; boot with psi=1)`,
      })
      host.clock.advance(1000)
    }
    expect(host.reads('proc/pressure/cpu')).toBe(1)
  })

  test('P2 a kernel without irq pressure tells the others', () => {
    const host = fixtureHost()
    host.put('proc/pressure/cpu', some)
    host.put('proc/pressure/io', some + full)
    expect(createLinuxSystem(host, 0).pressure()).toEqual({
      cpu: { someSeconds: 2.549033, fullSeconds: undefined },
      io: { someSeconds: 2.549033, fullSeconds: 1.2 },
    })
  })
})
