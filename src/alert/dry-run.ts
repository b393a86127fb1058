import type { RuleTestResponse, RuleTestTime } from '../api/alert-contract.ts'
import type { Frame, SeriesId } from '../frame/frame.ts'
import type { Series } from '../frame/series-table.ts'
import { readRaw, type Sources } from '../query/sources.ts'
import type { Rule } from '../rule/rule.ts'
import { AlertError } from './alert-error.ts'
import { Engine, type Watch } from './engine.ts'
import { storedMetricsOf } from './rule-facts.ts'

/** Replays the record through the very engine that watches the present: what would the rule have done? */
const mostSpanMs = 2 * 86_400_000
const mostSeries = 500
/** Read and replayed at a time, so that ticks are not late for it. */
const sliceMs = 10 * 60_000
const mostTimes = 200

interface Range {
  readonly startMs: number
  readonly endMs: number
}

/** Throws AlertError, QueryError, StoreError. */
export async function dryRun(rule: Rule, range: Range, sources: Sources): Promise<RuleTestResponse> {
  if (range.endMs - range.startMs > mostSpanMs) {
    throw new AlertError('too_much', 'a rule is tried on two days of the record at most')
  }
  if (rule.isForecast) {
    throw new AlertError('invalid_rule', 'runs_out_within cannot be tried: a forecast of the past is not kept')
  }
  const metrics = storedMetricsOf([rule])
  const all = sources.series.all()
  const concerned = all.filter((one) => one !== undefined && metrics.has(one.metric))
  if (concerned.length > mostSeries) {
    throw new AlertError(
      'too_much',
      `the rule looks at ${concerned.length} series; it is tried on ${mostSeries} at most`,
    )
  }
  const replay = new Replay(rule, all)
  for (let startMs = range.startMs; startMs < range.endMs; startMs += sliceMs) {
    const endMs = Math.min(startMs + sliceMs - 1, range.endMs)
    const ids = concerned.map(({ id }) => id)
    const samples = await readRaw(sources, ids, { startMs, endMs })
    replay.feed(samples.unixMs, samples.elapsedMs, ids, samples.values, sources.intervalMs)
    // Ticks and other requests get their turn.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    startUnixMs: range.startMs,
    endUnixMs: range.endMs,
    resolutionMs: sources.intervalMs,
    labelSets: replay.labelSets,
    raised: replay.raised,
    times: replay.times,
  }
}

class Replay {
  raised = 0
  readonly times: RuleTestTime[] = []
  readonly #engine: Engine
  readonly #open = new Map<string, number>()
  readonly #seen = new Set<string>()
  #unixMs = 0
  #seq = 0

  constructor(
    rule: Rule,
    private readonly series: readonly (Series | undefined)[],
  ) {
    this.#engine = new Engine({
      intervalMs: 1000,
      forecast: () => Number.NaN,
      onChange: (watch, change) => {
        if (change === 'appeared') this.#seen.add(watch.key)
        if (change === 'raised') this.#raise(watch)
        if (change === 'cleared') this.#clear(watch)
      },
    })
    this.#engine.setRules([{ ...rule, isEnabled: true }])
  }

  get labelSets(): number {
    return this.#seen.size
  }

  feed(
    unixMs: Float64Array,
    elapsedMs: Float64Array,
    ids: readonly SeriesId[],
    values: readonly Float64Array[],
    intervalMs: number,
  ): void {
    const idColumn = Uint32Array.from(ids)
    const row = new Float64Array(ids.length)
    const table = { size: this.series.length, all: () => this.series }
    for (let tick = 0; tick < unixMs.length; tick++) {
      for (let i = 0; i < ids.length; i++) row[i] = values[i]?.[tick] ?? Number.NaN
      this.#unixMs = unixMs[tick] as number
      const elapsed = elapsedMs[tick] as number
      const gap: Frame['gap'] = elapsed === 0 ? 'start' : elapsed > intervalMs * 1.5 ? 'missed' : 'none'
      const frame: Frame = {
        seq: this.#seq++,
        unixMs: this.#unixMs,
        elapsedMs: elapsed,
        gap,
        isKey: false,
        ids: idColumn,
        values: row,
      }
      this.#engine.tick(frame, table)
    }
  }

  #raise({ key, labels, value }: Watch): void {
    this.raised++
    if (this.times.length >= mostTimes) return
    this.#open.set(key, this.times.length)
    this.times.push({ labels, raisedUnixMs: this.#unixMs, value })
  }

  #clear({ key }: Watch): void {
    const index = this.#open.get(key)
    this.#open.delete(key)
    const time = index === undefined ? undefined : this.times[index]
    if (index !== undefined && time !== undefined) this.times[index] = { ...time, clearedUnixMs: this.#unixMs }
  }
}
