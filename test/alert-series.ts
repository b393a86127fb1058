import { type Change, Engine, type EngineParts, type KeptWatch, type Watch } from '../src/alert/engine.ts'
import type { MetricName } from '../src/catalogue/catalogue.ts'
import type { GapReason } from '../src/frame/frame.ts'
import { SeriesTable } from '../src/frame/series-table.ts'
import { checkWritten, type Rule, type WrittenRule } from '../src/rule/rule.ts'

export function ruleOf(written: Partial<WrittenRule>): Rule {
  const result = checkWritten({ name: 'r', value: 'system.linux.memory.dirty', ...written })
  if ('message' in result) throw new Error(`${result.key}: ${result.message}`)
  return result.rule
}

export interface Told {
  readonly change: Change
  readonly rule: string
  readonly labels: Readonly<Record<string, string>>
  readonly tick: number
}

/** An engine fed tick by tick with the values of some series. */
export class FedEngine {
  readonly series = new SeriesTable()
  readonly told: Told[] = []
  readonly engine: Engine
  tick = 0

  constructor(rules: readonly Rule[], kept: readonly KeptWatch[] = [], parts: Partial<EngineParts> = {}) {
    this.engine = new Engine({
      intervalMs: 1000,
      onChange: ({ rule, labels }: Watch, change) =>
        this.told.push({ change, rule: rule.name, labels, tick: this.tick }),
      forecast: () => Number.NaN,
      ...parts,
    })
    this.engine.setRules(rules, kept)
  }

  id(metric: MetricName = 'system.linux.memory.dirty', labels: Readonly<Record<string, string>> = {}): number {
    return this.series.intern(metric, labels as never) as number
  }

  feed(
    values: readonly (readonly [id: number, value: number])[],
    { elapsedMs = 1000, gap = 'none' as GapReason } = {},
  ): void {
    this.tick++
    const sorted = [...values].sort(([a], [b]) => a - b)
    this.engine.tick(
      {
        seq: this.tick,
        unixMs: this.tick * 1000,
        elapsedMs,
        gap,
        isKey: false,
        ids: Uint32Array.from(sorted, ([id]) => id),
        values: Float64Array.from(sorted, ([, value]) => value),
      },
      this.series,
    )
  }

  changes(): string[] {
    return this.told.map(({ change }) => change)
  }
}
