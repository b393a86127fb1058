import { afterAll, expect, test } from 'bun:test'
import { type MadeUpRecord, madeUpRecord } from '../../../test/made-up-record.ts'
import { forecastAll } from './forecast.ts'

const gibibyte = 1024 ** 3
let record: MadeUpRecord | undefined
afterAll(() => record?.close())

test('a filesystem that fills, one that does not, memory that stays', async () => {
  record = madeUpRecord()
  const used = (mount: string): string =>
    `system.filesystem.usage{device=/dev/${mount},mountpoint=/${mount},type=ext4,state=used}`
  const free = (mount: string): string => used(mount).replace('used', 'free')
  record.run(3700, (second) => {
    const filled = 50 + (10 * second) / 3600
    return {
      values: {
        [used('var')]: filled * gibibyte,
        [free('var')]: (100 - filled) * gibibyte,
        [used('home')]: 30 * gibibyte,
        [free('home')]: 70 * gibibyte,
        'system.memory.usage{state=used}': 2 * gibibyte,
      },
    }
  })
  const { nowMs, parts } = record
  const [first, ...others] = await forecastAll(parts.sources)
  expect(first).toMatchObject({ resource: 'filesystem', instance: '/var', status: 'runs_out' })
  expect((first?.limit ?? 0) / gibibyte).toBeCloseTo(100, 6)
  expect(first?.labels).toMatchObject({ mountpoint: '/var' })
  // 10 GiB an hour, 39.7 are left.
  expect(((first?.atMs ?? 0) - nowMs) / 3_600_000).toBeCloseTo(4, 0)
  expect(first?.sentence).toContain('/var is full in 4 h')
  expect(others.map(({ resource, instance, status }) => `${resource} ${instance} ${status}`)).toEqual([
    'filesystem /home no_trend',
    'memory undefined no_trend',
  ])
})
