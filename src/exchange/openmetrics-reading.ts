import { exposedName } from '../api/exposition/names.ts'
import { type MetricName, metricDef, metricNames } from '../catalogue/catalogue.ts'
import { linesOf } from './lines.ts'
import { Refused } from './refusal.ts'
import { type Labels, parseSeriesName } from './series-name.ts'
import type { Staging } from './staging.ts'

/**
 * Prometheus text 0.0.4 and OpenMetrics 1.0, as tools write a stretch of time in them: one line a sample, with its time
 * (milliseconds in the one, seconds in the other), series after series. The ticks are put together in memory.
 */
export async function* readOpenMetrics(bytes: AsyncIterable<Uint8Array>, staging: Staging): AsyncGenerator<void> {
  const ticks: Ticks = new Map()
  let held = 0
  for await (const lines of linesOf(bytes)) {
    for (const { number, text } of lines) {
      const place = `line ${number}`
      if (text.startsWith('#')) checkUnit(place, text, staging)
      else if (text.trim() !== '' && readSample(place, text, ticks, staging)) held++
      if (held > mostSamples) throw new Refused([`${place}: over ${mostSamples} samples; read them in several pieces`])
    }
    yield
  }
  for (const unixMs of [...ticks.keys()].sort((a, b) => a - b)) {
    const tick = ticks.get(unixMs) as ReadonlyMap<number, number>
    staging.row(`the tick at ${unixMs}`, unixMs, undefined, [...tick.keys()], [...tick.values()])
    yield
  }
}

type Ticks = Map<number, Map<number, number>>
/** Held in memory until the end: 100 MB. */
const mostSamples = 2_000_000

interface Exposed {
  readonly metric: MetricName
  readonly unit: string | undefined
  /** Label names here by those of the exposition. */
  readonly labels: ReadonlyMap<string, string>
}

let known: ReadonlyMap<string, Exposed> | undefined

/** Metrics by the names of their samples, and by those of their families. */
function exposed(): ReadonlyMap<string, Exposed> {
  known ??= new Map(
    metricNames.flatMap((metric) => {
      const def = metricDef(metric)
      const { family, sample, unit } = exposedName(metric, def)
      const labels = new Map(Object.keys(def.labels).map((label) => [label.replaceAll('.', '_'), label]))
      const one: Exposed = { metric, unit, labels }
      return [
        [sample, one],
        [family, one],
      ] as const
    }),
  )
  return known
}

/** Of the scrape itself, not of the machine; what a Prometheus that scraped us adds. */
const aside = /^(?:up|scrape_.*|sysmon_\w+_info|ALERTS.*)$/
const addedLabels: ReadonlySet<string> = new Set(['job', 'instance'])

function checkUnit(place: string, text: string, staging: Staging): void {
  const [, family = '', unit = ''] = /^# UNIT (\S+) ?(\S*)/.exec(text) ?? []
  const own = exposed().get(family)
  if (own === undefined || own.unit === unit || unit === '') return
  staging.problems.add(place, `${family} is in ${unit}; ${own.metric} is kept in ${own.unit ?? 'no unit'}`)
}

/** True when it is one that is taken. */
function readSample(place: string, text: string, ticks: Ticks, staging: Staging): boolean {
  const wrong = (what: string): false => {
    staging.problems.add(place, what)
    return false
  }
  const parsed = parseSeriesName(text)
  if (parsed === undefined) return wrong('it is no sample')
  if (aside.test(parsed.metric)) return false
  const own = exposed().get(parsed.metric)
  if (own === undefined) return wrong(`there is no metric ${parsed.metric}`)
  const [, value = '', time] = /^\s+(\S+)(?:\s+(-?[\d.eE+]+))?\s*(?:#.*)?$/.exec(parsed.rest) ?? []
  const number = value === 'NaN' ? undefined : Number(value.replace(/^([+-]?)Inf$/, '$1Infinity'))
  if (value === '' || Number.isNaN(number)) return wrong(`${JSON.stringify(value)} is no number`)
  if (time === undefined) return wrong('it has no time, so that nobody knows when it was')
  if (number === undefined) return false
  const column = staging.columnOf(place, own.metric, ownLabels(own, parsed.labels))
  if (column === undefined) return false
  const unixMs = Math.round(Number(time) < secondsBelow ? Number(time) * 1000 : Number(time))
  const tick = ticks.get(unixMs) ?? new Map<number, number>()
  if (tick.has(column) && !Object.is(tick.get(column), number)) return wrong('it is there twice, with other values')
  tick.set(column, number)
  ticks.set(unixMs, tick)
  return true
}

/** Seconds since 1970 are below this for three thousand years, milliseconds since 1973 above. */
const secondsBelow = 100_000_000_000

const ownLabels = ({ metric, labels: names }: Exposed, labels: Labels): Labels => {
  const given = Object.entries(labels)
    .filter(([name]) => names.has(name) || !addedLabels.has(name))
    .map(([name, value]) => [names.get(name) ?? name, value])
  // A label without a value is not written there.
  const absent = Object.entries(metricDef(metric).labels).flatMap(([name, def]) =>
    'values' in def ? [] : [[name, '']],
  )
  return Object.fromEntries([...absent, ...given])
}
