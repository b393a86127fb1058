import { describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { metricDef, metricNames } from '../../src/catalogue/catalogue.ts'
import { numberColumns, textColumns } from '../../src/catalogue/process-columns.ts'
import type { ProcessTable } from '../../src/frame/process-table.ts'
import { createLinuxPlatform } from '../../src/platform/linux/platform.ts'
import { type Collected, collect } from '../collected.ts'
import { fixtureHost, fixtures } from '../fixture-host.ts'
import { liveHost } from '../live-host.ts'

/**
 * Every recorded machine through the collectors of the product: what comes out is kept beside this file and read in
 * review. `npm run golden` writes it anew.
 */
const machines = readdirSync(fixtures).sort()

async function collectMachine(machine: string): Promise<Collected> {
  const host = fixtureHost(machine)
  const platform = createLinuxPlatform(host, { cgroupLimit: 100 })
  const collected = await collect(platform, 3, host.clock.advance)
  platform.close()
  return collected
}
const runs = new Map(machines.map((machine) => [machine, collectMachine(machine)]))
const runOf = (machine: string): Promise<Collected> => runs.get(machine) as Promise<Collected>

const isOwn = (name: string): boolean => name.startsWith('sysmon.')
const valueLines = ({ values }: Collected): string[] =>
  [...values]
    .filter(([name]) => !isOwn(name))
    .map(([name, value]) => `${name} ${value}`)
    .sort()
const stateLines = ({ collectors }: Collected): string[] =>
  collectors
    .filter(({ status }) => status !== 'ok')
    .map(({ name, status, why }) => `${name}: ${status}: ${why?.replaceAll(/\S*\/test\/fixtures\/linux\/[^/]+/g, '')}`)

function processLines(table: ProcessTable): string[] {
  const slots = Array.from({ length: table.slots }, (_, slot) => slot).filter((slot) => table.alive[slot] === 1)
  const pidOf = (slot: number): number => table.numbers.pid[slot] as number
  return slots
    .sort((a, b) => pidOf(a) - pidOf(b))
    .map((slot) => {
      const numbers = numberColumns.map((column) => `${column}=${table.numbers[column][slot]}`)
      const texts = textColumns.map((column) => `${column}=${JSON.stringify(table.texts[column][slot])}`)
      return [...numbers, ...texts].filter((pair) => !pair.endsWith('=NaN')).join(' ')
    })
}

describe('recorded machines', () => {
  for (const machine of machines) {
    test(machine, async () => {
      const run = await runOf(machine)
      const sections = ['# not ok', ...stateLines(run), '# values', ...valueLines(run), '# processes']
      expect([...sections, ...processLines(run.table)].join('\n')).toMatchSnapshot()
    })

    test(`${machine}: no value is negative, endless or not a number`, async () => {
      for (const [name, value] of (await runOf(machine)).values) {
        if (!name.startsWith('hw.temperature')) expect([name, value >= 0]).toEqual([name, true])
        expect([name, Number.isFinite(value)]).toEqual([name, true])
      }
    })
  }
})

/** Metrics of Linux that come from elsewhere than the collectors of the platform. */
const fromElsewhere: Readonly<Record<string, string>> = {
  'sysmon.tick.lateness': 'main: the scheduler',
  'sysmon.tick.missed': 'main: the scheduler',
  'sysmon.tick.duration': 'main: the scheduler',
  'sysmon.process.cpu.time': 'main: the self collector',
  'sysmon.process.memory.usage': 'main: the self collector',
  'sysmon.process.disk.io': 'main: the self collector',
  'sysmon.store.io': 'main: the store',
  'sysmon.store.duration': 'main: the store',
  'sysmon.store.size': 'main: the store',
  'sysmon.store.frames': 'main: the store',
  'sysmon.store.buffered': 'main: the store',
  'sysmon.outward.samples': 'main: what is sent elsewhere',
  'sysmon.outward.waiting': 'main: what is sent elsewhere',
  'sysmon.alert.duration': 'main: the alerts',
  'sysmon.alert.count': 'main: the alerts',
  'sysmon.alert.notifications': 'main: the alerts',
  'sysmon.alert.waiting': 'main: the alerts',
  'sysmon.anomaly.score': 'main: the anomaly watcher',
  'sysmon.anomaly.open': 'main: the anomaly watcher',
  'sysmon.series.count': 'main: the series table',
  'sysmon.series.dropped': 'main: the series table',
}

describe('the catalogue', () => {
  const emitted = async (): Promise<Set<string>> => {
    const live = createLinuxPlatform(liveHost(), { cgroupLimit: 10 })
    const thisMachine = await collect(live, 2, () => undefined)
    live.close()
    const all = await Promise.all(runs.values())
    return new Set([...all, thisMachine].flatMap(({ metrics }) => [...metrics]))
  }

  test('every metric that it claims for Linux comes from a recorded machine or from this one', async () => {
    const found = await emitted()
    const claimed = metricNames.filter((name) => metricDef(name).source.linux !== undefined)
    expect(claimed.filter((name) => !found.has(name) && fromElsewhere[name] === undefined)).toEqual([])
    expect(Object.keys(fromElsewhere).filter((name) => found.has(name))).toEqual([])
  })

  test('nothing comes that it does not claim', async () => {
    for (const name of await emitted())
      expect([name, metricDef(name as never).source.linux]).not.toEqual([name, undefined])
  })
})
