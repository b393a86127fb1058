import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { redactArguments } from './redact-command-line.ts'

const redact = (line: string): string => redactArguments(line.split('\u0001')).join(' ')

describe('R10: secrets do not leave a command line', () => {
  const f = (given: string, expected: string): void => {
    test(given.replaceAll('\u0001', ' '), () => expect(redact(given)).toBe(expected))
  }
  f('psql\u0001--password=hunter2', 'psql --password=***')
  f('psql\u0001--password\u0001hunter2\u0001-h\u0001db', 'psql --password *** -h db')
  f('app\u0001--api-key=abc', 'app --api-key=***')
  f('app\u0001--apikey\u0001abc', 'app --apikey ***')
  f('app\u0001-token\u0001abc', 'app -token ***')
  f('mysql\u0001-uroot\u0001-phunter2', 'mysql -uroot -p***')
  f('/usr/bin/mysqldump\u0001-phunter2', '/usr/bin/mysqldump -p***')
  f('ssh\u0001-p2222\u0001host', 'ssh -p2222 host')
  f('env\u0001PGPASSWORD=hunter2\u0001psql', 'env PGPASSWORD=*** psql')
  f('java\u0001-Ddb.password=hunter2\u0001-jar\u0001a.jar', 'java -Ddb.password=*** -jar a.jar')
  f('curl\u0001-H\u0001Authorization: Bearer abc', 'curl -H Authorization: ***')
  f('git\u0001clone\u0001https://me:hunter2@host/x.git', 'git clone https://me:***@host/x.git')
  f('curl\u0001https://h/x?a=1&access_token=abc&b=2', 'curl https://h/x?a=1&access_token=***&b=2')
  f('x\u0001ghp_abcdefghijklmnopqrstuvwxyz0123', 'x ***')
  f('x\u0001AKIAABCDEFGHIJKLMNOP', 'x ***')
  f('sh\u0001-c\u0001cd /x; PGPASSWORD=x psql --token abc -h db', 'sh -c cd /x; PGPASSWORD=*** psql --token *** -h db')
})

describe('what is no secret stays readable', () => {
  const same = (line: string): void => {
    test(line.replaceAll('\u0001', ' '), () => expect(redact(line)).toBe(line.replaceAll('\u0001', ' ')))
  }
  same('nginx\u0001-g\u0001daemon off;')
  same('app\u0001--password-file=/run/secret')
  same('app\u0001--token-ttl\u000115m')
  same('tar\u0001-p\u0001-xf\u0001a.tar')
  same('node\u0001--max-old-space-size=4096\u0001server.js')
  same('https://example.org/path?q=tokens')
  same('keepassxc\u0001db.kdbx')
  same('postgres: walwriter')
})

test('R10: a secret after --password= never survives, whatever it is', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[!-~]{8,40}$/), (secret) => {
      expect(redactArguments(['app', `--password=${secret}`]).join(' ')).toBe('app --password=***')
    }),
  )
})

test('R10 options and programs as Windows writes them', () => {
  const redacted = (...args: string[]): string => redactArguments(args).join(' ')
  expect(redacted('C:\\tools\\mysql.EXE', '-pgeheim')).toBe('C:\\tools\\mysql.EXE -p***')
  expect(redacted('setup.exe', '/password:geheim', '/quiet')).toBe('setup.exe /password:*** /quiet')
  expect(redacted('setup.exe', '/log:C:\\x.log')).toBe('setup.exe /log:C:\\x.log')
})
