import type { Frame } from '../frame/frame.ts'
import type { Series } from '../frame/series-table.ts'
import type { Rule } from '../rule/rule.ts'
import { type Bound, Cells, keyOf } from './cells.ts'
import { WatchColumns } from './columns.ts'
import { identityOf, isPlaceholder, longestWindowMs, pinnedLabels, storedMetricsOf } from './rule-facts.ts'
import type { Labels } from './series-lookup.ts'
import { TickValues } from './tick-values.ts'

/**
 * The state machine of every rule under every label set, stepped once a tick. It promises: only what was seen counts
 * (missing seconds, a suspend, a restart neither raise nor clear), no data is a state of its own, and a tick in which
 * nothing changes allocates nothing. It tells of changes and keeps nothing itself.
 */
export type Phase = 'ok' | 'pending' | 'raised' | 'clearing'
const phases: readonly Phase[] = ['ok', 'pending', 'raised', 'clearing']
const [ok, pending, raised, clearing] = [0, 1, 2, 3] as const

/** A rule under one label set, with the state that outlives a restart. */
export interface Watch {
  readonly rule: Rule
  readonly labels: Labels
  /** Rule and labels: its identity. */
  readonly key: string
  phase: Phase
  isMissing: boolean
  /** How long the condition has held in the present phase, as far as it was seen. */
  heldMs: number
  value: number
}
export type Change = 'appeared' | 'pending' | 'calm' | 'raised' | 'clearing' | 'back' | 'cleared' | 'no_data' | 'data'

/** What a watch was when it was last kept. */
export interface KeptWatch {
  readonly key: string
  readonly rule: string
  readonly labels: Labels
  readonly phase: Phase
  readonly isMissing: boolean
  readonly heldMs: number
}

export interface EngineParts {
  readonly intervalMs: number
  readonly onChange: (watch: Watch, change: Change) => void
  /** Seconds until the value reaches its limit; NaN not known, Infinity never. Asked each tick: must be quick. */
  readonly forecast: (metric: string, labels: Labels) => number
}

/** A rule and a value of it that has not been there yet: a device of long ago, or one to come. */
interface Dormant {
  readonly rule: Rule
  readonly bound: Bound
}

const noCell = -1

export class Engine {
  readonly #values = new TickValues()
  #cells: Cells
  #rules: readonly Rule[] = []
  #seriesSize = -1
  #dormant: Dormant[] = []
  #watches: Watch[] = []
  #kept = new Map<string, KeptWatch>()
  /** In the order of #watches. */
  readonly #columns = new WatchColumns()
  #relevant: ReadonlySet<string> = new Set()

  constructor(private readonly parts: EngineParts) {
    this.#cells = new Cells(this.#values, parts.intervalMs)
  }

  get watches(): readonly Watch[] {
    this.#writeBack()
    return this.#watches
  }
  get size(): number {
    return this.#watches.length
  }

  /** New rules, at once: those that stay as they are keep their state. */
  setRules(rules: readonly Rule[], kept: readonly KeptWatch[] = this.#keep()): void {
    this.#rules = rules.filter(({ isEnabled }) => isEnabled)
    this.#relevant = storedMetricsOf(this.#rules)
    this.#kept = new Map(kept.map((one) => [one.key, one]))
    this.#seriesSize = -1
  }

  /** Frames carry what has changed; this is what there was before the first that comes. */
  prime(size: number, valueAt: (id: number) => number): void {
    this.#values.prime(size, valueAt)
  }

  /** Gone for good: its state is not kept, and it comes back as new if its value does. */
  forget(keys: ReadonlySet<string>): void {
    this.setRules(
      this.#rules,
      this.#keep().filter(({ key }) => !keys.has(key)),
    )
    this.#watches = []
  }

  /** One tick. */
  tick(frame: Frame, series: { readonly size: number; all(): readonly (Series | undefined)[] }): void {
    this.#values.apply(frame)
    if (this.#rules.length === 0 && this.#watches.length === 0) return
    if (series.size !== this.#seriesSize) this.#lookAgain(series.all())
    this.#cells.evaluate()
    this.#wake()
    // Of a tick after a gap only as much was seen as of any other.
    const seenMs = frame.gap === 'none' ? frame.elapsedMs : Math.min(frame.elapsedMs, this.parts.intervalMs)
    const { values } = this.#cells
    const count = this.#watches.length
    for (let i = 0; i < count; i++) {
      const cell = this.#columns.cell[i] as number
      this.#step(i, cell === noCell ? Number.NaN : (values[cell] as number) * (this.#columns.sign[i] as number), seenMs)
    }
  }

  /** `value` turned round where low ones are bad, so that more is always worse. */
  #step(i: number, value: number, seenMs: number): void {
    if (Number.isNaN(value)) {
      this.#miss(i, seenMs)
      return
    }
    if ((this.#columns.missingMs[i] as number) > 0) this.#found(i)
    const phase = this.#columns.phase[i] as number
    if (phase === ok) {
      if (value >= (this.#columns.raise[i] as number)) this.#begin(i, pending, this.#columns.raiseForMs[i] as number)
    } else if (phase === pending) {
      if (value < (this.#columns.raise[i] as number)) this.#enter(i, ok, 'calm')
      else this.#hold(i, seenMs, this.#columns.raiseForMs[i] as number, raised)
    } else if (phase === raised) {
      if (value <= (this.#columns.clear[i] as number)) this.#begin(i, clearing, this.#columns.clearForMs[i] as number)
    } else if (value > (this.#columns.clear[i] as number)) this.#enter(i, raised, 'back')
    else this.#hold(i, seenMs, this.#columns.clearForMs[i] as number, ok)
  }

  #begin(i: number, phase: typeof pending | typeof clearing, forMs: number): void {
    if (forMs > 0) this.#enter(i, phase, phase === pending ? 'pending' : 'clearing')
    else if (phase === pending) this.#enter(i, raised, 'raised')
    else this.#enter(i, ok, 'cleared')
  }

  #hold(i: number, seenMs: number, forMs: number, next: typeof raised | typeof ok): void {
    const heldMs = (this.#columns.heldMs[i] as number) + seenMs
    this.#columns.heldMs[i] = heldMs
    if (heldMs >= forMs) this.#enter(i, next, next === raised ? 'raised' : 'cleared')
  }

  #enter(i: number, phase: number, change: Change): void {
    this.#columns.phase[i] = phase
    this.#columns.heldMs[i] = 0
    this.#tell(i, change)
  }

  #miss(i: number, seenMs: number): void {
    const missingMs = (this.#columns.missingMs[i] as number) + Math.max(seenMs, 1)
    this.#columns.missingMs[i] = missingMs
    if (this.#columns.isMissing[i] === 1 || missingMs < (this.#columns.noDataForMs[i] as number)) return
    this.#columns.isMissing[i] = 1
    this.#tell(i, 'no_data')
  }

  #found(i: number): void {
    this.#columns.missingMs[i] = 0
    if (this.#columns.isMissing[i] === 0) return
    this.#columns.isMissing[i] = 0
    this.#tell(i, 'data')
  }

  #tell(i: number, change: Change): void {
    const watch = this.#watches[i] as Watch
    this.#writeBackOne(i)
    this.parts.onChange(watch, change)
  }

  #writeBack(): void {
    for (let i = 0; i < this.#watches.length; i++) this.#writeBackOne(i)
  }

  #writeBackOne(i: number): void {
    const watch = this.#watches[i] as Watch
    const cell = this.#columns.cell[i] as number
    watch.phase = phases[this.#columns.phase[i] as number] as Phase
    watch.isMissing = this.#columns.isMissing[i] === 1
    watch.heldMs = this.#columns.heldMs[i] as number
    watch.value = cell === noCell ? Number.NaN : (this.#cells.values[cell] as number)
  }

  #keep(): KeptWatch[] {
    this.#writeBack()
    return [
      ...this.#kept.values(),
      ...this.#watches.map(({ key, rule, labels, phase, isMissing, heldMs }) => ({
        key,
        rule: rule.name,
        labels,
        phase,
        isMissing,
        heldMs,
      })),
    ]
  }

  /** Most new series are of no rule's concern. */
  #lookAgain(series: readonly (Series | undefined)[]): void {
    const isFirst = this.#seriesSize < 0
    const isConcerned = isFirst || series.slice(this.#seriesSize).some((one) => this.#relevant.has(one?.metric ?? ''))
    this.#seriesSize = series.length
    if (isConcerned) this.#bind(series)
  }

  /** Looks up again what every rule is about: after a rule or a series has come. */
  #bind(series: readonly (Series | undefined)[]): void {
    const kept = new Map(this.#keep().map((one) => [one.key, one]))
    const cells = new Cells(this.#values, this.parts.intervalMs, this.#cells.windows)
    cells.know(series)
    this.#cells = cells
    this.#watches = []
    this.#dormant = []
    const boundOf = new Map<string, readonly Bound[]>()
    const keptOf = Map.groupBy(kept.values(), ({ key }) => identityOf(key))
    const entries: { readonly rule: Rule; readonly bound: Bound }[] = []
    for (const rule of this.#rules) {
      const { text, expression } = rule.checked
      const bound = rule.isForecast ? this.#bindForecast(rule) : (boundOf.get(text) ?? cells.bind(expression))
      if (!rule.isForecast) boundOf.set(text, bound)
      const keys = new Set<string>()
      for (const one of bound) {
        const key = keyOf(rule.identity, one.labels)
        if (keys.has(key)) continue
        keys.add(key)
        if (kept.has(key)) entries.push({ rule, bound: one })
        else this.#dormant.push({ rule, bound: one })
      }
      // Kept, but its series is known no more: never silently gone.
      for (const one of keptOf.get(rule.identity) ?? []) {
        if (!keys.has(one.key) && !isPlaceholder(rule, one.labels, keys)) {
          entries.push({ rule, bound: { labels: one.labels, cell: noCell } })
        }
      }
    }
    this.#columns.reserve(entries.length)
    for (const { rule, bound } of entries) this.#add(rule, bound, kept)
    for (const { rule, bound } of this.#placeholders()) this.#add(rule, bound, kept)
    this.#kept = new Map()
  }

  /** A rule that has nothing to look at yet says so after its time, under the labels that it names itself. */
  #placeholders(): Dormant[] {
    const having = new Set(this.#watches.map(({ rule }) => rule.name))
    return this.#rules.flatMap((rule) =>
      having.has(rule.name) ? [] : [{ rule, bound: { labels: pinnedLabels(rule), cell: noCell } }],
    )
  }

  #bindForecast(rule: Rule): readonly Bound[] {
    const { expression } = rule.checked
    if (expression.kind !== 'metric') return []
    return this.#cells.bindWith(expression, `runs out ${rule.name}`, (labels, value) => {
      const seconds = this.parts.forecast(expression.metric, labels)
      return Number.isNaN(value()) ? Number.NaN : seconds
    })
  }

  /** What was dormant and has a value now. */
  #wake(): void {
    if (this.#dormant.length === 0) return
    const { values } = this.#cells
    let awake = 0
    for (const { bound } of this.#dormant) if (!Number.isNaN(values[bound.cell])) awake++
    if (awake === 0) return
    const rest: Dormant[] = []
    const woken = new Set<string>()
    this.#columns.reserve(this.#watches.length + awake)
    for (const one of this.#dormant) {
      if (Number.isNaN(values[one.bound.cell])) {
        rest.push(one)
        continue
      }
      woken.add(one.rule.name)
      this.#add(one.rule, one.bound, new Map())
      this.#tell(this.#watches.length - 1, 'appeared')
    }
    this.#dormant = rest
    this.#dropPlaceholders(woken)
  }

  #dropPlaceholders(woken: ReadonlySet<string>): void {
    for (let i = this.#watches.length - 1; i >= 0; i--) {
      const watch = this.#watches[i] as Watch
      if (this.#columns.cell[i] !== noCell || !woken.has(watch.rule.name)) continue
      if (keyOf(watch.rule.identity, pinnedLabels(watch.rule)) !== watch.key || this.#columns.phase[i] !== ok) continue
      if (this.#columns.isMissing[i] === 1) {
        this.#columns.isMissing[i] = 0
        this.#tell(i, 'data')
      }
      this.#remove(i)
    }
  }

  #remove(i: number): void {
    const last = this.#watches.length - 1
    this.#watches[i] = this.#watches[last] as Watch
    this.#watches.pop()
    this.#columns.move(last, i)
  }

  #add(rule: Rule, { labels, cell }: Bound, kept: ReadonlyMap<string, KeptWatch>): void {
    const key = keyOf(rule.identity, labels)
    const before = kept.get(key)
    const i = this.#watches.length
    this.#columns.reserve(i + 1)
    const phase = before?.phase ?? 'ok'
    const isMissing = before?.isMissing ?? false
    const heldMs = before?.heldMs ?? 0
    this.#watches.push({ rule, labels, key, phase, isMissing, heldMs, value: Number.NaN })
    const sign = rule.direction === 'above' ? 1 : -1
    this.#columns.cell[i] = cell
    this.#columns.phase[i] = phases.indexOf(phase)
    this.#columns.sign[i] = sign
    this.#columns.raise[i] = sign * rule.raiseLevel
    this.#columns.clear[i] = sign * rule.clearLevel
    this.#columns.heldMs[i] = heldMs
    this.#columns.isMissing[i] = isMissing ? 1 : 0
    this.#columns.missingMs[i] = isMissing ? 1 : 0
    this.#columns.raiseForMs[i] = rule.raiseForMs
    this.#columns.clearForMs[i] = rule.clearForMs
    this.#columns.noDataForMs[i] = rule.noDataForMs + longestWindowMs(rule)
  }
}
