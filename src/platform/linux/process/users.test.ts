import { describe, expect, test } from 'bun:test'
import { fixtureHost } from '../../../../test/fixture-host.ts'
import { parsePasswd, Users } from './users.ts'

const passwd = 'root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n'

describe('user names', () => {
  test('R13 the first of a number, as the local file has it', () => {
    expect([...parsePasswd(`${passwd}\n+nis\nbroken:x\nodd:x:-1:\n`)]).toEqual([
      [0, 'root'],
      [33, 'www-data'],
    ])
  })

  test('R12 a name that a terminal would obey is harmless', () => {
    expect(parsePasswd('a\u001b[2J:x:7:7').get(7)).toBe('a\ufffd[2J')
  })

  test('R13 who is not in the local file is a number, and no directory is asked', () => {
    const host = fixtureHost()
    host.put('passwd', passwd)
    const users = new Users(host, '/fixture/passwd')
    expect([users.nameOf(33), users.nameOf(1_180_000_042)]).toEqual(['www-data', '1180000042'])
  })

  test('the file is read again after a minute, and not before', () => {
    const host = fixtureHost()
    host.put('passwd', passwd)
    const users = new Users(host, '/fixture/passwd')
    users.nameOf(0)
    host.put('passwd', 'admin:x:0:0::/:/bin/sh\n')
    expect(users.nameOf(0)).toBe('root')
    host.clock.advance(60_001)
    expect(users.nameOf(0)).toBe('admin')
  })

  test('R13 a file that may not be read, and a foreign root, leave the numbers', () => {
    const host = fixtureHost()
    host.put('passwd', passwd)
    host.fail('passwd', 'EACCES')
    expect(new Users(host, '/fixture/passwd').nameOf(0)).toBe('0')
    expect(new Users(host, undefined).nameOf(0)).toBe('0')
  })
})
