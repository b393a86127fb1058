import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { manualClock } from '../../test/manual-clock.ts'
import { UserError } from '../base/errors.ts'
import { DaemonLog } from './daemon-log.ts'

let folder: string
let log: DaemonLog | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sysmon-log-'))
})
afterEach(() => {
  log?.close()
  rmSync(folder, { recursive: true, force: true })
})
const config = (name: string, level: 'debug' | 'info' | 'warn' | 'error' = 'info') => ({
  level,
  file: join(folder, name),
  maxSizeBytes: 65_536,
  keep: 2,
})
const open = (name: string): DaemonLog => {
  log = new DaemonLog(config(name), manualClock())
  return log
}
const messages = (name: string): string[] =>
  readFileSync(join(folder, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { msg: string }).msg)

test('a new level counts from the next line on', () => {
  const { logger } = open('a.log')
  logger.debug('unheard')
  log?.apply(config('a.log', 'debug'))
  logger.debug('heard')
  log?.apply(config('a.log', 'error'))
  logger.warn('unheard again')
  expect(messages('a.log')).toEqual(['heard'])
})

test('a new file takes what follows', () => {
  const { logger } = open('a.log')
  logger.info('one')
  log?.apply(config('b.log'))
  logger.info('two')
  expect([messages('a.log'), messages('b.log')]).toEqual([['one'], ['two']])
})

test('a file that another program has moved away is begun anew', () => {
  const { logger } = open('a.log')
  logger.info('one')
  renameSync(join(folder, 'a.log'), join(folder, 'a.log.old'))
  log?.apply(config('a.log'))
  logger.info('two')
  expect([messages('a.log.old'), messages('a.log')]).toEqual([['one'], ['two']])
})

test('a file that cannot be opened leaves everything as it was', () => {
  const { logger } = open('a.log')
  logger.info('one')
  expect(() => log?.apply(config('a.log/b.log', 'debug'))).toThrow(UserError)
  logger.debug('unheard')
  logger.info('two')
  expect(messages('a.log')).toEqual(['one', 'two'])
})

test('at the start such a file is an error that says which', () => {
  writeFileSync(join(folder, 'a.log'), '')
  expect(() => open('a.log/b.log')).toThrow(join(folder, 'a.log/b.log'))
})
