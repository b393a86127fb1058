import { type ExplainParts, explain } from '../src/analyze/explain/explain.ts'
import type { ExplainResponse } from '../src/api/explain-contract.ts'
import { isMetricName, type MetricName, metricDef } from '../src/catalogue/catalogue.ts'
import type { NumberColumn } from '../src/catalogue/process-columns.ts'
import type { SeriesId } from '../src/frame/frame.ts'
import { ProcessTable } from '../src/frame/process-table.ts'
import { FrameRing } from '../src/frame/ring.ts'
import { LiveProcesses } from '../src/recorder/live.ts'
import { packProcessTicks } from '../src/recorder/pack.ts'
import { defaultRetention } from '../src/store/sqlite/retention.ts'
import type { Store, StoredEvent } from '../src/store/store.ts'
import { Recording, rulesFor, type TickOptions, wholeHourMs } from './conformance/recording.ts'
import { sqlitePlace } from './conformance/sqlite-place.ts'

/**
 * A record of a machine that never was: what its CPUs, disks and processes did is said second by second, and kept by the
 * real store and recorder. What is not said rests.
 */
export interface MadeUpProcess {
  readonly pid: number
  readonly name: string
  readonly startTicks?: number
  readonly parentPid?: number
  readonly state?: string
  readonly cgroup?: string
  readonly threads?: number
  readonly residentBytes?: number
  /** CPUs in use. */
  readonly cpu?: number
  readonly systemCpu?: number
  /** Of its ended children that nobody saw, CPUs. */
  readonly childrenCpu?: number
  /** Shares of the time. */
  readonly wait?: number
  readonly ioDelay?: number
  /** Bytes a second; null: may not be read. */
  readonly read?: number | null
  readonly written?: number | null
}
export interface Second {
  /** Busy share of all CPUs. */
  readonly busy?: number
  readonly steal?: number
  readonly pressure?: Readonly<Record<string, number>>
  readonly fullPressure?: Readonly<Record<string, number>>
  /** Levels as they are, counters by what they grow in a second. `name{label=value}`. */
  readonly values?: Readonly<Record<string, number>>
  readonly processes?: readonly MadeUpProcess[]
  readonly tick?: TickOptions
}

export interface MadeUpRecord {
  readonly store: Store
  readonly nowMs: number
  readonly startMs: number
  run(seconds: number, what?: Second | ((second: number) => Second)): MadeUpRecord
  /** A time without ticks. */
  away(
    seconds: number,
    events?: readonly Omit<StoredEvent, 'unixMs'>[],
    tick?: TickOptions,
    what?: Second,
  ): MadeUpRecord
  event(event: Omit<StoredEvent, 'unixMs'>): MadeUpRecord
  explain(fromSecond: number, toSecond: number, parts?: Partial<ExplainParts>): Promise<ExplainResponse>
  readonly parts: ExplainParts
  close(): void
}

const calm: readonly MadeUpProcess[] = [
  { pid: 1, name: 'init', residentBytes: 8 * 1024 ** 2 },
  { pid: 700, name: 'sysmond', residentBytes: 40 * 1024 ** 2, cpu: 0.004 },
]

export function madeUpRecord({ cpus = 2, hasPressure = true, startMs = wholeHourMs } = {}): MadeUpRecord {
  const recording = new Recording(startMs)
  const place = sqlitePlace()
  const store = place.open({
    rules: rulesFor(() => recording.table.all()),
    packProcesses: packProcessTicks,
    monotonicMs: () => recording.nowMs - startMs,
    retention: defaultRetention,
    onError: (error) => {
      throw error
    },
  })
  const counters = new Map<SeriesId, number>()
  const processes = new MadeUpProcesses()
  let elapsedMs = 0
  const begun = startMs

  const put = (text: string, value: number): void => {
    const [, name = '', labels = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(text) ?? []
    if (!isMetricName(name)) throw new Error(`no metric ${name}`)
    const pairs = labels === '' ? [] : labels.split(',').map((pair) => pair.split('=') as [string, string])
    const id = recording.id(name as MetricName, Object.fromEntries(pairs) as never)
    if (metricDef(name).kind !== 'counter') recording.set(id, value)
    else {
      counters.set(id, (counters.get(id) ?? 1000) + value)
      recording.set(id, counters.get(id) as number)
    }
  }

  const second = (what: Second, seconds = 1): void => {
    const { busy = 0.05, steal = 0, pressure = {}, fullPressure = {}, values = {} } = what
    put('system.cpu.logical.count', cpus)
    put('sysmon.tick.lateness', 0.002)
    for (let cpu = 0; cpu < cpus; cpu++) {
      put(`system.cpu.time{cpu=${cpu},mode=user}`, busy * seconds)
      put(`system.cpu.time{cpu=${cpu},mode=steal}`, steal * seconds)
      put(`system.cpu.time{cpu=${cpu},mode=idle}`, (1 - busy - steal) * seconds)
    }
    for (const resource of hasPressure ? ['cpu', 'memory', 'io'] : [])
      put(`system.pressure.some.time{resource=${resource}}`, (pressure[resource] ?? 0) * seconds)
    for (const resource of hasPressure ? ['memory', 'io'] : [])
      put(`system.pressure.full.time{resource=${resource}}`, (fullPressure[resource] ?? 0) * seconds)
    put('system.memory.limit', 8 * 1024 ** 3)
    if (values['system.linux.memory.available'] === undefined) put('system.linux.memory.available', 6 * 1024 ** 3)
    if (values['system.cpu.run_queue'] === undefined) put('system.cpu.run_queue', 1)
    for (const [name, value] of Object.entries(values)) put(name, value)
    const tick = recording.tick(what.tick)
    elapsedMs += tick.elapsedMs
    store.append({ ...tick, processes: processes.tick(what.processes ?? [], calm, tick, elapsedMs) })
    store.maintain(tick.unixMs, 5)
  }

  const record: MadeUpRecord = {
    store,
    startMs: begun,
    get nowMs() {
      return recording.nowMs
    },
    run: (seconds, what = {}) => {
      for (let i = 0; i < seconds; i++) second(typeof what === 'function' ? what(i) : what)
      return record
    },
    away: (seconds, events = [], tick = {}, what = {}) => {
      const atMs = recording.nowMs + seconds * 1000
      for (const event of events) store.appendEvent({ ...event, unixMs: atMs })
      second({ ...what, tick: { atMs, elapsedMs: seconds * 1000, gap: 'missed', ...tick } }, seconds)
      return record
    },
    event: (event) => {
      store.appendEvent({ ...event, unixMs: recording.nowMs })
      return record
    },
    get parts() {
      return {
        sources: {
          ring: new FrameRing(1),
          store,
          series: recording.table,
          intervalMs: 1000,
          now: () => recording.nowMs,
        },
        absences: () => [],
      }
    },
    explain: (fromSecond, toSecond, parts = {}) =>
      explain(
        { ...record.parts, ...parts },
        { window: { startMs: begun + fromSecond * 1000, endMs: begun + toSecond * 1000 } },
      ),
    close: () => {
      store.close()
      place.remove()
    },
  }
  return record
}

class MadeUpProcesses {
  readonly #table = new ProcessTable()
  readonly #live = new LiveProcesses()
  readonly #slots = new Map<string, number>()
  #isFirst = true

  tick(
    listed: readonly MadeUpProcess[],
    always: readonly MadeUpProcess[],
    tick: { readonly unixMs: number; readonly elapsedMs: number; readonly isKey: boolean },
    monotonicMs: number,
  ): Uint8Array {
    const table = this.#table
    table.beginTick()
    const own = new Set(listed.map(({ pid }) => pid))
    const all = [...always.filter(({ pid }) => !own.has(pid)), ...listed]
    const keys = new Set(all.map((one) => keyOf(one)))
    for (const [key, slot] of this.#slots) {
      if (keys.has(key)) continue
      table.end(slot)
      this.#slots.delete(key)
    }
    for (const one of all) this.#one(one, tick.elapsedMs / 1000, monotonicMs)
    this.#isFirst = false
    const { unixMs, elapsedMs, isKey } = tick
    const bytes = this.#live.update(table, { unixMs, monotonicMs, elapsedMs, isKey })
    table.endTick()
    return bytes
  }

  #one(one: MadeUpProcess, seconds: number, monotonicMs: number): void {
    const { numbers, texts } = this.#table
    const key = keyOf(one)
    const isNew = !this.#slots.has(key)
    const slot = this.#slots.get(key) ?? this.#table.add()
    this.#slots.set(key, slot)
    const grow = (column: NumberColumn, rate: number | null | undefined): void => {
      if (rate === null) return
      numbers[column][slot] = (isNew ? (this.#isFirst ? 50 : 0) : (numbers[column][slot] ?? 0)) + (rate ?? 0) * seconds
    }
    numbers.pid[slot] = one.pid
    numbers.startTicks[slot] = startOf(one)
    numbers.parentPid[slot] = one.parentPid ?? 1
    numbers.threads[slot] = one.threads ?? 1
    numbers.residentBytes[slot] = one.residentBytes ?? 4 * 1024 ** 2
    grow('cpuUserSeconds', (one.cpu ?? 0) - (one.systemCpu ?? 0))
    grow('cpuSystemSeconds', one.systemCpu)
    grow('childrenCpuSeconds', one.childrenCpu)
    grow('runQueueWaitSeconds', one.wait)
    grow('ioDelaySeconds', one.ioDelay)
    grow('readBytes', one.read)
    grow('writtenBytes', one.written)
    texts.name[slot] = one.name
    texts.commandLine[slot] = `/usr/bin/${one.name}`
    texts.user[slot] = 'root'
    texts.state[slot] = one.state ?? 'S'
    texts.cgroup[slot] = one.cgroup ?? `/system.slice/${one.name}.service`
    this.#table.readAtMs[slot] = monotonicMs
    this.#table.touch(slot)
  }
}

/** After those that are there from the beginning, so that it counts as new when it comes. */
const startOf = ({ pid, startTicks }: MadeUpProcess): number =>
  startTicks ?? (calm.some((one) => one.pid === pid) ? pid : 10_000)
const keyOf = (one: MadeUpProcess): string => `${one.pid} ${startOf(one)}`
