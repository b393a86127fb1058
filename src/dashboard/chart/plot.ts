import uPlot from 'uplot'
import type { Wanted } from '../data/history.ts'
import { bands } from '../data/outlook.ts'
import { go, hoveredMs, place } from '../data/place-store.ts'
import { formatTick } from '../format/values.ts'
import { fixedView, leastSpanMs, type Span } from '../state/view.ts'
import { bandsOn } from './bands.ts'
import type { Drawing } from './lines.ts'

/** One uPlot, made for one set of lines. It knows pixels and the pointer, and nothing of where data comes from. */
export interface Plot {
  update(drawing: Drawing, span: Span): void
  resize(width: number, height: number): void
  /** The pinned second has changed. */
  redraw(): void
  destroy(): void
}
export interface PlotOptions {
  readonly element: HTMLElement
  readonly width: number
  readonly height: number
  readonly isStacked: boolean
  readonly isShare: boolean
  /** What it shows, by which anomalies are marked; left out: none are. */
  readonly wanted?: readonly Wanted[]
}

/** Pointers of all charts move together. */
const syncKey = 'page'
export const paletteSize = 10

const styleOf = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
export const colorOf = (place: number): string => `--line-${place % paletteSize}`

export function createPlot(options: PlotOptions, drawing: Drawing, span: Span): Plot {
  let shown = span
  let unit = drawing.unit
  let top = 0
  const grid = { stroke: styleOf('--grid'), width: 1 }
  const axis = { stroke: styleOf('--muted'), font: '11px system-ui, sans-serif', grid, ticks: { show: false } }
  const plot = new uPlot(
    {
      width: options.width,
      height: options.height,
      padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { size: 6 },
        drag: { x: true, y: false, setScale: false },
        sync: { key: syncKey, setSeries: false, scales: ['x', null] },
      },
      scales: {
        x: { time: true, range: () => [shown.startMs / 1000, shown.endMs / 1000] },
        y: { range: (_, __, max) => rangeOf(max ?? 0, options.isShare, (next) => (top = next)) },
      },
      axes: [
        { ...axis, space: spaceOfTimes, size: 26, values: timeAxis },
        {
          ...axis,
          size: 60,
          space: 32,
          ...(isBytes(unit) ? { incrs: byteSteps } : {}),
          values: (_, ticks) => ticks.map((tick) => formatTick(tick, unit)),
        },
      ],
      series: [{}, ...seriesOf(drawing, options.isStacked)],
      bands: bandsOf(drawing),
      hooks: {
        setCursor: [publishCursor],
        setSelect: [zoomIntoSelection],
        draw: [(drawn) => drawBands(drawn, options.wanted ?? []), drawPinned],
      },
    },
    dataOf(drawing, options.isStacked),
    options.element,
  )
  watchClicks(plot)
  return {
    update(next, nextSpan) {
      shown = nextSpan
      unit = next.unit
      plot.setData(dataOf(next, options.isStacked))
    },
    resize: (width, height) => {
      if (width !== plot.width || height !== plot.height) plot.setSize({ width, height })
    },
    redraw: () => plot.redraw(false),
    destroy: () => plot.destroy(),
  }
  function rangeOf(max: number, isShare: boolean, keep: (top: number) => number): [number, number] {
    // Shares that were rounded one by one add up to a little more than all.
    if (isShare && max <= 1.01) return [0, keep(1)]
    // The axis does not jump with every tick: it shrinks only when less than half of it is used.
    const wanted = unit === '1' && max <= 1 ? Math.min(niceTop(max, unit), 1) : niceTop(max, unit)
    return [0, keep(wanted > top || wanted < top / 2 ? wanted : top)]
  }
}

/** Clock times of 24 hours, days beyond. */
const timeAxis: (string | number | null)[][] = [
  [86_400 * 28, '{YYYY}-{MM}', null, null, null, null, null, null, 1],
  [86_400, '{MM}-{DD}', null, null, null, null, null, null, 1],
  [60, '{HH}:{mm}', null, null, null, null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1],
]

/** Pixels a label needs: `00:00` is short, with seconds it is not. */
const spaceOfTimes: uPlot.Axis.Space = (_, __, min, max, widthPx) =>
  ((max - min) / widthPx) * shortLabelPx > 30 ? shortLabelPx : longLabelPx
const shortLabelPx = 44
const longLabelPx = 62

const isRatio = (unit: string): boolean => unit === '1' || unit === 's/s'
/** Less of a share is not blown up to the height of the chart: it would look like something. */
const leastRatio = 0.05
const isBytes = (unit: string): boolean => unit.startsWith('By')

/** A round number at or above, in the steps people count the unit in. */
function niceTop(max: number, unit: string): number {
  if (isRatio(unit) && max < leastRatio) return leastRatio
  if (!(max > 0)) return isBytes(unit) ? 1024 : 1
  const power = isBytes(unit) ? 2 ** Math.floor(Math.log2(max)) : 10 ** Math.floor(Math.log10(max))
  const step = (isBytes(unit) ? [1, 1.5, 2] : [1, 1.5, 2, 3, 4, 5, 6, 8, 10]).find((one) => one * power >= max * 1.02)
  return (step ?? (isBytes(unit) ? 3 : 12)) * power
}

/** Steps of the axis of bytes: powers of two. */
const byteSteps = Array.from({ length: 50 }, (_, power) => 2 ** power)

/** Half one and half the other of two `#rrggbb` or `#rgb`: what lies below must not shine through a stacked area, but it may be calm. */
function blend(one: string, other: string): string {
  const channel = (color: string, place: number): number =>
    color.length === 4
      ? Number.parseInt(color.charAt(1 + place), 16) * 17
      : Number.parseInt(color.slice(1 + place * 2, 3 + place * 2), 16)
  return `rgb(${[0, 1, 2].map((place) => Math.round((channel(one, place) + channel(other, place)) / 2)).join(' ')})`
}

/** Stacked: the highest sum first, the lower ones painted over it. Bands: each line is followed by its max and min. */
function seriesOf(drawing: Drawing, isStacked: boolean): uPlot.Series[] {
  const drawn = drawing.lines.map(({ name, color }): uPlot.Series => {
    const stroke = styleOf(colorOf(color))
    const fill = isStacked ? blend(stroke, styleOf('--panel')) : undefined
    return { label: name, stroke, width: 1.5, points: { show: false }, ...(fill === undefined ? {} : { fill }) }
  })
  if (isStacked) return drawn.reverse()
  if (!drawing.hasBand) return drawn
  return drawn.flatMap((series) => [
    series,
    { stroke: 'transparent', width: 0, points: { show: false } },
    { stroke: 'transparent', width: 0, points: { show: false } },
  ])
}

function bandsOf(drawing: Drawing): uPlot.Band[] {
  if (!drawing.hasBand) return []
  return drawing.lines.map(({ color }, place) => ({
    series: [place * 3 + 2, place * 3 + 3],
    fill: `${styleOf(colorOf(color))}38`,
  }))
}

function dataOf(drawing: Drawing, isStacked: boolean): uPlot.AlignedData {
  const columns = isStacked
    ? [...drawing.heights].reverse()
    : drawing.hasBand
      ? drawing.lines.flatMap(({ values, max, min }) => [values, max, min])
      : drawing.heights
  return [drawing.seconds, ...columns] as unknown as uPlot.AlignedData
}

function publishCursor(plot: uPlot): void {
  // Charts that follow have no event of their own.
  if (plot.cursor.event === undefined || plot.cursor.event === null) return
  const { left } = plot.cursor
  hoveredMs.set(left === undefined || left < 0 ? undefined : Math.round(plot.posToVal(left, 'x') * 1000))
}

function zoomIntoSelection(plot: uPlot): void {
  const { left, width } = plot.select
  if (width < 4) return
  const startMs = plot.posToVal(left, 'x') * 1000
  const endMs = plot.posToVal(left + width, 'x') * 1000
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  if (endMs - startMs >= leastSpanMs / 5) go({ view: fixedView(startMs, endMs), atMs: undefined })
}

/** Farther than this between down and up, it was a drag; pixels. */
const clickPx = 4

function watchClicks(plot: uPlot): void {
  let downX = 0
  plot.over.addEventListener('pointerdown', (event) => {
    downX = event.clientX
  })
  plot.over.addEventListener('click', (event) => {
    if (Math.abs(event.clientX - downX) > clickPx) return
    const at = Math.round(plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, 'x')) * 1000
    go({ atMs: at })
  })
}

/** Times in which what is drawn was unlike itself: a veil that hides nothing, and a mark above it for filled areas. */
function drawBands(plot: uPlot, wanted: readonly Wanted[]): void {
  const { left, top, width, height } = plot.bbox
  const color = styleOf('--line-6')
  plot.ctx.save()
  for (const { startMs, endMs } of bandsOn(bands.get(), wanted)) {
    const from = plot.valToPos(startMs / 1000, 'x', true)
    const start = Math.max(from, left)
    const end = Math.min(Math.max(plot.valToPos(endMs / 1000, 'x', true), from + leastBandPx), left + width)
    if (end <= start) continue
    plot.ctx.fillStyle = `${color}2e`
    plot.ctx.fillRect(start, top, end - start, height)
    plot.ctx.fillStyle = color
    plot.ctx.fillRect(start, top, end - start, leastBandPx)
  }
  plot.ctx.restore()
}
/** Of a moment in a month, too, one sees that it was there. */
const leastBandPx = 3

function drawPinned(plot: uPlot): void {
  const { atMs } = place.get()
  if (atMs === undefined) return
  const x = plot.valToPos(atMs / 1000, 'x', true)
  const { left, top, width, height } = plot.bbox
  if (x < left || x > left + width) return
  plot.ctx.save()
  plot.ctx.strokeStyle = styleOf('--accent')
  plot.ctx.lineWidth = 2
  plot.ctx.beginPath()
  plot.ctx.moveTo(x, top)
  plot.ctx.lineTo(x, top + height)
  plot.ctx.stroke()
  plot.ctx.restore()
}
