import { isMetricName, metricDef } from '../catalogue/catalogue.ts'
import { counterDelta } from '../derive/counter.ts'
import type { TickPair } from '../derive/plan.ts'
import type { Series } from '../frame/series-table.ts'
import { factsOf } from '../rule/check.ts'
import { type BinaryOperator, type Expression, isPinned, matches } from '../rule/expression.ts'
import { printExpression } from '../rule/parse.ts'
import { codes, operate } from './operation.ts'
import { type Labels, SeriesLookup } from './series-lookup.ts'
import { SlidingWindow } from './window.ts'

/** One value of an expression: which label set, and where it stands each tick. */
export interface Bound {
  readonly labels: Labels
  readonly cell: number
}

/** What the cells read: two ticks, and the time that has passed. */
export interface CellInput extends TickPair {
  readonly timeMs: number
}

/**
 * Everything that rules look at, each thing once: a metric under one label set, a window over it, an expression. Ten
 * thousand rules over one metric cost one evaluation of it. A cell comes after those it reads, so one pass a tick is
 * enough, and the pass allocates nothing.
 */
export class Cells {
  #values = new Float64Array(64).fill(Number.NaN)
  /** What makes each cell: an operation on two others, or a function. */
  #code = new Uint8Array(64)
  #left = new Int32Array(64)
  #right = new Int32Array(64)
  readonly #functions: (() => number)[] = []
  #size = 0
  readonly #byKey = new Map<string, number>()
  readonly #windows = new Map<string, SlidingWindow>()
  #lookup = new SeriesLookup([])

  constructor(
    private readonly input: CellInput,
    private readonly intervalMs: number,
    /** Windows of the cells before, so that a changed rule does not empty those of the others. */
    private readonly inherited: ReadonlyMap<string, SlidingWindow> = new Map(),
  ) {}

  get size(): number {
    return this.#size
  }
  get values(): Float64Array {
    return this.#values
  }
  get windows(): ReadonlyMap<string, SlidingWindow> {
    return this.#windows
  }

  /** The series that exist, to bind against from now on. */
  know(series: readonly (Series | undefined)[]): void {
    this.#lookup = new SeriesLookup(series)
  }

  evaluate(): void {
    const values = this.#values
    const code = this.#code
    const left = this.#left
    const right = this.#right
    for (let i = 0; i < this.#size; i++) {
      const operation = code[i] as number
      if (operation === codes.constant) continue
      const at = left[i] as number
      values[i] =
        operation === codes.call
          ? (this.#functions[at] as () => number)()
          : operate(operation, values[at] as number, values[right[i] as number] as number)
    }
  }

  /** Every label set that the expression has a value for, or may have. */
  bind(expression: Expression): readonly Bound[] {
    switch (expression.kind) {
      case 'number':
        return [{ labels: {}, cell: this.#constant(expression.value) }]
      case 'metric':
        return this.#bindMetric(expression.metric, expression)
      case 'window':
        return this.#bindWindow(expression)
      case 'unary':
        return this.bind(expression.of).map(({ labels, cell }) => {
          // 1 - x and 0 - x.
          const from = this.#constant(expression.operator === 'not' ? 1 : 0)
          return { labels, cell: this.#operation('-', from, cell) }
        })
      case 'binary':
        return this.#bindBinary(expression)
    }
  }

  /** The same values put through a function, each under its own key. */
  bindWith(
    expression: Expression,
    text: string,
    apply: (labels: Labels, value: () => number) => number,
  ): readonly Bound[] {
    return this.bind(expression).map(({ labels, cell: of }) => {
      const value = (): number => this.#values[of] as number
      return { labels, cell: this.#cell(keyOf(text, labels), () => apply(labels, value)) }
    })
  }

  #bindMetric(metric: string, { matchers }: Extract<Expression, { kind: 'metric' }>): Bound[] {
    const pinned = matchers.find(isPinned)
    const found = this.#lookup.of(metric, pinned?.label, pinned?.pattern)
    return found.flatMap(({ labels, id, evaluate }) => {
      if (!matchers.every((one) => matches(one, labels[one.label] ?? ''))) return []
      const read = evaluate === undefined ? this.#reader(metric, id) : () => evaluate(this.input)
      return [{ labels, cell: this.#cell(keyOf(metric, labels), read) }]
    })
  }

  #reader(metric: string, id: number): () => number {
    const { input } = this
    const def = isMetricName(metric) ? metricDef(metric) : undefined
    if (def?.kind !== 'counter') return () => input.now(id)
    const jitter = def.jitter ?? 0
    return () =>
      input.seconds > 0 ? counterDelta(input.before(id), input.now(id), jitter) / input.seconds : Number.NaN
  }

  #bindWindow(expression: Extract<Expression, { kind: 'window' }>): Bound[] {
    const text = printExpression(expression)
    return this.bind(expression.of).map(({ labels, cell: of }) => {
      const key = keyOf(text, labels)
      const known = this.#byKey.get(key)
      if (known !== undefined) return { labels, cell: known }
      const window =
        this.inherited.get(key) ?? new SlidingWindow(windowName(expression), expression.durationMs, this.intervalMs)
      this.#windows.set(key, window)
      return { labels, cell: this.#cell(key, () => window.add(this.input.timeMs, this.#values[of] as number)) }
    })
  }

  /** Each value of the side with more labels finds its one on the other side by the labels they share. */
  #bindBinary(expression: Extract<Expression, { kind: 'binary' }>): Bound[] {
    const left = this.bind(expression.left)
    const right = this.bind(expression.right)
    const free = [freeLabels(expression.left), freeLabels(expression.right)] as const
    const isLeftWide = free[0].length >= free[1].length
    const shared = isLeftWide ? free[1] : free[0]
    const narrow = new Map<string, number>()
    for (const { labels, cell } of isLeftWide ? right : left) {
      const key = shared.map((label) => labels[label]).join('\0')
      // The one that is there now, where another has had the labels before.
      if (!narrow.has(key) || Number.isNaN(this.#values[narrow.get(key) ?? 0])) narrow.set(key, cell)
    }
    return (isLeftWide ? left : right).flatMap(({ labels, cell: wide }) => {
      const other = narrow.get(shared.map((label) => labels[label]).join('\0'))
      if (other === undefined) return []
      const [a, b] = isLeftWide ? [wide, other] : [other, wide]
      return [{ labels, cell: this.#operation(expression.operator, a, b) }]
    })
  }

  #constant(value: number): number {
    const cell = this.#place(`#${value}`, codes.constant, 0, 0)
    this.#values[cell] = value
    return cell
  }

  #operation(operator: BinaryOperator, left: number, right: number): number {
    return this.#place(`${left}${operator}${right}`, codes[operator], left, right)
  }

  #cell(key: string, evaluate: () => number): number {
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    this.#functions.push(evaluate)
    return this.#place(key, codes.call, this.#functions.length - 1, 0)
  }

  #place(key: string, code: number, left: number, right: number): number {
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const cell = this.#size++
    if (cell >= this.#values.length) this.#grow()
    this.#code[cell] = code
    this.#left[cell] = left
    this.#right[cell] = right
    this.#byKey.set(key, cell)
    return cell
  }

  #grow(): void {
    const length = this.#values.length * 2
    const values = new Float64Array(length).fill(Number.NaN)
    values.set(this.#values)
    this.#values = values
    const code = new Uint8Array(length)
    code.set(this.#code)
    this.#code = code
    const left = new Int32Array(length)
    left.set(this.#left)
    this.#left = left
    const right = new Int32Array(length)
    right.set(this.#right)
    this.#right = right
  }
}

export const keyOf = (text: string, labels: Labels): string => {
  let key = text
  for (const name of Object.keys(labels).sort()) key += `\0${name}=${labels[name]}`
  return key
}

/** A counter is a rate already: its rate over a longer time is the mean of it. */
function windowName({ name, of }: Extract<Expression, { kind: 'window' }>): SlidingWindow['name'] {
  const isCounter = of.kind === 'metric' && isMetricName(of.metric) && metricDef(of.metric).kind === 'counter'
  return name === 'rate' && isCounter ? 'avg' : name
}

function freeLabels(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'number':
      return []
    case 'metric': {
      const pinned = new Set(expression.matchers.filter(isPinned).map(({ label }) => label))
      return Object.keys(factsOf(expression.metric)?.labels ?? {}).filter((label) => !pinned.has(label))
    }
    case 'binary': {
      const left = freeLabels(expression.left)
      const right = freeLabels(expression.right)
      return left.length >= right.length ? left : right
    }
    default:
      return freeLabels(expression.of)
  }
}
