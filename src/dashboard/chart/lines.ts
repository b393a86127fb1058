import type { MetricInfo } from '../../api/contract.ts'
import { formatLabels } from '../format/values.ts'
import type { ChartColumns, ChartLine } from '../state/columns.ts'
import { stack } from '../state/columns.ts'
import type { ChartDef } from './declarations.ts'

/** What is drawn: the lines of a chart in their order, named, with the columns as uPlot takes them. */
export interface DrawnLine {
  readonly name: string
  readonly metric: string
  readonly unit: string
  /** Place in the palette. */
  readonly color: number
  readonly values: readonly (number | null)[]
  readonly min: readonly (number | null)[]
  readonly max: readonly (number | null)[]
}
export interface Drawing {
  readonly seconds: readonly number[]
  readonly lines: readonly DrawnLine[]
  /** What is drawn when stacked: sums. */
  readonly heights: readonly (readonly (number | null)[])[]
  readonly hasBand: boolean
  readonly unit: string
  /** Lines that are not drawn because nobody could tell so many apart. */
  readonly hidden: number
}

/** More lines than this cannot be told apart. */
export const mostLines = 10
/** Bands of more lines than this hide each other. */
const mostBands = 4

export function drawingOf(def: ChartDef, columns: ChartColumns, catalogue: ReadonlyMap<string, MetricInfo>): Drawing {
  const known = columns.lines.filter((line) => isDrawn(def, line))
  // Parts of a whole that are 0 all the time take room in the legend and none in the chart.
  const parts = def.isStacked === true ? known.filter((line) => peakOf(line) !== 0) : known
  const wanted = parts.length === 0 ? known : parts
  const kept =
    wanted.length <= mostLines ? wanted : [...wanted].sort((a, b) => peakOf(b) - peakOf(a)).slice(0, mostLines)
  const constant = constantLabels(kept)
  const isMixed = new Set(kept.map(({ metric }) => metric)).size > 1
  const lines = kept.map((line, place) => ({
    name: nameOf(line, constant, isMixed) || def.title,
    metric: line.metric,
    unit: catalogue.get(line.metric)?.unit ?? '',
    color: place,
    values: line.avg,
    min: line.min,
    max: line.max,
  }))
  const values = lines.map((line) => line.values)
  return {
    seconds: columns.seconds,
    lines,
    heights: def.isStacked === true ? stack(values) : values,
    hasBand: columns.isRolledUp && def.isStacked !== true && lines.length <= mostBands,
    unit: lines[0]?.unit ?? catalogue.get(def.wanted[0]?.metric ?? '')?.unit ?? '',
    hidden: known.length - kept.length,
  }
}

function isDrawn({ without }: ChartDef, { labels, avg }: ChartLine): boolean {
  if (Object.entries(without ?? {}).some(([name, values]) => values.includes(labels[name] ?? ''))) return false
  return avg.some((value) => value !== null)
}

function peakOf({ max }: ChartLine): number {
  let peak = Number.NEGATIVE_INFINITY
  for (const value of max) if (value !== null && value > peak) peak = value
  return peak
}

/** Labels that are the same on every line tell nothing. */
function constantLabels(lines: readonly ChartLine[]): readonly string[] {
  const first = lines[0]?.labels ?? {}
  return Object.keys(first).filter(
    (name) => name === 'role' || (lines.length > 1 && lines.every(({ labels }) => labels[name] === first[name])),
  )
}

function nameOf({ metric, labels }: ChartLine, without: readonly string[], isMixed: boolean): string {
  const text = formatLabels(labels, without)
  if (!isMixed) return text
  const last = metric.split('.').slice(-2).join(' ').replaceAll('_', ' ')
  const word = last.replace(/^average /, '')
  return text === '' ? word : `${word} · ${text}`
}

/** Why a chart has nothing to show, in words. */
export function absenceOf(def: ChartDef, catalogue: ReadonlyMap<string, MetricInfo>): string | undefined {
  const infos = def.wanted.map(({ metric }) => catalogue.get(metric))
  if (infos.some((info) => info !== undefined && info.series.length > 0)) return undefined
  const known = infos.find((info) => info !== undefined)
  if (known === undefined) return 'This daemon does not measure it.'
  // The catalogue gives the reasons of all collectors that have no data to every absent metric; only sensors' are their own.
  const reason = known.name.startsWith('hw.') ? known.absent?.replace(/^sensor: /, '') : undefined
  return reason ?? 'Nothing of the kind on this machine, or not readable for this user.'
}
