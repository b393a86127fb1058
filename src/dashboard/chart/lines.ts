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
  /** Lines that are not drawn: they are 0 all the time, or so many that nobody could tell them apart. */
  readonly hidden: number
  /** How many of the hidden are 0 all the time. */
  readonly zeros: number
}

/** More lines than this cannot be told apart. */
export const mostLines = 10
/** Bands of more lines than this hide each other. */
const mostBands = 4

/** So few lines are drawn even when they are 0 all the time: that they are 0 is what one wants to know. */
const fewLines = 4

export function drawingOf(def: ChartDef, columns: ChartColumns, catalogue: ReadonlyMap<string, MetricInfo>): Drawing {
  const known = withoutTwins(columns.lines.filter((line) => isDrawn(def, line)))
  const isCrowded = def.isStacked === true || known.length > fewLines
  const moving = isCrowded ? known.filter((line) => peakOf(line) !== 0) : known
  // All of them 0: one stands for all.
  const wanted = moving.length === 0 ? known.slice(0, 1) : moving
  const kept =
    wanted.length <= mostLines ? wanted : [...wanted].sort((a, b) => peakOf(b) - peakOf(a)).slice(0, mostLines)
  const names = moving.length === 0 && known.length > 1 ? [`each of ${known.length}`] : namesOf(kept, def.title)
  const lines = kept.map((line, place) => ({
    name: names[place] ?? def.title,
    metric: line.metric,
    unit: catalogue.get(line.metric)?.unit ?? '',
    // What is the same keeps its colour when others come and go.
    color: known.length <= mostLines ? known.indexOf(line) : place,
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
    hidden: moving.length === 0 ? 0 : known.length - kept.length,
    zeros: moving.length === 0 ? 0 : known.length - wanted.length,
  }
}

/** The own control group is there under its path and once more as `self`; when it is the root, it is the machine. */
function withoutTwins(lines: readonly ChartLine[]): readonly ChartLine[] {
  const paths = new Set(lines.map(({ labels }) => (labels.cgroup === 'self' ? undefined : labels.name)))
  return lines.filter(({ labels }) => labels.cgroup !== 'self' || (labels.name !== '/' && !paths.has(labels.name)))
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

/** The labels that differ, after the part of the metric's name that differs. A path only where names are not enough. */
function namesOf(lines: readonly ChartLine[], title: string): readonly string[] {
  const constant = constantLabels(lines)
  const prefix = commonPrefix(lines.map(({ metric }) => metric.split('.')))
  const name = (without: readonly string[]): readonly string[] =>
    lines.map(({ metric, labels }) => {
      const word = metric.split('.').slice(prefix).join(' ').replaceAll('_', ' ')
      return [word, formatLabels(labels, without)].filter(Boolean).join(' · ') || title
    })
  const short = name([...constant, 'cgroup'])
  return new Set(short).size === lines.length ? short : name(constant)
}

/** Labels that are the same on every line tell nothing. */
function constantLabels(lines: readonly ChartLine[]): readonly string[] {
  const first = lines[0]?.labels ?? {}
  return Object.keys(first).filter(
    (name) => name === 'role' || (lines.length > 1 && lines.every(({ labels }) => labels[name] === first[name])),
  )
}

/** How many pieces all begin with; all of them when there is only one name. */
function commonPrefix(names: readonly (readonly string[])[]): number {
  const first = names[0] ?? []
  let length = 0
  while (length < first.length && names.every((pieces) => pieces[length] === first[length])) length++
  return length
}

/** Why a chart has nothing to show, in words. */
export function absenceOf(def: ChartDef, catalogue: ReadonlyMap<string, MetricInfo>): string | undefined {
  const infos = def.wanted.map(({ metric }) => catalogue.get(metric))
  if (infos.some((info) => info !== undefined && info.series.length > 0)) return undefined
  const known = infos.find((info) => info !== undefined)
  if (known === undefined) return 'This daemon does not measure it.'
  const reason = known.absent?.replace(/^\w+: /, '')
  return reason ?? 'Nothing of the kind on this machine, or not readable for this user.'
}
