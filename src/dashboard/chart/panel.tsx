import { type MouseEvent, useEffect, useMemo, useRef } from 'react'
import type { MetricInfo } from '../../api/contract.ts'
import { catalogue } from '../data/catalogue.ts'
import { useCell } from '../data/cell.ts'
import { useHistory, type Wanted } from '../data/history.ts'
import { bands } from '../data/outlook.ts'
import { changed, currentSpan, go, hoveredMs, leaving, place } from '../data/place-store.ts'
import { paint } from '../data/theme.ts'
import { formatClock, formatValue } from '../format/values.ts'
import { Explain } from '../parts/explain.tsx'
import { nearestPlace } from '../state/columns.ts'
import { formatPlace } from '../state/place.ts'
import { bandsOn } from './bands.ts'
import type { ChartDef } from './declarations.ts'
import { useInView } from './in-view.ts'
import { type Drawing, drawingOf } from './lines.ts'
import { colorOf, createPlot, type Plot } from './plot.ts'

/** Where style.css says nothing else. */
const heightPx = 168

export function ChartPanel({ def }: { readonly def: ChartDef }) {
  const known = useCell(catalogue)
  const infos = def.wanted.flatMap(({ metric }) => known?.get(metric) ?? [])
  return (
    <section className="panel" aria-label={def.title}>
      <header className="panel-head">
        <h2>
          <Explain metrics={infos}>{def.title}</Explain>
        </h2>
        <Unusual wanted={def.wanted} />
      </header>
      {known === undefined ? (
        <>
          <div className="plot is-loading" />
          <Legend drawing={undefined} problem={undefined} />
        </>
      ) : (
        <Chart def={def} known={known} />
      )}
    </section>
  )
}

/** What the marks in the chart say, in words. */
function Unusual({ wanted }: { readonly wanted: readonly Wanted[] }) {
  const marked = bandsOn(useCell(bands), wanted)
  if (marked.length === 0) return null
  return (
    <a
      className="unusual"
      href={formatPlace(changed(place.get(), { ...leaving, page: 'anomalies' }))}
      onClick={openAnomalies}
    >
      unlike itself where marked
    </a>
  )
}

function openAnomalies(event: MouseEvent): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  go({ page: 'anomalies', ...leaving })
}

interface ChartProps {
  readonly def: ChartDef
  readonly known: ReadonlyMap<string, MetricInfo>
}

function Chart({ def, known }: ChartProps) {
  const { view } = useCell(place)
  const wanted = useMemo(() => measured(def.wanted, known), [def, known])
  const { columns, problem } = useHistory(wanted, view)
  const drawing = useMemo(
    () => (columns === undefined ? undefined : drawingOf(def, columns, known)),
    [def, columns, known],
  )
  return (
    <>
      {drawing === undefined ? (
        <div className="plot is-loading">{problem}</div>
      ) : drawing.lines.length === 0 ? (
        <div className="plot is-empty">Nothing was recorded in this time.</div>
      ) : (
        <Canvas drawing={drawing} def={def} />
      )}
      <Legend drawing={drawing} problem={problem} />
    </>
  )
}

/** What the daemon never saw need not be asked for, and would make the whole request fail where it is not known. */
const measured = (wanted: readonly Wanted[], known: ReadonlyMap<string, MetricInfo>): readonly Wanted[] =>
  wanted.filter(({ metric }) => (known.get(metric)?.series.length ?? 0) > 0)

function Canvas({ drawing, def }: { readonly drawing: Drawing; readonly def: ChartDef }) {
  const element = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot | undefined>(undefined)
  const isSeen = useInView(element)
  const colors = useCell(paint)
  const marked = useCell(bands)
  const { atMs, view } = useCell(place)
  const shape = `${colors}|${drawing.hasBand}|${drawing.lines.map(({ name }) => name).join('|')}`
  const newest = useRef(drawing)
  newest.current = drawing

  // biome-ignore lint/correctness/useExhaustiveDependencies: a plot is made anew only when its lines or colours change
  useEffect(() => {
    const box = element.current
    if (box === null || !isSeen) return
    const made = createPlot(
      {
        element: box,
        width: box.clientWidth,
        height: box.clientHeight || heightPx,
        isStacked: def.isStacked === true,
        isShare: def.isShare === true,
        wanted: def.wanted,
      },
      newest.current,
      currentSpan(),
    )
    plot.current = made
    const observer = new ResizeObserver(() => made.resize(box.clientWidth, box.clientHeight))
    observer.observe(box)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [def, shape, isSeen])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the span follows the view and the newest tick
  useEffect(() => plot.current?.update(drawing, currentSpan()), [drawing, view])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the mark of the pinned second is drawn on the canvas
  useEffect(() => plot.current?.redraw(), [atMs, marked])

  return <div className="plot" ref={element} role="img" aria-label={`${def.title}: ${sayNewest(drawing)}`} />
}

function sayNewest({ lines }: Drawing): string {
  return lines.map(({ name, values, unit }) => `${name} ${formatValue(values.at(-1), unit)}`).join(', ')
}

interface LegendProps {
  readonly drawing: Drawing | undefined
  readonly problem: string | undefined
}

function sayHidden({ hidden, zeros }: Drawing): string {
  const lower = hidden - zeros
  const texts = [lower === 0 ? '' : `${lower} lower`, zeros === 0 ? '' : `${zeros} at 0`]
  return `and ${texts.filter(Boolean).join(', ')}`
}

function Legend({ drawing, problem }: LegendProps) {
  const hovered = useCell(hoveredMs)
  const { atMs } = useCell(place)
  const ms = hovered ?? atMs
  const at =
    drawing === undefined
      ? -1
      : ms === undefined
        ? drawing.seconds.length - 1
        : nearestPlace(drawing.seconds, ms / 1000)
  return (
    <ul className="legend" aria-label="Values">
      {drawing?.lines.map(({ name, color, values, unit, min, max }) => (
        <li key={name}>
          <i className={`swatch ${colorOf(color).slice(2)}`} aria-hidden="true" />
          {name} <b>{formatValue(values[at], unit)}</b>
          {drawing.hasBand && min[at] !== max[at] && (
            <span className="muted">
              {' '}
              {formatValue(min[at], unit)} to {formatValue(max[at], unit)}
            </span>
          )}
        </li>
      ))}
      {drawing !== undefined && drawing.hidden > 0 && <li className="muted">{sayHidden(drawing)}</li>}
      {ms !== undefined && drawing !== undefined && <li className="muted">at {formatClock(ms)}</li>}
      {drawing !== undefined && problem !== undefined && <li className="warning">{problem}</li>}
    </ul>
  )
}
