import { isAbsent, type Reading } from '../../platform/platform.ts'
import { noData, type Outcome, type SlowCollector, samples, type TickCollector } from '../collector.ts'
import type { ValueSink } from '../emit.ts'

/** A collector that reads one record each tick and writes it down. */
export const tickCollector = <T extends object>(
  name: string,
  read: () => Reading<T>,
  write: (record: T, sink: ValueSink) => void,
): TickCollector => ({
  name,
  lane: 'tick',
  collect: (sink) => writeReading(read(), sink, write),
})

/** The same in the slow lane. */
export const slowCollector = <T extends object>(
  name: string,
  timing: { readonly everyMs: number; readonly timeoutMs: number },
  read: () => Promise<Reading<T>>,
  write: (record: T, sink: ValueSink) => void,
): SlowCollector<Reading<T>> => ({
  name,
  lane: 'slow',
  ...timing,
  read,
  write: (reading, sink) => writeReading(reading, sink, write),
})

function writeReading<T extends object>(
  reading: Reading<T>,
  sink: ValueSink,
  write: (record: T, sink: ValueSink) => void,
): Outcome {
  if (isAbsent(reading)) return noData(reading.absent)
  write(reading, sink)
  return samples
}
