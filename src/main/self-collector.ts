import { samples, type TickCollector } from '../collect/collector.ts'
import { Emission, emit } from '../collect/emit.ts'
import { outwardNames } from '../config/outward-names.ts'
import type { SeriesTable } from '../frame/series-table.ts'
import type { OutwardFigures } from '../outward/outward.ts'
import type { SelfReading } from '../platform/platform.ts'
import type { AlertFigures } from './alerting.ts'

/** What the store says of itself, for the `sysmon.store.*` metrics. */
export interface StoreFigures {
  readonly bytesAppended: number
  readonly databaseBytes: number
  readonly walBytes: number
  readonly stored: number
  readonly dropped: number
  readonly buffered: number
}

interface Own {
  readonly self: SelfReading
  readonly store: StoreFigures
  readonly latenessMs: number
  readonly missed: number
  readonly storeMs: number | undefined
  readonly tickMs: number | undefined
  readonly series: number
  readonly refused: number
  readonly outward: OutwardFigures
  readonly alert: AlertFigures | undefined
}

/** Sysmon's own cost and punctuality, as a collector like any other. */
export interface SelfCollector extends TickCollector {
  /** Of the tick that is beginning. */
  note(tick: { readonly latenessMs: number; readonly missed: number }): void
  /** Of the tick that has ended. */
  noteCost(cost: { readonly storeMs: number; readonly tickMs: number }): void
}

/** In steps of ten microseconds: the digits behind are noise that would take a good part of the record. */
const seconds = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : Math.round(ms * 100) / 1e5

const emits = [
  emit('sysmon.tick.lateness', {}, (o: Own) => seconds(o.latenessMs)),
  emit('sysmon.tick.missed', {}, (o: Own) => o.missed),
  emit('sysmon.tick.duration', {}, (o: Own) => seconds(o.tickMs)),
  emit('sysmon.process.cpu.time', { mode: 'user' }, (o: Own) => o.self.userSeconds),
  emit('sysmon.process.cpu.time', { mode: 'system' }, (o: Own) => o.self.systemSeconds),
  emit('sysmon.process.memory.usage', {}, (o: Own) => o.self.residentBytes),
  emit('sysmon.process.disk.io', { direction: 'read' }, (o: Own) => o.self.diskReadBytes),
  emit('sysmon.process.disk.io', { direction: 'write' }, (o: Own) => o.self.diskWrittenBytes),
  emit('sysmon.store.io', {}, (o: Own) => o.store.bytesAppended),
  emit('sysmon.store.duration', {}, (o: Own) => seconds(o.storeMs)),
  emit('sysmon.store.size', { file: 'database' }, (o: Own) => o.store.databaseBytes),
  emit('sysmon.store.size', { file: 'wal' }, (o: Own) => o.store.walBytes),
  emit('sysmon.store.frames', { outcome: 'stored' }, (o: Own) => o.store.stored),
  emit('sysmon.store.frames', { outcome: 'dropped' }, (o: Own) => o.store.dropped),
  emit('sysmon.store.buffered', {}, (o: Own) => o.store.buffered),
  emit('sysmon.series.count', {}, (o: Own) => o.series),
  emit('sysmon.series.dropped', {}, (o: Own) => o.refused),
  ...outwardNames.flatMap((target) => [
    ...(['sent', 'dropped', 'failed'] as const).map((outcome) =>
      emit('sysmon.outward.samples', { target, outcome }, (o: Own) => o.outward[target]?.[outcome]),
    ),
    emit('sysmon.outward.waiting', { target }, (o: Own) => o.outward[target]?.waiting),
  ]),
  emit('sysmon.alert.duration', {}, (o: Own) => seconds(o.alert?.durationMs)),
  emit('sysmon.alert.count', { state: 'watched' }, (o: Own) => o.alert?.watched),
  emit('sysmon.alert.count', { state: 'raised' }, (o: Own) => o.alert?.raised),
  emit('sysmon.alert.notifications', { outcome: 'sent' }, (o: Own) => o.alert?.sent),
  emit('sysmon.alert.notifications', { outcome: 'failed' }, (o: Own) => o.alert?.failed),
  emit('sysmon.alert.notifications', { outcome: 'given_up' }, (o: Own) => o.alert?.givenUp),
  emit('sysmon.alert.waiting', {}, (o: Own) => o.alert?.waiting),
]

const nothingSent: OutwardFigures = {}

export function selfCollector(
  series: SeriesTable,
  read: () => SelfReading,
  readStore: () => StoreFigures,
  /** Nothing is sent: undefined. */
  readOutward: () => OutwardFigures | undefined = () => undefined,
  /** There are no alerts: undefined. */
  readAlerts: () => AlertFigures | undefined = () => undefined,
): SelfCollector {
  const emission = new Emission<Own>(series, emits)
  let latenessMs = 0
  let missed = 0
  let cost: { storeMs: number; tickMs: number } | undefined
  return {
    name: 'self',
    lane: 'tick',
    note: (tick) => {
      latenessMs = tick.latenessMs
      missed += tick.missed
    },
    noteCost: (latest) => {
      cost = latest
    },
    collect: (sink) => {
      const own: Own = {
        self: read(),
        store: readStore(),
        latenessMs,
        missed,
        storeMs: cost?.storeMs,
        tickMs: cost?.tickMs,
        series: series.size,
        refused: series.refused,
        outward: readOutward() ?? nothingSent,
        alert: readAlerts(),
      }
      emission.write(own, sink)
      return samples
    },
  }
}
