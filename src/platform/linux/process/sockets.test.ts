import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { formatAddress, parseSocketTable } from './sockets.ts'

const heading = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'

describe('addresses', () => {
  for (const [text, shown] of [
    ['0100007F:1F90', '127.0.0.1:8080'],
    ['00000000:0016', '0.0.0.0:22'],
    ['00000000000000000000000000000000:0050', '[::]:80'],
    ['00000000000000000000000001000000:0050', '[::1]:80'],
    ['0000000000000000FFFF00000100007F:0050', '[::ffff:127.0.0.1]:80'],
    ['000080FE00000000FF005450123456FE:01BB', '[fe80::5054:ff:fe56:3412]:443'],
    ['B80D0120000000000000000001000000:01BB', '[2001:db8::1]:443'],
    ['B80D0120010000000000000001000000:01BB', '[2001:db8:0:1::1]:443'],
    ['B80D0120010001000100010001000100:01BB', '[2001:db8:1:1:1:1:1:1]:443'],
    ['B80D0120000000000000000000000000:01BB', '[2001:db8::]:443'],
    ['B80D0120010000000100010001000100:01BB', '[2001:db8:0:1:1:1:1:1]:443'],
  ] as const) {
    test(`${text} is ${shown}`, () => expect(formatAddress(text)).toBe(shown))
  }

  test('every IPv6 address is written so that it reads back the same', () => {
    const group = fc.oneof(fc.constant(0), fc.nat({ max: 0xffff }))
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const bytes = groups.flatMap((value) =>
          [value >> 8, value & 0xff].map((byte) => byte.toString(16).padStart(2, '0')),
        )
        const words = [0, 4, 8, 12].map((at) =>
          bytes
            .slice(at, at + 4)
            .reverse()
            .join(''),
        )
        const shown = formatAddress(`${words.join('').toUpperCase()}:0001`)
        expect(new URL(`http://${shown}/`).host).toBe(
          new URL(`http://[${groups.map((value) => value.toString(16)).join(':')}]:1/`).host,
        )
      }),
    )
  })
})

describe('tables of sockets', () => {
  test('TCP with its states, and UDP without', () => {
    const line =
      '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 23456 1 0\n'
    const other =
      '   1: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000  1000        0 23457 1 0\n'
    expect(parseSocketTable('tcp', heading + line + other)).toEqual([
      { protocol: 'tcp', local: '127.0.0.1:8080', remote: '', state: 'LISTEN', inode: '23456' },
      { protocol: 'tcp', local: '127.0.0.1:8080', remote: '127.0.0.1:49153', state: 'ESTABLISHED', inode: '23457' },
    ])
    expect(parseSocketTable('udp', heading + line)[0]).toMatchObject({ protocol: 'udp', state: '' })
  })

  test('Unix sockets, with and without a path', () => {
    const text =
      'Num       RefCount Protocol Flags    Type St Inode Path\n' +
      '00000000a: 00000002 00000000 00010000 0001 01 12345 /run/x.sock\n' +
      '00000000b: 00000003 00000000 00000000 0001 03 12346\n'
    expect(parseSocketTable('unix', text)).toEqual([
      { protocol: 'unix', local: '/run/x.sock', remote: '', state: 'LISTEN', inode: '12345' },
      { protocol: 'unix', local: '', remote: '', state: 'CONNECTED', inode: '12346' },
    ])
  })

  test('any text is read without a throw', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        for (const table of ['tcp', 'tcp6', 'udp', 'unix'] as const) parseSocketTable(table, `x\n${text}`)
        formatAddress(text)
      }),
    )
  })
})
