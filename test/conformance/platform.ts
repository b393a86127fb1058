import { describe, expect, test } from 'bun:test'
import { isMetricName, metricDef } from '../../src/catalogue/catalogue.ts'
import { cpuModes } from '../../src/catalogue/cpu.ts'
import type { LabelDef } from '../../src/catalogue/define.ts'
import { ProcessTable } from '../../src/frame/process-table.ts'
import { isAbsent, type Platform } from '../../src/platform/platform.ts'
import { collect } from '../collected.ts'

/** What every platform has to keep to, however little it gives. */
export interface Subject {
  readonly platform: Platform
  /** Lets time pass for what hangs; does nothing on a machine whose time passes by itself. */
  advance(ms: number): void
  /** Files of the system that are open. */
  openFiles(): number
}

const tickReadings = [
  'cpu',
  'load',
  'memory',
  'paging',
  'pressure',
  'disks',
  'networks',
  'protocols',
  'kernel',
  'cgroups',
] as const
const slowReadings = ['frequencies', 'filesystems', 'diskSizes', 'links', 'connections', 'sensors', 'entropy'] as const
type ReadingName = (typeof tickReadings)[number] | (typeof slowReadings)[number]

export function platformConformance(name: string, makeSubject: () => Subject): void {
  const withSubject = async (use: (subject: Subject) => void | Promise<void>): Promise<void> => {
    const subject = makeSubject()
    try {
      await use(subject)
    } finally {
      subject.platform.close()
    }
  }

  describe(name, () => {
    test('every reading is a record of sound numbers, or absent with a reason', () =>
      withSubject(async (subject) => {
        for (const [reading, value] of await readAll(subject)) {
          if (isAbsent(value)) expect([reading, value.absent]).not.toEqual([reading, ''])
          else expect(unsound(value, reading)).toEqual([])
        }
      }))

    test('counters never fall from one reading to the next', () =>
      withSubject(async ({ platform, advance }) => {
        const before = await collect(platform, 2, advance)
        const after = await collect(platform, 2, advance)
        for (const [series, value] of before.values) {
          const metric = metricOf(series)
          const later = after.values.get(series)
          if (metric === undefined || later === undefined || series.startsWith('sysmon.')) continue
          if (metric.kind === 'counter') expect([series, later >= value - (metric.jitter ?? 0)]).toEqual([series, true])
        }
      }))

    test('labels hold what the catalogue allows, and text that does no harm', () =>
      withSubject(async ({ platform, advance }) => {
        const { values } = await collect(platform, 2, advance)
        for (const series of values.keys()) {
          const labels = metricOf(series)?.labels ?? {}
          for (const [label, value] of labelsOf(series))
            expect([series, allows(labels[label], value)]).toEqual([series, true])
        }
      }))

    test('modes of a CPU are those of the catalogue, each CPU is named once and ascending', () =>
      withSubject(({ platform }) => {
        const reading = platform.system.cpu()
        if (isAbsent(reading)) return
        const numbers = reading.cpus.map(({ cpu }) => Number(cpu))
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
        for (const { seconds } of reading.cpus)
          for (const mode of Object.keys(seconds)) expect(cpuModes as readonly string[]).toContain(mode)
      }))

    test('its identity is whole and stays', () =>
      withSubject(({ platform }) => {
        const identity = platform.identity()
        for (const text of [
          identity.bootId,
          identity.hostName,
          identity.kernel,
          identity.osName,
          identity.architecture,
        ])
          expect(text).not.toBe('')
        expect(identity.logicalCpus).toBeGreaterThan(0)
        expect(['host', 'container']).toContain(identity.scope)
        expect(platform.identity()).toEqual(identity)
        for (const limitation of platform.limitations())
          for (const text of Object.values(limitation)) expect(text).not.toBe('')
      }))

    test('its own cost is known', () =>
      withSubject(({ platform }) => {
        const { userSeconds, systemSeconds } = platform.system.self()
        expect(userSeconds + systemSeconds).toBeGreaterThan(0)
      }))

    test('memory needed only at start is given back, and the program goes on', () =>
      withSubject(async ({ platform }) => {
        expect(await platform.releaseMemory()).toBeGreaterThanOrEqual(0)
        expect(platform.identity().bootId).not.toBe('')
      }))

    processConformance(withSubject)

    test('close gives back every file, and may be said twice', async () => {
      const subject = makeSubject()
      const before = subject.openFiles()
      await readAll(subject)
      subject.platform.processes.scan(new ProcessTable())
      subject.platform.close()
      expect(subject.openFiles()).toBeLessThanOrEqual(before)
      subject.platform.close()
    })
  })
}

function processConformance(withSubject: (use: (subject: Subject) => void | Promise<void>) => Promise<void>): void {
  test('a process keeps its slot from scan to scan', () =>
    withSubject(({ platform, advance }) => {
      const table = new ProcessTable(8)
      platform.processes.scan(table)
      const before = slotsOf(table)
      table.endTick()
      advance(1000)
      platform.processes.scan(table)
      const after = slotsOf(table)
      let kept = 0
      for (const [identity, slot] of before) {
        if (!after.has(identity)) continue
        expect(after.get(identity)).toBe(slot)
        kept++
      }
      if (before.size > 0) expect(kept).toBeGreaterThan(0)
      expect(table.count).toBe(after.size)
    }))

  test('every process has an identity, a state of one letter, and texts that do no harm', () =>
    withSubject(({ platform }) => {
      const table = new ProcessTable()
      const { limitedView, vanished } = platform.processes.scan(table)
      expect(limitedView).not.toBe('')
      expect(vanished).toBeGreaterThanOrEqual(0)
      for (const slot of slotsOf(table).values()) {
        expect(table.numbers.startTicks[slot]).toBeGreaterThanOrEqual(0)
        expect(table.texts.state[slot]).toMatch(/^[A-Za-z]$/)
        for (const text of Object.values(table.texts)) expect(isHarmless(text[slot] ?? '')).toBe(true)
        for (const [column, numbers] of Object.entries(table.numbers))
          if (column !== 'nice') expect([column, (numbers[slot] as number) < 0]).toEqual([column, false])
      }
    }))

  test('who does not exist has no details and gets no signal', () =>
    withSubject(async ({ platform }) => {
      const identity = { pid: 2 ** 30, startTicks: 5 }
      expect(isAbsent(await platform.processes.details(identity))).toBe(true)
      const result = await platform.processes.signal(identity, 'TERM')
      expect(['gone', 'refused']).toContain(result.outcome)
      expect((await platform.processes.signal({ pid: 1, startTicks: undefined }, 'KILL')).outcome).toBe('refused')
    }))
}

export async function readAll({ platform, advance }: Subject): Promise<Map<ReadingName, object>> {
  const readings = new Map<ReadingName, object>()
  for (const name of tickReadings) readings.set(name, platform.system[name]())
  for (const name of slowReadings) readings.set(name, await settled<object>(platform.system[name](), advance))
  return readings
}

/** Waits for the promise; time passes only when nothing else moves. */
async function settled<T>(promise: Promise<T>, advance: (ms: number) => void): Promise<T> {
  const state = { done: false }
  const end = promise.finally(() => {
    state.done = true
  })
  for (let turns = 0; !state.done; turns++) {
    if (turns < 100) await Promise.resolve()
    else await new Promise((resolve) => setImmediate(resolve))
    if (turns > 200) advance(1000)
  }
  return end
}

/** Paths of numbers that cannot be: not a number, endless, or below 0 where only temperatures may be. */
export function unsound(value: unknown, at: string): string[] {
  if (typeof value === 'number')
    return Number.isFinite(value) && (value >= 0 || /celsius$/i.test(at)) ? [] : [`${at}: ${value}`]
  if (typeof value === 'string') return isHarmless(value) ? [] : [`${at}: ${JSON.stringify(value)}`]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => unsound(part, `${at}.${key}`))
}

const isHarmless = (text: string): boolean =>
  text.isWellFormed() && !/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/.test(text)

const metricOf = (series: string): ReturnType<typeof metricDef> | undefined => {
  const metric = series.replace(/\{.*$/s, '')
  return isMetricName(metric) ? metricDef(metric) : undefined
}
const labelsOf = (series: string): [string, string][] =>
  [...series.matchAll(/[{,](\w+)=("(?:[^"\\]|\\.)*")/g)].map(([, name, value]) => [
    name ?? '',
    JSON.parse(value ?? '""'),
  ])
const allows = (label: LabelDef | undefined, value: string): boolean =>
  label !== undefined && ('values' in label ? label.values.includes(value) : isHarmless(value))

function slotsOf(table: ProcessTable): Map<string, number> {
  const slots = new Map<string, number>()
  for (let slot = 0; slot < table.slots; slot++)
    if (table.alive[slot] === 1) slots.set(`${table.numbers.pid[slot]} ${table.numbers.startTicks[slot]}`, slot)
  return slots
}
