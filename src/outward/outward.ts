import type { Clock } from '../base/clock.ts'
import type { OutwardTargets } from '../config/outward.ts'
import { type OutwardName, outwardNames } from '../config/outward-names.ts'
import type { FrameRing } from '../frame/ring.ts'
import { Delivery, type DeliveryFigures, type DeliveryParts } from './delivery.ts'
import { influxEncoder } from './influx.ts'
import { otlpEncoder, rejectedPoints } from './otlp.ts'
import type { Encode, Sender, Snapshot } from './snapshot.ts'

/**
 * outward/ sends the values of ticks to receivers that the user named: OTLP, Prometheus remote write, Influx. It
 * promises that no tick waits for it and that what waits is bounded. Loaded only when a receiver is named. It knows raw
 * values: those who receive them compute rates themselves.
 */
export interface OutwardParts {
  readonly targets: OutwardTargets
  readonly clock: Clock
  readonly ring: FrameRing
  readonly sender: Sender
  readonly onChange: (target: OutwardName, url: string, why: string | undefined) => void
  readonly random?: () => number
}

export type OutwardFigures = Readonly<Partial<Record<OutwardName, DeliveryFigures>>>

export interface Outward {
  /** After a tick has been put into the ring: takes its values where they are due. */
  onTick(): void
  figures(): OutwardFigures
  close(): void
}

interface Line {
  readonly name: OutwardName
  readonly intervalMs: number
  readonly delivery: Delivery
  /** Number of the interval of which a tick was taken last. */
  last: number
}

export async function createOutward(parts: OutwardParts): Promise<Outward> {
  const lines: Line[] = []
  for (const name of outwardNames) {
    const target = parts.targets[name]
    const { url, intervalMs } = target
    if (url === undefined) continue
    const delivery = new Delivery({
      clock: parts.clock,
      target: { ...target, url },
      encode: await encoderOf(name, parts.sender),
      rejected: name === 'otlp' ? rejectedPoints : () => 0,
      version: parts.sender.version,
      onChange: (why) => parts.onChange(name, url, why),
      random: parts.random ?? Math.random,
    } satisfies DeliveryParts)
    lines.push({ name, intervalMs, delivery, last: Number.NaN })
  }
  return {
    onTick: () => {
      let snapshot: Snapshot | undefined
      for (const line of lines) {
        const interval = Math.floor(parts.ring.unixMsAt(parts.ring.length - 1) / line.intervalMs)
        if (interval === line.last) continue
        line.last = interval
        snapshot ??= lastTick(parts.ring)
        line.delivery.offer(snapshot)
      }
    },
    figures: () => Object.fromEntries(lines.map(({ name, delivery }) => [name, delivery.figures])),
    close: () => {
      for (const { delivery } of lines) delivery.close()
    },
  }
}

async function encoderOf(name: OutwardName, sender: Sender): Promise<Encode> {
  if (name === 'otlp') return otlpEncoder(sender)
  if (name === 'influx') return influxEncoder(sender)
  return (await import('./remote-write.ts')).remoteWriteEncoder(sender)
}

function lastTick(ring: FrameRing): Snapshot {
  const last = ring.length - 1
  const values = new Float64Array(ring.size)
  for (let id = 0; id < values.length; id++) values[id] = ring.valueAt(id, last)
  return { unixMs: ring.unixMsAt(last), values }
}
