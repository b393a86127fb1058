import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from './program-run.ts'

/** A daemon whose web listener cannot be: one clear line, 2 for what was configured wrongly, and nothing recorded. */
let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sysmon-web-refused-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

/** Ticks and events that were kept. */
function recorded(): number {
  const file = join(dataDir, 'data.db')
  if (!existsSync(file)) return 0
  const database = new Database(file)
  try {
    const { rows } = database
      .query('SELECT (SELECT count(*) FROM head) + (SELECT count(*) FROM event) AS rows')
      .get() as {
      rows: number
    }
    return rows
  } finally {
    database.close()
  }
}

async function refused(config: string, args: readonly string[] = []): Promise<{ code: number; said: string }> {
  const file = join(dataDir, 'config.yaml')
  writeFileSync(file, `data_dir: ${dataDir}\n${config}`, { mode: 0o600 })
  const { code, stderr } = await runProgram('sysmond', ['--config', file, ...args])
  expect(recorded()).toBe(0)
  return { code, said: stderr.at(-1) ?? '' }
}

test('a port that is taken', async () => {
  const other = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } })
  try {
    const where = `127.0.0.1:${other.port}`
    expect(await refused('', [`--web=${where}`])).toEqual({
      code: 1,
      said: `sysmond: ${where}: another program listens on this port. End it, or name another: --web=127.0.0.1:8081`,
    })
  } finally {
    other.stop(true)
  }
})

test('an address that no interface has', async () => {
  // RFC 6666: the discard-only prefix is nobody's address; it counts as reachable from elsewhere, so a proxy is claimed.
  const config = 'web: {enabled: true, listen: "[100::1]:0", behind_proxy: true}\n'
  const { code, said } = await refused(config)
  expect(code).toBe(2)
  expect(said).toStartWith('sysmond: [100::1]:0: ')
})

test('V4: a secret that others can read', async () => {
  writeFileSync(join(dataDir, 'web.secret'), 'x'.repeat(43))
  chmodSync(join(dataDir, 'web.secret'), 0o644)
  const { code, said } = await refused('', ['--web=127.0.0.1:0'])
  expect(code).toBe(1)
  expect(said).toContain('others can read the secret')
  expect(said).not.toContain('xxxx')
})

test.each([
  ['a certificate that is not there', 'none.pem', 'none.key', 'none.pem: cannot be read (ENOENT)'],
  ['a certificate that is none', 'config.yaml', 'config.yaml', 'config.yaml: this is no certificate in PEM'],
])('%s', async (_, certificate, key, what) => {
  const files = `certificate: ${join(dataDir, certificate)}, key: ${join(dataDir, key)}`
  const { code, said } = await refused(`web: {enabled: true, listen: "127.0.0.1:0", tls: {${files}}}\n`)
  expect(code).toBe(2)
  expect(said).toContain(what)
})
