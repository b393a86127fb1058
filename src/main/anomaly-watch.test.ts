import { expect, test } from 'bun:test'
import { FrameRing } from '../frame/ring.ts'
import { SeriesTable } from '../frame/series-table.ts'
import type { Sources } from '../query/sources.ts'
import { AnomalyWatching } from './anomaly-watch.ts'

interface Logged {
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>> | undefined
}

function watching({ isEnabled = true, ring = new FrameRing(10) } = {}) {
  const logged: Logged[] = []
  const meta = new Map<string, string>()
  const store = {
    getMeta: (key: string) => meta.get(key),
    setMeta: (key: string, value: string) => void meta.set(key, value),
  }
  const sources = { ring, store, series: new SeriesTable(), intervalMs: 1000, now: () => 1_767_603_780_000 }
  const logger = { error: (message: string, fields?: Logged['fields']) => void logged.push({ message, fields }) }
  const parts = { config: { anomaly: { isEnabled, odds: 3000 } }, logger }
  const watch = new AnomalyWatching(parts as never, sources as unknown as Sources, { event: () => undefined })
  return { watch, logged, meta }
}

test('it is loaded, learns, and keeps what it knows at the end', async () => {
  const { watch, meta } = watching()
  await watch.begin()
  watch.look()
  expect(watch.status().status).toBe('learning')
  expect(watch.problems()).toEqual([])
  watch.end()
  expect([...meta.keys()]).toEqual(['anomaly.baselines'])
})

test('turned off it does nothing and says so', async () => {
  const { watch, meta } = watching({ isEnabled: false })
  await watch.begin()
  watch.look()
  watch.end()
  expect(watch.status()).toEqual({ status: 'off', why: 'anomaly.enabled is false', series: 0 })
  expect(watch.collector().collect({ set: () => undefined })).toEqual({
    outcome: 'no_data',
    why: 'anomaly.enabled is false',
  })
  expect([watch.problems(), meta.size]).toEqual([[], 0])
})

test('when it throws it is logged with its stack, off, and a problem in /health; the tick goes on', async () => {
  const broken = new FrameRing(10)
  Object.defineProperty(broken, 'length', {
    get() {
      throw new Error('a bug')
    },
  })
  const { watch, logged } = watching({ ring: broken })
  await watch.begin()
  watch.look()
  watch.look()
  expect(logged.map(({ message }) => message)).toEqual(['anomaly detection failed and is off until the next start'])
  expect((logged[0]?.fields?.error as Error | undefined)?.stack).toContain('watcher.ts')
  expect(watch.problems()).toEqual(['anomaly detection is off: it failed (a bug)'])
  expect(watch.status().status).toBe('failed')
})
