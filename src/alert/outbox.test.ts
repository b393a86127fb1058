import { afterEach, beforeEach, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ManualClock, manualClock } from '../../test/manual-clock.ts'
import type { NotificationBody } from '../api/alert-contract.ts'
import { createLogger } from '../base/log.ts'
import type { Channel } from '../rule/channel.ts'
import { type AlertDatabase, openAlertDatabase } from './database.ts'
import { Outbox } from './outbox.ts'

let folder: string
let clock: ManualClock
let database: AlertDatabase
let outbox: Outbox
let channels: Channel[]
const log: string[] = []
const file = (name: string): string => join(folder, name)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sysmon-outbox-'))
  clock = manualClock()
  database = openAlertDatabase(folder, 0).database
  channels = ['a', 'b'].map((name) => ({ name, type: 'log', file: file(`${name}.log`) }))
  outbox = open()
})
afterEach(() => {
  outbox.close()
  database.close()
  rmSync(folder, { recursive: true })
})

const open = (): Outbox => {
  const logger = createLogger({ level: 'warn', sink: { write: (line) => log.push(line) }, clock })
  return new Outbox({ database, clock, logger, channels: () => channels, random: () => 0.5 })
}
const body = (id: string): NotificationBody => ({
  id,
  kind: 'raised',
  host: 'box',
  unixMs: 0,
  title: id,
  severity: 'info',
  alerts: [],
})
const put = (channel: string, ...ids: string[]): void => {
  for (const id of ids) outbox.put(channel, 'rule:x', body(id))
}
/** Until nothing is under way; what waits for a time waits on. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
}
const sentTo = (name: string): string[] =>
  existsSync(file(`${name}.log`))
    ? readFileSync(file(`${name}.log`), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line).id)
    : []
/** A log that cannot be written: a folder stands there. */
const breakChannel = (name: string): void => void mkdirSync(file(`${name}.log`))
const mend = (name: string): void => rmSync(file(`${name}.log`), { recursive: true })

test('order is kept, and a channel that is down delays no other', async () => {
  breakChannel('a')
  put('a', '1', '2', '3')
  put('b', '4')
  outbox.kick()
  await settled()
  expect(sentTo('b')).toEqual(['4'])
  expect(
    database
      .deliveries(10)
      .filter(({ attempts }) => attempts > 0)
      .map(({ id }) => id),
  ).toEqual(['4', '1'])
  mend('a')
  clock.advance(6000)
  await settled()
  expect(sentTo('a')).toEqual(['1', '2', '3'])
  expect(outbox.waiting).toBe(0)
})

test('waits double up to ten minutes, and after three days it is given up', async () => {
  breakChannel('a')
  put('a', '1')
  const waits: number[] = []
  outbox.kick()
  for (let attempt = 0; attempt < 9; attempt++) {
    await settled()
    const [delivery] = database.deliveries(1)
    waits.push(Math.round(((delivery?.nextMs ?? 0) - clock.wallMs()) / 1000))
    clock.advance((waits.at(-1) ?? 0) * 1000 + 20)
  }
  expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600])
  clock.advance(3 * 86_400_000)
  await settled()
  expect(database.deliveries(1)[0]).toMatchObject({ status: 'given_up' })
})

test('stands over a restart with the same id', async () => {
  breakChannel('a')
  put('a', '1')
  outbox.kick()
  await settled()
  outbox.close()
  mend('a')
  outbox = open()
  outbox.kick()
  clock.advance(6000)
  await settled()
  expect(sentTo('a')).toEqual(['1'])
  expect(database.deliveries(1)[0]).toMatchObject({ id: '1', status: 'sent', attempts: 2 })
})

test('is bounded: the oldest goes, and is told to have gone', () => {
  database.together(() => {
    for (let index = 0; index < 1001; index++) outbox.put('a', 'rule:x', body(`n${index}`))
  })
  expect(outbox.waiting).toBe(1000)
  expect(outbox.givenUp).toBe(1)
})

test('a channel that is gone from the config, and a wall clock that was set back, block nothing', async () => {
  put('gone', '1')
  put('a', '2')
  clock.stepWall(-30 * 86_400_000)
  outbox.kick()
  await settled()
  clock.advance(15 * 60_000)
  await settled()
  expect(sentTo('a')).toEqual(['2'])
  expect(database.deliveries(10).find(({ id }) => id === '1')).toMatchObject({ status: 'given_up' })
})
