import { afterEach, describe, expect, test } from 'bun:test'
import { closeSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { AlertBox } from '../../test/alert-box.ts'
import { ruleOf } from '../../test/alert-series.ts'
import type { ExplanationDto } from '../api/alert-contract.ts'
import { openAlertDatabase } from './database.ts'

let box: AlertBox
afterEach(() => box?.close())

const dirty = ruleOf({ name: 'dirty', raise: 10, clear: 5, clear_for: '0s' })

describe('what is told', () => {
  test('A1 7.21 and 7.22 in turn for ten minutes are one notification', async () => {
    box = new AlertBox({ rules: [ruleOf({ name: 'saw', raise: 7.22 })] })
    const id = box.id('system.linux.memory.dirty')
    for (let second = 0; second < 600; second++) box.second([[id, second % 2 === 0 ? 7.21 : 7.22]])
    expect(await box.told()).toEqual(['raised saw'])
  })

  test('what comes together is told together', async () => {
    box = new AlertBox({ rules: [ruleOf({ name: 'full', value: 'system.filesystem.read_only', raise: 1 })] })
    for (const mountpoint of ['/a', '/b', '/c']) {
      box.second([[box.id('system.filesystem.read_only', { device: 'd', mountpoint, type: 'ext4', role: 'local' }), 1]])
    }
    box.seconds(5)
    expect(await box.told()).toEqual(['raised full full full'])
  })

  test('thousands at once are one notification, written and told within a turn', async () => {
    box = new AlertBox({ rules: [ruleOf({ name: 'ro', value: 'system.filesystem.read_only', raise: 1 })] })
    const labels = { device: 'd', type: 'ext4', role: 'local' }
    const ids = Array.from({ length: 3000 }, (_, index) =>
      box.id('system.filesystem.read_only', { ...labels, mountpoint: `/m${index}` }),
    )
    box.second(ids.map((id) => [id, 1] as const))
    box.seconds(5)
    const [first, ...others] = await box.sent()
    expect(others).toEqual([])
    expect(first).toMatchObject({ title: 'box: 3000 alerts of ro', omitted: 2900 })
    expect(first?.alerts).toHaveLength(100)
  })

  test('A6 a blip that was not told has no end to tell; one that was has', async () => {
    box = new AlertBox({ rules: [dirty] })
    const id = box.id('system.linux.memory.dirty')
    box.second([[id, 20]])
    box.second([[id, 0]])
    box.seconds(10)
    expect(await box.told()).toEqual([])
    box.second([[id, 20]])
    box.seconds(5)
    box.second([[id, 0]])
    box.seconds(5)
    expect(await box.told()).toEqual(['raised dirty', 'cleared dirty'])
    expect(box.events.map(({ kind }) => kind)).toEqual([
      'alert_raised',
      'alert_cleared',
      'alert_raised',
      'alert_cleared',
    ])
  })

  test('A4 reminders come as often as wanted, and no more once somebody has acknowledged', async () => {
    box = new AlertBox({ rules: [ruleOf({ name: 'dirty', raise: 10, renotify: '1m' })] })
    box.second([[box.id('system.linux.memory.dirty'), 20]])
    box.seconds(130)
    expect(await box.told()).toEqual(['raised dirty', 'reminder dirty', 'reminder dirty'])
    const [alert] = box.service.list({ startMs: 0, endMs: Number.MAX_SAFE_INTEGER, limit: 10 }).active
    box.service.acknowledge(alert?.id ?? '', 'anna', 'on it')
    box.restart()
    box.seconds(200)
    expect(await box.told()).toHaveLength(3)
    expect(box.service.list({ startMs: 0, endMs: Number.MAX_SAFE_INTEGER, limit: 10 }).active[0]).toMatchObject({
      acknowledged: { by: 'anna', comment: 'on it' },
    })
  })

  test('A5 silence holds back; what lasts when it ends is told then', async () => {
    box = new AlertBox({ rules: [dirty] })
    const now = box.clock.wallMs()
    box.service.addSilence({ matchers: { rule: 'dir*' }, comment: '' }, { startMs: now, endMs: now + 60_000 })
    box.second([[box.id('system.linux.memory.dirty'), 20]])
    box.seconds(50)
    expect(await box.told()).toEqual([])
    box.seconds(30)
    expect(await box.told()).toEqual(['raised dirty'])
  })

  test('A1 what comes and goes all the time is told, said to do so, and then only when it is calm', async () => {
    box = new AlertBox({ rules: [dirty], groupWaitMs: 0 })
    const id = box.id('system.linux.memory.dirty')
    for (let turn = 0; turn < 100; turn++) {
      box.second([[id, 20]])
      box.seconds(4)
      box.second([[id, 0]])
      box.seconds(4)
    }
    const told = await box.sent()
    expect(told.map(({ kind }) => kind)).toEqual([
      ...Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? 'raised' : 'cleared')),
      'raised',
    ])
    expect(told.at(-1)?.alerts[0]?.summary).toContain('comes and goes')
    expect(box.service.list({ startMs: 0, endMs: Number.MAX_SAFE_INTEGER, limit: 10 }).active).toEqual([])
    box.seconds(16 * 60)
    expect((await box.told()).at(-1)).toBe('cleared dirty')
    expect(await box.told()).toHaveLength(10)
  })

  test('A3 no data is told where the rule wants it', async () => {
    box = new AlertBox({ rules: [ruleOf({ name: 'dirty', raise: 10, no_data: 'notify', no_data_for: '10s' })] })
    const id = box.id('system.linux.memory.dirty')
    box.second([[id, 20]])
    box.seconds(5)
    for (let second = 0; second < 20; second++) box.second([[id, Number.NaN]])
    expect(await box.told()).toEqual(['raised dirty', 'no_data dirty'])
    box.second([[id, 20]])
    box.seconds(5)
    expect(await box.told()).toEqual(['raised dirty', 'no_data dirty', 'raised dirty'])
  })
})

describe('over a restart', () => {
  test('A6 Z2 nothing is told twice, and nothing that was raised is forgotten', async () => {
    box = new AlertBox({ rules: [dirty] })
    const id = box.id('system.linux.memory.dirty')
    box.second([[id, 20]])
    box.seconds(5)
    expect(await box.told()).toEqual(['raised dirty'])
    for (let turn = 0; turn < 5; turn++) {
      box.restart()
      box.second([[id, 20]])
      box.seconds(10)
    }
    expect(await box.told()).toEqual(['raised dirty'])
    box.restart()
    box.second([[id, 0]])
    box.seconds(5)
    expect(await box.told()).toEqual(['raised dirty', 'cleared dirty'])
  })

  test('killed between raised and told, it is told after', async () => {
    box = new AlertBox({ rules: [dirty], groupWaitMs: 10_000 })
    box.second([[box.id('system.linux.memory.dirty'), 20]])
    box.second()
    box.restart()
    box.seconds(15)
    expect(await box.told()).toEqual(['raised dirty'])
  })

  test('a rule that was taken away meanwhile leaves nothing raised', async () => {
    box = new AlertBox({ rules: [dirty] })
    box.second([[box.id('system.linux.memory.dirty'), 20]])
    box.seconds(5)
    box.restart({ rules: [] })
    box.seconds(5)
    const { active, history } = box.service.list({ startMs: 0, endMs: Number.MAX_SAFE_INTEGER, limit: 10 })
    expect(active).toEqual([])
    expect(history[0]?.clearedUnixMs).toBeNumber()
  })

  test('a time that runs is not begun anew, but for a minute of it', () => {
    box = new AlertBox({ rules: [ruleOf({ name: 'dirty', raise: 10, for: '10m' })] })
    const id = box.id('system.linux.memory.dirty')
    box.second([[id, 20]])
    box.seconds(400)
    box.restart()
    box.second([[id, 20]])
    expect(box.alerts.engine.watches[0]?.heldMs).toBeGreaterThan(300_000)
  })
})

describe('why', () => {
  const explanation: ExplanationDto = { sentence: 'backup wrote 200 MB/s', culprits: [{ name: 'backup', pid: 7 }] }

  test('goes with the alert, asked once for all of a tick', async () => {
    const asked: number[] = []
    const explain = async ({ endMs }: { readonly endMs: number }) => {
      asked.push(endMs)
      return explanation
    }
    box = new AlertBox({ rules: [dirty, ruleOf({ name: 'other', raise: 10 })] }, { explain })
    box.second([[box.id('system.linux.memory.dirty'), 20]])
    await Promise.resolve()
    for (let second = 0; second < 5; second++) {
      box.second()
      await new Promise((resolve) => setImmediate(resolve))
    }
    const [first] = await box.sent()
    expect(first?.alerts[0]?.explanation).toEqual(explanation)
    expect(asked).toHaveLength(1)
  })

  test.each([
    ['fails', () => Promise.reject(new Error('no'))],
    ['never comes', () => new Promise<undefined>(() => undefined)],
  ])('that %s holds up no alert', async (_, explain) => {
    box = new AlertBox({ rules: [dirty] }, { explain })
    box.second([[box.id('system.linux.memory.dirty'), 20]])
    for (let second = 0; second < 10; second++) {
      await new Promise((resolve) => setImmediate(resolve))
      box.second()
    }
    const [first] = await box.sent()
    expect(first?.kind).toBe('raised')
    expect(first?.alerts[0]).not.toHaveProperty('explanation')
  })
})

test('a damaged file is moved aside and a fresh one begun', () => {
  box = new AlertBox({ rules: [dirty] })
  const dataDir = box.dataDir
  box.alerts.close()
  const file = openSync(join(dataDir, 'alerts.db'), 'r+')
  writeSync(file, Buffer.alloc(4096, 7), 0, 4096, 0)
  closeSync(file)
  for (const suffix of ['-wal', '-shm']) rmSync(join(dataDir, `alerts.db${suffix}`), { force: true })
  const opened = openAlertDatabase(dataDir, 1)
  opened.database.close()
  expect(opened.movedAside).toEndWith('alerts.db.corrupt-1')
  expect(readdirSync(dataDir)).toContain('alerts.db')
  box.restart()
})
