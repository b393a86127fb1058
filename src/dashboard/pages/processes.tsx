import { useTable } from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { ProcessRow } from '../../api/contract.ts'
import { isNarrow } from '../browser.ts'
import { charts } from '../chart/declarations.ts'
import { ChartPanel } from '../chart/panel.tsx'
import { useCell } from '../data/cell.ts'
import { wantAllProcesses } from '../data/feed.ts'
import { go, place } from '../data/place-store.ts'
import { formatMoment } from '../format/values.ts'
import { useMoment } from '../parts/moment.tsx'
import { listProcesses, type ShownProcess } from '../state/process-list.ts'
import { columnById, columnSources, columns, features, initialVisibility, tableColumns } from './process-columns.tsx'

const rowPx = 28
const none: readonly ProcessRow[] = []

/** All processes, now or at the chosen second, under a chart on which a second is chosen. */
export function Processes() {
  const { table: shape } = useCell(place)
  useEffect(() => {
    wantAllProcesses(true)
    return () => wantAllProcesses(false)
  }, [])
  const { table: moment, atMs, problem } = useMoment(undefined, false)
  const rows = moment?.processes ?? none
  const shown = useMemo(() => listProcesses(rows, shape), [rows, shape])
  const [visibility, setVisibility] = useState(() => initialVisibility(isNarrow()))
  const chart = charts.cpu?.[0]
  return (
    <>
      {chart !== undefined && <ChartPanel def={chart} />}
      <section className="panel processes" aria-label="Processes">
        <header className="panel-head">
          <h2>
            {atMs === undefined ? 'Now' : `At ${formatMoment(atMs)}`}
            <span className="muted">
              {' '}
              {moment === undefined ? '' : `${shown.length} of ${moment.total}`} {moment?.limitedView}
            </span>
          </h2>
          <div className="tools">
            <input
              type="search"
              placeholder="Filter ( / )"
              aria-label="Filter processes"
              value={shape.filter}
              onChange={({ target }) => go({ table: { ...shape, filter: target.value } }, 'replace')}
            />
            <button
              type="button"
              aria-pressed={shape.isTree}
              onClick={() => go({ table: { ...shape, isTree: !shape.isTree } }, 'replace')}
            >
              Tree
            </button>
            <ColumnMenu visibility={visibility} change={setVisibility} />
            {atMs !== undefined && (
              <button type="button" onClick={() => go({ atMs: undefined, view: { kind: 'live', spanMs: 300_000 } })}>
                Now
              </button>
            )}
          </div>
        </header>
        {problem === undefined ? (
          <ProcessTable shown={shown} visibility={visibility} isEmpty={moment === undefined} />
        ) : (
          <p className="absent">{problem}</p>
        )}
      </section>
    </>
  )
}

type Visibility = Readonly<Record<string, boolean>>

function ColumnMenu({
  visibility,
  change,
}: {
  readonly visibility: Visibility
  readonly change: (next: Visibility) => void
}) {
  return (
    <details className="menu">
      <summary>Columns</summary>
      <div>
        {columns.map(({ id, title, help }) => (
          <label key={id} title={help}>
            <input
              type="checkbox"
              checked={visibility[id] === true}
              onChange={({ target }) => change({ ...visibility, [id]: target.checked })}
            />{' '}
            {title}
          </label>
        ))}
      </div>
    </details>
  )
}

interface TableProps {
  readonly shown: readonly ShownProcess[]
  readonly visibility: Visibility
  readonly isEmpty: boolean
}

function ProcessTable({ shown, visibility, isEmpty }: TableProps) {
  const table = useTable({
    features,
    columns: tableColumns,
    data: shown as ShownProcess[],
    state: { columnVisibility: visibility as Record<string, boolean> },
    getRowId: ({ row }) => `${row.pid} ${row.startTicks}`,
  })
  const sorted = useCell(place).table.sort
  const [explained, explain] = useState<string | undefined>(undefined)
  const scroller = useRef<HTMLDivElement>(null)
  const all = table.getRowModel().rows
  const virtual = useVirtualizer({
    count: all.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 12,
  })
  const ids = table.getVisibleLeafColumns().map(({ id }) => id)
  const widthPx = ids.reduce((sum, id) => sum + (columnById.get(id)?.widthPx ?? 0), 0)
  const template = ids.map((id) => gridSize(id)).join(' ')
  return (
    <>
      <section className="table-scroller" ref={scroller} aria-label="Table of processes">
        <table className="process-table" aria-rowcount={all.length + 1} style={{ minWidth: widthPx }}>
          <thead>
            <tr className="table-row" style={{ gridTemplateColumns: template }} aria-rowindex={1}>
              {ids.map((id) => (
                <HeadCell key={id} id={id} explain={explain} />
              ))}
            </tr>
          </thead>
          <tbody style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map(({ index, key, start }) => {
              const row = all[index]
              if (row === undefined) return null
              const { row: process, depth } = row.original
              return (
                <tr
                  key={key}
                  aria-rowindex={index + 2}
                  className="table-row"
                  style={{ gridTemplateColumns: template, transform: `translateY(${start}px)` }}
                >
                  {row.getVisibleCells().map((cell) => (
                    <td
                      key={cell.id}
                      className={columnById.get(cell.column.id)?.isText === true ? 'text' : 'number'}
                      {...(cell.column.id === 'name' && depth > 0 ? { style: { paddingLeft: 8 + depth * 14 } } : {})}
                    >
                      {cell.column.id === 'name' ? (
                        <button
                          type="button"
                          className="plain"
                          onClick={() => go({ process: { pid: process.pid, startTicks: process.startTicks } })}
                        >
                          {process.name}
                        </button>
                      ) : (
                        <table.FlexRender cell={cell} />
                      )}
                    </td>
                  ))}
                </tr>
              )
            })}
          </tbody>
        </table>
        {isEmpty && <p className="absent">Waiting for the table…</p>}
        {!isEmpty && all.length === 0 && <p className="absent">No process fits the filter.</p>}
      </section>
      <Definition id={explained ?? sorted} />
    </>
  )
}

const gridSize = (id: string): string => {
  const width = columnById.get(id)?.widthPx ?? 80
  return id === 'commandLine' ? `minmax(${width}px, 1fr)` : `${width}px`
}

interface HeadCellProps {
  readonly id: string
  readonly explain: (id: string | undefined) => void
}

/** What the column under the pointer or the focus means and where it comes from; else the sorted one. */
function Definition({ id }: { readonly id: string }) {
  const def = columnById.get(id)
  return (
    <p className="muted hint definition">
      {def !== undefined && (
        <>
          <b>{def.title}</b>: {def.help}. From <code>{columnSources[id]}</code>.
        </>
      )}
    </p>
  )
}

function HeadCell({ id, explain }: HeadCellProps) {
  const { table } = useCell(place)
  const def = columnById.get(id)
  const isSorted = table.sort === id
  const order = !isSorted ? 'none' : table.isAscending ? 'ascending' : 'descending'
  return (
    <th scope="col" aria-sort={order} className={def?.isText === true ? 'text' : 'number'}>
      <button
        type="button"
        className="plain"
        title={def?.help}
        onPointerEnter={() => explain(id)}
        onPointerLeave={() => explain(undefined)}
        onFocus={() => explain(id)}
        onBlur={() => explain(undefined)}
        onClick={() =>
          go(
            { table: { ...table, sort: id, isAscending: isSorted ? !table.isAscending : def?.isText === true } },
            'replace',
          )
        }
      >
        {def?.title}
        {isSorted ? (table.isAscending ? ' ↑' : ' ↓') : ''}
      </button>
    </th>
  )
}
