import type { Clock } from '../base/clock.ts'
import { describeError } from '../base/errors.ts'
import type { EventKind } from '../catalogue/events.ts'
import type { ProcessCollector } from '../collect/collectors/process.ts'
import type { Registry } from '../collect/registry.ts'
import { type ClockReading, type TickTiming, timeTick } from '../collect/timekeeping.ts'
import type { FrameBuilder } from '../frame/builder.ts'
import type { FrameEncoder } from '../frame/codec.ts'
import type { Frame } from '../frame/frame.ts'
import type { ProcessTable } from '../frame/process-table.ts'
import type { FrameRing } from '../frame/ring.ts'
import type { SeriesTable } from '../frame/series-table.ts'
import type { ScanResult } from '../platform/platform.ts'
import type { LiveProcesses } from '../recorder/live.ts'
import type { StoredTick } from '../store/store.ts'
import type { Happened } from './notices.ts'
import type { SelfCollector } from './self-collector.ts'

/** Length of a block of the record: a key frame opens each. Milliseconds. */
const blockMs = 300_000

export interface PipelineParts {
  readonly clock: Clock
  /** Between two ticks, as it is meant to be now. */
  readonly intervalMs: () => number
  readonly registry: Registry
  readonly processes: ProcessCollector | undefined
  readonly table: ProcessTable
  readonly series: SeriesTable
  readonly builder: FrameBuilder
  readonly encoder: FrameEncoder
  readonly live: LiveProcesses
  readonly ring: FrameRing
  readonly self: SelfCollector
  /** Milliseconds since boot, suspend included. */
  readonly sinceBootMs: () => number | undefined
  readonly keep: (tick: StoredTick) => void
  readonly onEvent: (event: Happened) => void
  readonly onFrame: (frame: Frame) => void
  readonly onError: (what: string, error: unknown) => void
}

/**
 * One tick: collect, build the Frame, encode it once, keep it, show it. Storing and showing are isolated from
 * collecting: whatever they do, the next tick comes.
 */
export class Pipeline {
  #seq: number
  #ticks = 0
  #previous: ClockReading | undefined
  #block = Number.NaN
  #needKey = true
  #lastScan: ScanResult | undefined
  #sinceScanMs = 0

  constructor(
    private readonly parts: PipelineParts,
    lastSeq: number,
  ) {
    this.#seq = lastSeq
  }

  /** Ticks since start. */
  get ticks(): number {
    return this.#ticks
  }

  /** The next frame will stand alone: after frames that depended on each other have been lost. */
  requestKey(): void {
    this.#needKey = true
  }

  tick(latenessMs: number): void {
    const { clock, parts } = { clock: this.parts.clock, parts: this.parts }
    const now: ClockReading = {
      wallMs: clock.wallMs(),
      monotonicMs: clock.monotonicMs(),
      sinceBootMs: parts.sinceBootMs(),
    }
    const timing = timeTick(this.#previous, now, parts.intervalMs())
    this.#previous = now
    this.#tellGap(timing)
    parts.self.note({ latenessMs, missed: timing.missed })
    parts.registry.runTick(parts.builder, this.#ticks++)
    const frame = this.#build(now, timing)
    const collectedMs = clock.monotonicMs()
    this.#store(frame, this.#recordProcesses(frame, now.monotonicMs))
    const storedMs = clock.monotonicMs()
    parts.table.endTick()
    if (frame.isKey) parts.table.trim()
    parts.ring.push(frame)
    parts.onFrame(frame)
    parts.self.noteCost({ storeMs: storedMs - collectedMs, tickMs: clock.monotonicMs() - now.monotonicMs })
  }

  #build(now: ClockReading, timing: TickTiming): Frame {
    const block = Math.floor(now.wallMs / blockMs)
    const isKey = this.#needKey || block !== this.#block || timing.gap === 'clock_step' || timing.gap === 'start'
    this.#block = block
    this.#needKey = false
    return this.parts.builder.finish({
      seq: ++this.#seq,
      unixMs: Math.round(now.wallMs),
      elapsedMs: timing.elapsedMs,
      gap: timing.gap,
      isKey,
    })
  }

  /** Over several ticks when the scans of some have failed: nothing is told then of those without one. */
  #recordProcesses({ unixMs, elapsedMs, isKey }: Frame, monotonicMs: number): Uint8Array {
    const { parts } = this
    const scan = parts.processes?.lastScan()
    const isScanned = scan !== undefined && scan !== this.#lastScan
    // The first scan has none before it to be compared with, whichever tick it is in (C15).
    const isFirst = this.#lastScan === undefined
    this.#lastScan = scan
    this.#sinceScanMs = elapsedMs === 0 || isFirst ? 0 : this.#sinceScanMs + elapsedMs
    const sinceScanMs = isScanned ? this.#sinceScanMs : 0
    if (isScanned) this.#sinceScanMs = 0
    return parts.live.update(parts.table, { unixMs, monotonicMs, elapsedMs: sinceScanMs, isKey })
  }

  #store(frame: Frame, processes: Uint8Array): void {
    const { parts } = this
    const newSeries = parts.series.takeFresh()
    try {
      parts.keep({
        seq: frame.seq,
        unixMs: frame.unixMs,
        elapsedMs: frame.elapsedMs,
        gap: frame.gap,
        isKey: frame.isKey,
        frame: parts.encoder.encode(frame),
        processes,
        newSeries,
      })
    } catch (error) {
      parts.series.returnFresh(newSeries)
      this.#needKey = true
      parts.onError('the tick could not be stored', error)
    }
  }

  #tellGap({ gap, missed, suspendedMs, clockStepMs, elapsedMs }: TickTiming): void {
    const seconds = (ms: number): number => Math.round(ms) / 1000
    if (gap === 'suspend') {
      this.#tell('suspend', `the machine was suspended for ${seconds(suspendedMs)} s`, {
        seconds: seconds(suspendedMs),
      })
    } else if (gap === 'clock_step') {
      const way = clockStepMs > 0 ? 'forward' : 'back'
      const by = seconds(Math.abs(clockStepMs))
      this.#tell('clock_step', `the clock was set ${way} by ${by} s`, { seconds: seconds(clockStepMs) })
    } else if (gap === 'missed') {
      this.#tell('gap', `no sample for ${seconds(elapsedMs)} s: the machine or sysmon was stalled`, {
        missed,
        seconds: seconds(elapsedMs),
      })
    }
  }

  #tell(kind: EventKind, message: string, data: Happened['data']): void {
    try {
      this.parts.onEvent({ kind, severity: 'warning', message, data })
    } catch (error) {
      this.parts.onError(`the event "${describeError(message)}" could not be kept`, error)
    }
  }
}
