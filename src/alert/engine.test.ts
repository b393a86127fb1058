import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { FedEngine, ruleOf } from '../../test/alert-series.ts'
import type { Watch } from './engine.ts'

const run = (fed: FedEngine, values: readonly number[]): void => {
  const id = fed.id()
  for (const value of values) fed.feed([[id, value]])
}

describe('levels and times', () => {
  test('A1 7.21 and 7.22 in turn around a level of 7.22 raise once', () => {
    const fed = new FedEngine([ruleOf({ raise: 7.22 })])
    run(
      fed,
      Array.from({ length: 600 }, (_, index) => (index % 2 === 0 ? 7.21 : 7.22)),
    )
    expect(fed.changes()).toEqual(['appeared', 'raised'])
  })

  test('a condition must hold for its time, on both edges', () => {
    const fed = new FedEngine([ruleOf({ raise: 10, clear: 5, for: '3s', clear_for: '2s' })])
    run(fed, [0, 10, 10, 9, 10, 10, 10, 10, 7, 5, 6, 5, 5, 5])
    expect(fed.told.map(({ change, tick }) => `${change} ${tick}`)).toEqual([
      'appeared 1',
      'pending 2',
      'calm 4',
      'pending 5',
      'raised 8',
      'clearing 10',
      'back 11',
      'clearing 12',
      'cleared 14',
    ])
  })

  test('low values can be what is bad', () => {
    const fed = new FedEngine([ruleOf({ raise: 'below 5', clear: 10, clear_for: '0s' })])
    run(fed, [20, 5, 7, 9.9, 10, 20])
    expect(fed.changes()).toEqual(['appeared', 'raised', 'cleared'])
  })

  test('each label set is by itself', () => {
    const fed = new FedEngine([
      ruleOf({ value: 'system.filesystem.read_only', labels: { mountpoint: '!/boot*' }, raise: 1 }),
    ])
    const mount = (mountpoint: string): number =>
      fed.id('system.filesystem.read_only', { device: 'd', mountpoint, type: 'ext4', role: 'local' })
    const [root, boot, home] = [mount('/'), mount('/boot/efi'), mount('/home')]
    fed.feed([
      [root, 0],
      [boot, 1],
      [home, 1],
    ])
    expect(fed.told.filter(({ change }) => change === 'raised').map(({ labels }) => labels.mountpoint)).toEqual([
      '/home',
    ])
    expect(fed.engine.size).toBe(2)
  })
})

describe('what was not seen', () => {
  test('A3 a suspend or missed seconds neither raise nor clear', () => {
    const fed = new FedEngine([ruleOf({ raise: 10, clear: 5, for: '1m', clear_for: '1m' })])
    const id = fed.id()
    fed.feed([[id, 20]])
    fed.feed([], { elapsedMs: 8 * 3_600_000, gap: 'suspend' })
    fed.feed([], { elapsedMs: 45_000, gap: 'missed' })
    expect(fed.changes()).toEqual(['appeared', 'pending'])
    for (let second = 0; second < 58; second++) fed.feed([])
    expect(fed.changes()).toEqual(['appeared', 'pending', 'raised'])
    fed.feed([[id, 0]])
    fed.feed([], { elapsedMs: 3_600_000, gap: 'suspend' })
    expect(fed.changes().at(-1)).toBe('clearing')
  })

  test('A3 no data is a state after its time, and what was raised stays so', () => {
    const fed = new FedEngine([ruleOf({ raise: 10, no_data_for: '10s' })])
    const id = fed.id()
    fed.feed([[id, 20]])
    for (let second = 0; second < 20; second++) fed.feed([[id, Number.NaN]])
    expect(fed.changes()).toEqual(['appeared', 'raised', 'no_data'])
    expect(fed.engine.watches[0]).toMatchObject({ phase: 'raised', isMissing: true })
    fed.feed([[id, 20]])
    expect(fed.changes()).toEqual(['appeared', 'raised', 'no_data', 'data'])
  })

  test('a rule whose value never came says so, and no longer when it comes', () => {
    const fed = new FedEngine([ruleOf({ raise: 10, no_data_for: '10s' })])
    const id = fed.id()
    for (let second = 0; second < 15; second++) fed.feed([])
    expect(fed.changes()).toEqual(['no_data'])
    fed.feed([[id, 1]])
    expect(fed.changes()).toEqual(['no_data', 'appeared', 'data'])
    expect(fed.engine.size).toBe(1)
  })

  test('A6 a restart raises nothing again and clears nothing', () => {
    const rules = [ruleOf({ raise: 10, clear_for: '0s' })]
    const kept = [
      { key: rules[0]!.identity, rule: 'r', labels: {}, phase: 'raised' as const, isMissing: false, heldMs: 0 },
    ]
    const fed = new FedEngine(rules, kept)
    const id = fed.id()
    fed.feed([], { elapsedMs: 0, gap: 'start' })
    for (let second = 0; second < 5; second++) fed.feed([[id, 20 + second]])
    expect(fed.changes()).toEqual([])
    fed.feed([[id, 0]])
    expect(fed.changes()).toEqual(['cleared'])
  })

  test('a kept state whose series is gone is no data, not gone', () => {
    const rule = ruleOf({ value: 'system.disk.latency', raise: '1s', no_data_for: '10s' })
    const kept = [
      {
        key: `${rule.identity}\0device=x`,
        rule: 'r',
        labels: { device: 'x' },
        phase: 'raised' as const,
        isMissing: false,
        heldMs: 0,
      },
    ]
    const fed = new FedEngine([rule], kept)
    for (let second = 0; second < 15; second++) fed.feed([])
    expect(fed.changes()).toEqual(['no_data'])
  })
})

test('A7 a sensor whose value is no value raises nothing', () => {
  const fed = new FedEngine([ruleOf({ value: 'hw.temperature', raise: '80C', no_data_for: '10s' })])
  const id = fed.id('hw.temperature', { sensor: 's' })
  // What no working sensor gives is absent by the time it comes here (S1).
  for (let second = 0; second < 30; second++) fed.feed([[id, second % 3 === 0 ? 40 : Number.NaN]])
  expect(fed.changes()).toEqual(['appeared'])
})

test('what was there before the first frame that came here counts', () => {
  const fed = new FedEngine([ruleOf({ raise: 10 })])
  const id = fed.id()
  fed.engine.prime(id + 1, () => 20)
  fed.feed([])
  expect(fed.changes()).toEqual(['appeared', 'raised'])
})

describe('expressions', () => {
  test('counters are rates, sides are matched by labels', () => {
    const fed = new FedEngine([
      ruleOf({ value: 'system.filesystem.usage{state="used"} / system.filesystem.limit >= 90%' }),
    ])
    const labels = { device: 'd', mountpoint: '/', type: 'ext4', role: 'local' }
    const used = fed.id('system.filesystem.usage', { ...labels, state: 'used' })
    const limit = fed.id('system.filesystem.limit', labels)
    fed.feed([
      [used, 50],
      [limit, 100],
    ])
    fed.feed([[used, 91]])
    expect(fed.changes()).toEqual(['appeared', 'raised'])
  })

  test('M13 a single kill is seen for as long as the window', () => {
    const fed = new FedEngine([ruleOf({ value: 'max(system.linux.memory.oom_kills, 1m) > 0', clear_for: '0s' })])
    const id = fed.id('system.linux.memory.oom_kills')
    fed.feed([[id, 3]], { elapsedMs: 0, gap: 'start' })
    fed.feed([])
    fed.feed([[id, 4]])
    expect(fed.changes()).toEqual(['appeared', 'raised'])
    for (let second = 0; second < 58; second++) fed.feed([])
    expect(fed.changes()).toHaveLength(2)
    for (let second = 0; second < 5; second++) fed.feed([])
    expect(fed.changes()).toEqual(['appeared', 'raised', 'cleared'])
  })

  test('a mean of two seconds is no mean of a minute', () => {
    const fed = new FedEngine([ruleOf({ value: 'avg(system.linux.memory.dirty, 1m)', raise: 10 })])
    const id = fed.id()
    fed.feed([[id, 100]])
    for (let second = 0; second < 28; second++) fed.feed([])
    expect(fed.changes()).toEqual([])
    for (let second = 0; second < 3; second++) fed.feed([])
    expect(fed.changes()).toEqual(['appeared', 'raised'])
  })

  test('what is not known stays so unless the other side decides', () => {
    const value = 'system.linux.memory.dirty > 10 and system.linux.memory.writeback > 10'
    const fed = new FedEngine([ruleOf({ value })])
    const dirty = fed.id()
    const writeback = fed.id('system.linux.memory.writeback')
    fed.feed([[dirty, 20]])
    expect(fed.changes()).toEqual([])
    fed.feed([[writeback, 20]])
    expect(fed.changes()).toEqual(['appeared', 'raised'])
  })
})

test('rules that change leave the state of the others', () => {
  const one = ruleOf({ name: 'one', raise: 10 })
  const fed = new FedEngine([one])
  const id = fed.id()
  fed.feed([[id, 20]])
  fed.engine.setRules([one, ruleOf({ name: 'two', raise: 5 })])
  fed.feed([])
  expect(fed.told.map(({ rule, change }) => `${rule} ${change}`)).toEqual([
    'one appeared',
    'one raised',
    'two appeared',
    'two raised',
  ])
})

describe('invariants over any series', () => {
  const ticks = fc.array(
    fc.record({
      value: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(Number.NaN)),
      gap: fc.constantFrom('none' as const, 'none' as const, 'none' as const, 'suspend' as const, 'missed' as const),
    }),
    { minLength: 1, maxLength: 120 },
  )
  const times = fc.record({ raise: fc.nat(5), clear: fc.nat(5), noData: fc.integer({ min: 10, max: 20 }) })

  test('raised and cleared alternate, each only after its condition has held for its time', () => {
    fc.assert(
      fc.property(ticks, times, (series, { raise, clear, noData }) => {
        const rule = ruleOf({
          raise: 12,
          clear: 8,
          for: `${raise}s`,
          clear_for: `${clear}s`,
          no_data_for: `${noData}s`,
        })
        const fed = new FedEngine([rule])
        const id = fed.id()
        for (const { value, gap } of series) {
          fed.feed([[id, value]], gap === 'none' ? {} : { gap, elapsedMs: 3_600_000 })
        }
        const edges = fed.told.filter(({ change }) => change === 'raised' || change === 'cleared')
        for (const [index, { change }] of edges.entries()) expect(change).toBe(index % 2 === 0 ? 'raised' : 'cleared')
        for (const { change, tick } of edges) {
          const seen = series.slice(0, tick).map(({ value }) => value)
          const known = seen.filter((value) => !Number.isNaN(value))
          const held = known.slice(-1 - (change === 'raised' ? raise : clear))
          for (const value of held) {
            if (change === 'raised') expect(value).toBeGreaterThanOrEqual(12)
            else expect(value).toBeLessThanOrEqual(8)
          }
        }
        const missing = fed.told.filter(({ change }) => change === 'no_data' || change === 'data')
        for (const [index, { change }] of missing.entries()) expect(change).toBe(index % 2 === 0 ? 'no_data' : 'data')
        for (const { change, tick } of missing) {
          if (change !== 'no_data') continue
          for (const { value } of series.slice(tick - noData, tick)) expect(value).toBeNaN()
        }
      }),
      { numRuns: 300 },
    )
  })

  test('A6 a restart at any tick changes nothing', () => {
    fc.assert(
      fc.property(ticks, times, fc.nat(119), (series, { raise, clear, noData }, at) => {
        const rule = ruleOf({
          raise: 12,
          clear: 8,
          for: `${raise}s`,
          clear_for: `${clear}s`,
          no_data_for: `${noData}s`,
        })
        const whole = new FedEngine([rule])
        const before = new FedEngine([rule])
        const first = series.slice(0, at)
        const rest = series.slice(at)
        const feed = (fed: FedEngine, part: typeof series): void => {
          const id = fed.id()
          for (const { value } of part) fed.feed([[id, value]])
        }
        feed(
          whole,
          series.filter(({ value }) => !Number.isNaN(value)),
        )
        feed(
          before,
          first.filter(({ value }) => !Number.isNaN(value)),
        )
        const kept = before.engine.watches.map(({ rule: { name }, ...watch }: Watch) => ({ ...watch, rule: name }))
        const after = new FedEngine([rule], kept)
        feed(
          after,
          rest.filter(({ value }) => !Number.isNaN(value)),
        )
        const edges = (fed: FedEngine): string[] => fed.changes().filter((change) => change !== 'appeared')
        expect([...edges(before), ...edges(after)]).toEqual(edges(whole))
      }),
      { numRuns: 300 },
    )
  })
})
