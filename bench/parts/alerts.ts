import { heapStats } from 'bun:jsc'
import { Engine } from '../../src/alert/engine.ts'
import type { Frame } from '../../src/frame/frame.ts'
import { SeriesTable } from '../../src/frame/series-table.ts'
import { checkWritten, type Rule, type WrittenRule } from '../../src/rule/rule.ts'
import type { BenchPart, Figure } from '../part.ts'

const rules = 10_000
const series = 1000
const ticks = 300
const targetMs = 5

/**
 * Ten thousand rules each tick. The reference is what one would write first: the values of the tick as a list of objects,
 * and for each rule a look through it.
 */
export const part: BenchPart = {
  name: 'alerts',
  about: `${rules} rules over ${series} series of which all change in every tick`,
  async run({ progress }) {
    const figures: Figure[] = []
    for (const [name, write] of [
      ['levels', levelRule],
      ['means over a minute', windowRule],
      ['expressions, each another', expressionRule],
    ] as const) {
      progress(`${rules} rules: ${name}`)
      figures.push(...measure(name, write))
    }
    progress('the same, naive')
    figures.push({ name: 'a tick, levels, naive', value: naive(), unit: 'ms' })
    return figures
  },
}

const device = (index: number): string => `d${index % series}`
const levelRule = (index: number): WrittenRule => ({
  name: `r${index}`,
  value: 'hw.temperature',
  labels: { sensor: device(index) },
  raise: `${200 + (index % 7)}C`,
})
const windowRule = (index: number): WrittenRule => ({ ...levelRule(index), value: 'avg(hw.temperature, 1m)' })
const expressionRule = (index: number): WrittenRule => ({
  name: `r${index}`,
  value: `hw.temperature{sensor="${device(index)}"} * 2 - ${index} > 500 and hw.temperature{sensor="${device(index + 1)}"} > 90C`,
})

function measure(name: string, write: (index: number) => WrittenRule): Figure[] {
  const { table, frameAt } = machine()
  const engine = new Engine({ intervalMs: 1000, onChange: () => undefined, forecast: () => Number.NaN })
  engine.setRules(Array.from({ length: rules }, (_, index) => checked(write(index))))
  for (let tick = 0; tick < 100; tick++) engine.tick(frameAt(tick), table)
  Bun.gc(true)
  const before = heapStats().heapSize
  const times: number[] = []
  for (let tick = 100; tick < 100 + ticks; tick++) {
    const frame = frameAt(tick)
    const startMs = performance.now()
    engine.tick(frame, table)
    times.push(performance.now() - startMs)
  }
  const grown = heapStats().heapSize - before
  times.sort((a, b) => a - b)
  return [
    { name: `a tick, ${name}, median`, value: times[ticks / 2] as number, unit: 'ms', target: targetMs },
    {
      name: `a tick, ${name}, 99th of 100`,
      value: times[Math.floor(ticks * 0.99)] as number,
      unit: 'ms',
      target: targetMs,
    },
    { name: `heap after ${ticks} ticks, ${name}`, value: Math.max(0, grown) / 1024, unit: 'KiB more' },
    { name: `watched, ${name}`, value: engine.size, unit: 'values' },
  ]
}

function checked(written: WrittenRule): Rule {
  const result = checkWritten(written)
  if ('message' in result) throw new Error(`${result.key}: ${result.message}`)
  return result.rule
}

function machine(): { table: SeriesTable; frameAt: (tick: number) => Frame } {
  const table = new SeriesTable()
  for (let index = 0; index < series; index++) {
    table.intern('hw.temperature', { sensor: device(index) })
  }
  const ids = Uint32Array.from({ length: series }, (_, id) => id)
  const values = new Float64Array(series)
  const frameAt = (tick: number): Frame => {
    for (let id = 0; id < series; id++) values[id] = 20 + ((id * 7 + tick * 13) % 60)
    return { seq: tick, unixMs: tick * 1000, elapsedMs: 1000, gap: 'none', isKey: false, ids, values }
  }
  return { table, frameAt }
}

function naive(): number {
  const { table, frameAt } = machine()
  const written = Array.from({ length: rules }, (_, index) => ({
    metric: 'hw.temperature',
    labels: { sensor: device(index) } as Record<string, string>,
    raise: 200 + (index % 7),
    state: 'ok',
  }))
  const times: number[] = []
  for (let tick = 0; tick < 10; tick++) {
    const frame = frameAt(tick)
    const startMs = performance.now()
    const current = table.all().map(({ metric, labels, id }) => ({ metric, labels, value: frame.values[id] as number }))
    for (const rule of written) {
      const found = current.filter(
        ({ metric, labels }) =>
          metric === rule.metric && Object.entries(rule.labels).every(([name, value]) => labels[name] === value),
      )
      for (const { value } of found) rule.state = value >= rule.raise ? 'raised' : 'ok'
    }
    times.push(performance.now() - startMs)
  }
  times.sort((a, b) => a - b)
  return times[5] as number
}
