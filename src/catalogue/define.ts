/**
 * How a metric is declared. This folder says WHAT is measured and nothing else: it imports nothing, knows no system
 * call and no screen. Everything that can be derived from a declaration (types, encoding, validation, exposition,
 * documentation) is derived from it elsewhere; nothing restates it.
 */

/** UCUM units (https://ucum.org/ucum); only base units are stored, prefixes belong to formatters. */
export type Unit = 's' | 'By' | 'By/s' | '1' | 'Hz' | 'Cel' | 'W' | 'V' | 'J' | 'rpm' | `{${string}}` | `{${string}}/s`

/** `counter`: only grows, stored raw, read as a rate. `gauge`: a level. `state`: 0/1 or a small enumeration. */
export type MetricKind = 'counter' | 'gauge' | 'state'

/** How the several seconds of one bucket are shown as one number when a caller asks for just one. */
export type DefaultRollup = 'avg' | 'max' | 'last'

/** A label with a closed set of values. */
export interface ClosedLabel<V extends string> {
  readonly values: readonly V[]
}
/** A label with one value per device, mount, cgroup…: bounded by the machine, capped by the collector. */
export interface DeviceLabel {
  readonly perDevice: string
}
export type LabelDef = ClosedLabel<string> | DeviceLabel

export const oneOf = <const V extends string>(...values: V[]): ClosedLabel<V> => ({ values })
export const perDevice = (what: string): DeviceLabel => ({ perDevice: what })

export type OsName = 'linux' | 'windows' | 'darwin'

/** Where the number comes from, or why there is none. */
export type Source = string | { readonly none: string }
/** On each system. A missing entry: not read there yet. */
export type Sources = Readonly<Partial<Record<OsName, Source>>>

export interface MetricDef {
  /** Append-only number used on disk and on the wire; never reused. */
  readonly id: number
  readonly kind: MetricKind
  readonly unit: Unit
  readonly value: 'int' | 'float'
  readonly labels: Readonly<Record<string, LabelDef>>
  readonly help: string
  readonly source: Sources
  /** How far this counter may step backwards by rounding or kernel accounting without being a reset, in its unit. */
  readonly jitter?: number
  readonly rollup?: DefaultRollup
  /** `slow`: read in the slow lane every few seconds, not each tick. */
  readonly lane?: 'tick' | 'slow'
  readonly deprecated?: { readonly since: string; readonly use: string }
}

/** A value computed on read from stored metrics, by a pure function in `derive/` of the same name. */
export interface DerivedDef {
  readonly id: number
  readonly unit: Unit
  readonly labels: Readonly<Record<string, LabelDef>>
  readonly help: string
  /** In words, for people: shown in the metrics reference and on hover. */
  readonly formula: string
  readonly from: readonly string[]
  /** Lowest and highest meaningful value; values outside are clamped for display and counted in golden runs. */
  readonly range?: readonly [number, number]
  readonly rollup?: DefaultRollup
}

export const defineMetrics = <const M extends Record<string, MetricDef>>(metrics: M): M => metrics
export const defineDerived = <const D extends Record<string, DerivedDef>>(derived: D): D => derived

type LabelValue<L> = L extends ClosedLabel<infer V> ? V : string
export type LabelsOf<D extends { labels: Readonly<Record<string, LabelDef>> }> = {
  readonly [K in keyof D['labels']]: LabelValue<D['labels'][K]>
}
