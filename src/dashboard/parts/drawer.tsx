import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type {
  ProcessDetailsDto,
  ProcessesResponse,
  ProcessHistoryResponse,
  ProcessResponse,
  ProcessRow,
} from '../../api/contract.ts'
import { createPlot } from '../chart/plot.ts'
import { api, Refusal, sayError } from '../data/api.ts'
import { useCell } from '../data/cell.ts'
import { processes } from '../data/feed.ts'
import { currentSpan, go, place } from '../data/place-store.ts'
import { paint } from '../data/theme.ts'
import { formatMoment, formatPercent, formatValue } from '../format/values.ts'
import { SignalForm } from './signal-form.tsx'

interface DrawerProps {
  readonly pid: number
  readonly startTicks?: number
}

/** One process: what it is, what it did over the time of the page, what it has open; a signal to it. */
export function Drawer({ pid, startTicks }: DrawerProps) {
  const { atMs, view } = useCell(place)
  const [answer, setAnswer] = useState<ProcessResponse | undefined>(undefined)
  const [problem, setProblem] = useState<string | undefined>(undefined)
  const closer = useRef<HTMLButtonElement>(null)
  const past = atMs ?? (view.kind === 'fixed' ? view.endMs : undefined)
  useEffect(() => {
    let isOver = false
    api.process(pid, past === undefined ? { details: true } : { at: past }).then(
      (next) => {
        if (!isOver) setAnswer(next)
      },
      (error: unknown) => {
        if (!isOver) setProblem(error instanceof Refusal && error.status === 404 ? gone : sayError(error))
      },
    )
    return () => {
      isOver = true
    }
  }, [pid, past])
  useLayoutEffect(() => {
    const before = document.activeElement
    closer.current?.focus()
    return () => giveFocusBack(before)
  }, [])
  const now = useCell(processes)
  const row = past === undefined ? (newest(now, answer?.process) ?? answer?.process) : answer?.process
  const isOther = row !== undefined && startTicks !== undefined && row.startTicks !== startTicks
  return (
    <aside className="drawer" aria-label={`Process ${pid}`}>
      <header className="panel-head">
        <h2>
          {row?.name ?? 'Process'} <span className="muted">{pid}</span>
        </h2>
        <button type="button" ref={closer} onClick={() => go({ process: undefined })} aria-label="Close (Esc)">
          ✕
        </button>
      </header>
      {problem !== undefined && <p className="absent">{problem}</p>}
      {isOther && <p className="warning">Another process has this id now; the one you chose has ended.</p>}
      {past === undefined && hasEnded(now, answer) && <p className="warning">This process has ended.</p>}
      {row !== undefined && (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long one scrolls, and then by keys too */}
          <section className="command" tabIndex={0} aria-label="Command line">
            {row.commandLine || 'A thread of the kernel: it has no command line.'}
          </section>
          <dl>
            <Fact name="User" text={row.user} />
            <Fact name="CPU" text={row.cpu === undefined ? '–' : formatPercent(row.cpu)} />
            <Fact name="Memory" text={formatValue(row.residentBytes, 'By')} />
            <Fact name="Waits for CPU" text={row.runQueueWait === undefined ? '–' : formatPercent(row.runQueueWait)} />
            <Fact name="State" text={row.state} />
            <Fact name="Threads" text={formatValue(row.threads, '')} />
            <Fact name="CPU time" text={formatValue(row.cpuSeconds, 's')} />
            <Fact name="Started" text={row.startUnixMs === undefined ? '–' : formatMoment(row.startUnixMs)} />
            <Fact name="Service" text={row.service ?? '–'} />
            <Fact name="Cgroup" text={row.cgroup ?? '–'} isLong />
          </dl>
          {answer !== undefined && answer.parents.length > 0 && (
            <p className="muted">Begun by {answer.parents.map(({ name, pid: id }) => `${name} (${id})`).join(' ← ')}</p>
          )}
        </>
      )}
      <OwnHistory pid={pid} />
      {row !== undefined && past === undefined && !isOther && <SignalForm row={row} />}
      {answer?.details !== undefined && <Details details={answer.details} />}
    </aside>
  )
}

/** Where one was before, or to the content when that is no longer there. */
function giveFocusBack(before: Element | null): void {
  if (before instanceof HTMLElement && before.isConnected && before !== document.body) before.focus()
  else document.getElementById('content')?.focus()
}

/** The same process in the table of the newest tick, if that has it: numbers stay alive while one looks. */
const newest = (now: ProcessesResponse | undefined, row: ProcessRow | undefined): ProcessRow | undefined =>
  now?.processes.find(({ pid, startTicks }) => pid === row?.pid && startTicks === row.startTicks)

/** Known only while the whole table is sent, and is newer than the answer. */
function hasEnded(now: ProcessesResponse | undefined, answer: ProcessResponse | undefined): boolean {
  if (now === undefined || answer === undefined || now.processes.length < now.total) return false
  return now.unixMs > answer.unixMs && newest(now, answer.process) === undefined
}

const gone = 'No such process at this time: it has ended, or had not begun.'

interface FactProps {
  readonly name: string
  readonly text: string
  /** Has a line of its own. */
  readonly isLong?: boolean
}

function Fact({ name, text, isLong = false }: FactProps) {
  return (
    <div className={isLong ? 'long' : undefined}>
      <dt className="muted">{name}</dt>
      <dd>{text}</dd>
    </div>
  )
}

function OwnHistory({ pid }: { readonly pid: number }) {
  const { view } = useCell(place)
  const [history, setHistory] = useState<ProcessHistoryResponse | undefined>(undefined)
  const [problem, setProblem] = useState<string | undefined>(undefined)
  const key = JSON.stringify(view)
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked for anew when the time of the page changes
  useEffect(() => {
    const { startMs, endMs } = currentSpan()
    api.processHistory(pid, { start: Math.round(startMs), end: Math.round(endMs) }).then(
      (next) => {
        setHistory(next)
        setProblem(undefined)
      },
      (error: unknown) => setProblem(error instanceof Refusal && error.status === 404 ? gone : sayError(error)),
    )
  }, [pid, key])
  if (problem !== undefined) return <p className="absent">{problem}</p>
  return (
    <>
      <Spark title="CPU" unit="1" history={history} values={history?.cpu} />
      <Spark title="Memory" unit="By" history={history} values={history?.residentBytes} />
      <Spark title="Written" unit="By/s" history={history} values={history?.writtenBytesPerSecond} />
    </>
  )
}

interface SparkProps {
  readonly title: string
  readonly unit: string
  readonly history: ProcessHistoryResponse | undefined
  readonly values: readonly (number | null)[] | undefined
}

function Spark({ title, unit, history, values }: SparkProps) {
  const element = useRef<HTMLDivElement>(null)
  const colors = useCell(paint)
  const drawing = useMemo(() => {
    if (history === undefined || values === undefined) return undefined
    const line = { name: title, metric: title, unit, color: 0, values, min: values, max: values }
    const seconds = history.unixMs.map((ms) => ms / 1000)
    return { seconds, lines: [line], heights: [values], hasBand: false, unit, hidden: 0, zeros: 0 }
  }, [history, values, title, unit])
  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read when it is drawn
  useEffect(() => {
    const box = element.current
    if (box === null || drawing === undefined) return
    const size = { width: box.clientWidth, height: 96, isStacked: false, isShare: false }
    const plot = createPlot({ element: box, ...size }, drawing, currentSpan())
    return () => plot.destroy()
  }, [drawing, colors])
  const known = values?.filter((value) => value !== null)
  return (
    <figure className="spark">
      <figcaption>
        {title} <span className="muted">{known?.length === 0 ? 'not readable or not recorded' : ''}</span>
      </figcaption>
      <div ref={element} className="plot is-small" role="img" aria-label={`${title} of the process over time`} />
    </figure>
  )
}

export function Details({ details }: { readonly details: ProcessDetailsDto }) {
  return (
    <>
      <dl>
        <Fact name="Executable" text={details.executable ?? '–'} isLong />
        <Fact name="Folder" text={details.workingDirectory ?? '–'} isLong />
        <Fact name="Proportional memory" text={formatValue(details.proportionalBytes, 'By')} />
        <Fact name="Swapped" text={formatValue(details.swapBytes, 'By')} />
        <Fact name="Descriptors" text={formatValue(details.fileDescriptors, '')} />
      </dl>
      <Part title="Open files" part={details.openFiles}>
        {(file) => `${file.descriptor}  ${file.path}`}
      </Part>
      <Part title="Sockets" part={details.sockets}>
        {(socket) => `${socket.protocol} ${socket.local} → ${socket.remote} ${socket.state}`}
      </Part>
      <Part title="Threads" part={details.threads}>
        {(thread) => `${thread.threadId}  ${thread.name} ${thread.state} ${formatValue(thread.cpuSeconds, 's')}`}
      </Part>
      <Part title="Limits" part={details.limits}>
        {(limit) => `${limit.name}: ${limit.soft} (hard ${limit.hard}) ${limit.unit}`}
      </Part>
      {details.notes.map((note) => (
        <p key={note} className="muted">
          {note}
        </p>
      ))}
    </>
  )
}

interface PartProps<T> {
  readonly title: string
  readonly part: readonly T[] | { readonly absent: string }
  readonly children: (entry: T) => ReactNode
}

function Part<T>({ title, part, children }: PartProps<T>) {
  if (isAbsent(part)) {
    return (
      <p className="muted">
        {title}: {part.absent}
      </p>
    )
  }
  return (
    <details>
      <summary>
        {title} <span className="muted">{part.length}</span>
      </summary>
      <ul className="lines">
        {part.map((entry) => (
          <li key={JSON.stringify(entry)}>{children(entry)}</li>
        ))}
      </ul>
    </details>
  )
}

const isAbsent = <T,>(part: readonly T[] | { readonly absent: string }): part is { readonly absent: string } =>
  'absent' in part
