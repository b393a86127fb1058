import { afterEach, beforeEach, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '../../base/errors.ts'
import { readOrMakeSecret } from './secret.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sysmon-secret-'))
  file = join(folder, 'web.secret')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function refusal(): string {
  try {
    readOrMakeSecret(file)
  } catch (error) {
    if (error instanceof UserError) return error.message
    throw error
  }
  throw new Error('it was taken')
}

test('V4: 32 bytes, made once, for the owner only, whatever the umask', () => {
  const before = process.umask(0)
  try {
    const secret = readOrMakeSecret(file)
    expect(secret.length).toBe(32)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(Buffer.from(readOrMakeSecret(file))).toEqual(Buffer.from(secret))
    expect(Buffer.from(readOrMakeSecret(join(folder, 'other')))).not.toEqual(Buffer.from(secret))
  } finally {
    process.umask(before)
  }
})

test.each([0o640, 0o604, 0o620, 0o666])('V4: refused when others reach it: mode %o', (mode) => {
  readOrMakeSecret(file)
  chmodSync(file, mode)
  const message = refusal()
  expect(message).toStartWith(`${file}: others can read the secret`)
  expect(message).not.toContain(readFileSync(file, 'utf8').trim())
})

test('V4: what is too short to be one is refused', () => {
  writeFileSync(file, 'abc\n', { mode: 0o600 })
  expect(refusal()).toContain('this is no secret of ours')
})

test('V4: a link into nowhere is not followed when it is made', () => {
  symlinkSync(join(folder, 'elsewhere'), file)
  expect(refusal()).toContain('cannot be kept (EEXIST)')
})
