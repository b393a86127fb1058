import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { UserError } from './errors.ts'
import { descriptorSink, type LogFileOptions, openLogFile } from './log-file.ts'

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sysmon-log-'))
  file = path.join(folder, 'sysmon.log')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = (options: Partial<LogFileOptions> = {}) =>
  openLogFile({ file, maxBytes: 100, keep: 2, lostLine: (lines) => `lost ${lines}\n`, ...options })
const line = (text: string): string => `${text.padEnd(39, '.')}\n`
const firstWords = (name: string): string[] =>
  readFileSync(path.join(folder, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((text) => text.replace(/\.+$/, ''))

test('it is for the owner only, in a folder made for it, and goes on where it ended', () => {
  file = path.join(folder, 'new', 'sysmon.log')
  const log = open()
  log.write('one\n')
  log.close()
  const again = open()
  again.write('two\n')
  again.close()
  expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n')
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('it is put aside before it would exceed its size, the oldest goes', () => {
  const log = open()
  for (let index = 1; index <= 9; index++) log.write(line(`line${index}`))
  log.close()
  expect(readdirSync(folder).sort()).toEqual(['sysmon.log', 'sysmon.log.1', 'sysmon.log.2'])
  expect(firstWords('sysmon.log')).toEqual(['line9'])
  expect(firstWords('sysmon.log.1')).toEqual(['line7', 'line8'])
  expect(firstWords('sysmon.log.2')).toEqual(['line5', 'line6'])
})

test('what stood there at the start counts', () => {
  writeFileSync(file, line('old').repeat(2))
  const log = open()
  log.write(line('new'))
  log.close()
  expect(firstWords('sysmon.log')).toEqual(['new'])
})

test('with none to keep, the file begins anew', () => {
  const log = open({ keep: 0 })
  for (let index = 1; index <= 5; index++) log.write(line(`line${index}`))
  log.close()
  expect(readdirSync(folder)).toEqual(['sysmon.log'])
  expect(firstWords('sysmon.log')).toEqual(['line5'])
})

test('one line longer than a file may be is written all the same', () => {
  const log = open()
  log.write(`${'x'.repeat(500)}\n`)
  log.write('after\n')
  log.close()
  expect(firstWords('sysmon.log')).toEqual(['after'])
  expect(log.lost).toBe(0)
})

test('moved away by another program: reopened, it is there again', () => {
  const log = open()
  log.write('before\n')
  renameSync(file, `${file}.moved`)
  log.write('still the old one\n')
  log.reopen()
  log.write('after\n')
  log.close()
  expect(firstWords('sysmon.log')).toEqual(['after'])
  expect(firstWords('sysmon.log.moved')).toEqual(['before', 'still the old one'])
})

test('new bounds hold from the next line', () => {
  const log = open({ maxBytes: 10_000 })
  for (let index = 1; index <= 4; index++) log.write(line(`line${index}`))
  log.setBounds({ maxBytes: 100, keep: 1 })
  log.write(line('line5'))
  log.close()
  expect(firstWords('sysmon.log')).toEqual(['line5'])
})

test('a name that cannot be moved away does not lose lines: the file goes on growing', () => {
  const log = open({ keep: 1 })
  // A folder that is not empty stands where the file would go.
  writeFileSync(path.join(folder, 'other'), '')
  rmSync(`${file}.1`, { force: true, recursive: true })
  const blocked = mkdtempSync(`${file}.`)
  renameSync(blocked, `${file}.1`)
  writeFileSync(path.join(`${file}.1`, 'inside'), '')
  for (let index = 1; index <= 4; index++) log.write(line(`line${index}`))
  log.close()
  expect(firstWords('sysmon.log')).toEqual(['line1', 'line2', 'line3', 'line4'])
  expect(log.lost).toBe(0)
})

describe('what cannot be opened says so at the start', () => {
  test('a directory', () => {
    file = folder
    expect(open).toThrow(UserError)
    expect(open).toThrow(`${folder}: the log file cannot be opened (EISDIR). Name another with log.file`)
  })
  test('a folder that is a file', () => {
    writeFileSync(file, '')
    expect(() => open({ file: path.join(file, 'x.log') })).toThrow(/ENOTDIR|EEXIST/)
  })
})

test.skipIf(!existsSync('/dev/full'))('a full disk loses lines and counts them', () => {
  // full(4): every write fails with ENOSPC.
  const log = open({ file: '/dev/full' })
  log.write('one\n')
  log.write('two\n')
  expect(log.lost).toBe(2)
  log.close()
})

test.skipIf(!existsSync('/dev/full'))('lines lost are told of when there is room again', () => {
  symlinkSync('/dev/full', file)
  const log = open()
  log.write('one\n')
  log.write('two\n')
  rmSync(file)
  log.reopen()
  log.write('three\n')
  log.write('four\n')
  log.close()
  expect(readFileSync(file, 'utf8')).toBe('lost 2\nthree\nfour\n')
})

test('a reader of standard error that has gone loses lines, nothing else', () => {
  expect(() => descriptorSink(9999).write('x\n')).not.toThrow()
})
