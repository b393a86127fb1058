import { useEffect, useState } from 'react'
import type { ProcessesResponse, ProcessRow } from '../../api/contract.ts'
import { after } from '../browser.ts'
import { api, sayError } from '../data/api.ts'
import { useCell } from '../data/cell.ts'
import { processes, topLimit } from '../data/feed.ts'
import { health } from '../data/health.ts'
import { go, hoveredMs, liveNowMs, place } from '../data/place-store.ts'
import { formatClock, formatMoment, formatPercent, formatValue, shortService } from '../format/values.ts'

/** The pointer rests this long before the table of its second is asked for. */
const restMs = 120

export interface Moment {
  readonly table?: ProcessesResponse
  /** The second chosen; absent: now. */
  readonly atMs?: number
  readonly problem?: string
}

/** The second that tables show; undefined: now. A window in the past without a chosen second shows its last one. */
export function useChosenMs(followsPointer: boolean): number | undefined {
  const hovered = useCell(hoveredMs)
  const { atMs: pinned, view } = useCell(place)
  return pinned ?? (followsPointer ? hovered : undefined) ?? (view.kind === 'fixed' ? view.endMs : undefined)
}

/** The process table of now, of the pinned second, or of the second under the pointer. */
export function useMoment(limit: number | undefined, followsPointer: boolean): Moment {
  const now = useCell(processes)
  const hovered = useCell(hoveredMs)
  const oldestMs = useCell(health)?.oldest_unix_ms
  const { atMs: pinned, view } = useCell(place)
  // A window in the past without a chosen second shows its last one.
  const atMs = pinned ?? (followsPointer ? hovered : undefined) ?? (view.kind === 'fixed' ? view.endMs : undefined)
  const [past, setPast] = useState<Moment>({})
  useEffect(() => {
    if (atMs === undefined) return setPast({})
    // Known without being asked for: the pointer goes over much that is older than the record.
    if (oldestMs !== undefined && atMs < oldestMs) return setPast({ atMs, problem: unrecorded })
    const abort = new AbortController()
    const cancel = after(restMs, () => {
      const query = { at: atMs, sort: 'cpu', ...(limit === undefined ? {} : { limit }) }
      api.processes(query, abort.signal).then(
        (table) => setPast({ table, atMs }),
        (error: unknown) => {
          if (!abort.signal.aborted) setPast({ atMs, problem: sayError(error) })
        },
      )
    })
    return () => {
      cancel()
      abort.abort()
    }
  }, [atMs, limit, oldestMs])
  if (atMs === undefined) return now === undefined ? {} : { table: now }
  return { ...past, atMs }
}

const unrecorded = 'Nothing was recorded yet at this time.'

/** The table has its height before it has rows, and rows keep their places when the order changes: nothing jumps. */
const places = Array.from({ length: topLimit }, (_, place) => `place ${place}`)

/** The day only where it is another one. */
const sayWhen = (unixMs: number): string =>
  Math.abs(unixMs - liveNowMs()) < 43_200_000 ? formatClock(unixMs) : formatMoment(unixMs)

/** The processes of one second, beside the charts. */
export function MomentPanel() {
  const { table, atMs, problem } = useMoment(topLimit, true)
  const { atMs: pinned } = useCell(place)
  return (
    <aside className="panel moment" aria-label="Processes of the chosen second">
      <header className="panel-head">
        <h2>{atMs === undefined ? 'Top processes now' : `Processes at ${sayWhen(atMs)}`}</h2>
        {pinned !== undefined && (
          <button type="button" onClick={() => go({ atMs: undefined })} title={formatMoment(pinned)}>
            Unpin
          </button>
        )}
      </header>
      {problem !== undefined ? (
        <p className="absent">{problem}</p>
      ) : (
        <table className="top-table">
          <thead>
            <tr>
              <th scope="col">Process</th>
              <th scope="col" className="number">
                CPU
              </th>
              <th scope="col" className="number">
                Memory
              </th>
            </tr>
          </thead>
          <tbody>
            {places.map((key, place) => (
              <TopRow key={key} row={table?.processes[place]} />
            ))}
          </tbody>
        </table>
      )}
      <Accounting table={table} />
      <p className="muted hint">
        {pinned === undefined ? 'Point at a chart to see a second, click to keep it.' : 'Esc lets it go.'}
      </p>
    </aside>
  )
}

function TopRow({ row }: { readonly row: ProcessRow | undefined }) {
  if (row === undefined) {
    return (
      <tr>
        <td colSpan={3} />
      </tr>
    )
  }
  return (
    <tr>
      <td>
        <button
          type="button"
          className="plain"
          title={[row.commandLine || row.name, row.service].filter(Boolean).join(' · ')}
          onClick={() => go({ process: { pid: row.pid, startTicks: row.startTicks } })}
        >
          <span>{row.name}</span>{' '}
          <span className="muted">{row.service === undefined ? row.pid : shortService(row.service)}</span>
        </button>
      </td>
      <td className="number">{row.cpu === undefined ? '–' : formatPercent(row.cpu)}</td>
      <td className="number">{formatValue(row.residentBytes, 'By')}</td>
    </tr>
  )
}

/** Where the CPU time of the second went. Its lines stand also before there is a table, so that nothing jumps. */
function Accounting({ table }: { readonly table: ProcessesResponse | undefined }) {
  const { hostBusy, reaped, unattributed } = table?.accounting ?? {}
  const lines = [
    ['Busy', formatValue(hostBusy, '{cpu}')],
    ['of it ended within the second', formatValue(reaped, '{cpu}')],
    ['of it not attributable', formatValue(unattributed, '{cpu}')],
    ['Processes', formatValue(table?.total, '')],
  ] as const
  return (
    <>
      <dl className="muted hint accounting">
        {lines.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {table?.limitedView !== undefined && <p className="muted hint">{table.limitedView}</p>}
    </>
  )
}
