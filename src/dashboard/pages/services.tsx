import { useEffect, useMemo, useState } from 'react'
import type { MetricInfo } from '../../api/contract.ts'
import { after } from '../browser.ts'
import { api, sayError } from '../data/api.ts'
import { catalogue } from '../data/catalogue.ts'
import { useCell } from '../data/cell.ts'
import { live } from '../data/feed.ts'
import { go, place } from '../data/place-store.ts'
import { formatMoment, formatPercent, formatValue } from '../format/values.ts'
import { useChosenMs } from '../parts/moment.tsx'
import { seriesKey } from '../state/live.ts'
import {
  type ServiceField,
  type ServiceOrder,
  type ServiceRow,
  serviceFields,
  serviceMetrics,
  serviceSources,
  servicesOf,
  sortServices,
} from '../state/services.ts'
import { Subject } from './subject.tsx'

const titles: Readonly<Record<ServiceField, string>> = {
  cpu: 'CPU',
  waitsCpu: 'CPU wait',
  throttled: 'Throttled',
  memoryBytes: 'Memory',
  memoryShare: 'of limit',
  waitsMemory: 'Mem. wait',
  readBytesPerSecond: 'Reads',
  writtenBytesPerSecond: 'Writes',
  waitsDisk: 'Disk wait',
  processes: 'Tasks',
}
/** What stands in the catalogue is said of the metric; this is what the column makes of it. */
const notes: Partial<Readonly<Record<ServiceField, string>>> = {
  waitsCpu: 'Waits for a CPU, share of the time.',
  waitsMemory: 'Waits for memory, share of the time.',
  waitsDisk: 'Waits for disks, share of the time.',
}

/** Units, containers and pods, now or at the chosen second, over the charts of the same. */
export function Services() {
  return (
    <>
      <ServiceTable />
      <Subject page="services" />
    </>
  )
}

interface Shown {
  readonly values?: ReadonlyMap<string, number>
  readonly problem?: string
}

/** Steps back this far find the last tick before the second. */
const lookBackMs = 1500
const restMs = 120

function useServiceValues(atMs: number | undefined, known: ReadonlyMap<string, MetricInfo> | undefined): Shown {
  const now = useCell(live)
  const [past, setPast] = useState<Shown>({})
  useEffect(() => {
    if (atMs === undefined || known === undefined) return setPast({})
    let isOver = false
    const metrics = serviceMetrics.filter((metric) => (known.get(metric)?.series.length ?? 0) > 0)
    const cancel = after(restMs, () => {
      const end = Math.round(atMs)
      api.query(metrics.map((metric) => ({ metric, start: end - lookBackMs, end }))).then(
        (answers) => {
          const values = new Map<string, number>()
          for (const { metric, series } of answers)
            for (const { labels, avg } of series) {
              const value = avg.findLast((one) => one !== null)
              if (value !== null && value !== undefined) values.set(seriesKey(metric, labels), value)
            }
          if (!isOver) setPast({ values })
        },
        (error: unknown) => {
          if (!isOver) setPast({ problem: sayError(error) })
        },
      )
    })
    return () => {
      isOver = true
      cancel()
    }
  }, [atMs, known])
  if (atMs !== undefined) return past
  return now === undefined ? {} : { values: now.values }
}

function ServiceTable() {
  const known = useCell(catalogue)
  const atMs = useChosenMs(false)
  const { values, problem } = useServiceValues(atMs, known)
  const [order, setOrder] = useState<ServiceOrder>({ field: 'cpu', isAscending: false })
  const [explained, setExplained] = useState<ServiceField | undefined>(undefined)
  const rows = useMemo(() => (values === undefined ? undefined : servicesOf(values)), [values])
  const reason = known?.get('cgroup.cpu.time')?.absent
  const field = explained ?? (order.field === 'name' ? 'cpu' : order.field)
  return (
    <section className="panel services" aria-label="Services and containers">
      <header className="panel-head">
        <h2>
          {atMs === undefined ? 'Now' : `At ${formatMoment(atMs)}`}{' '}
          <span className="muted">{rows === undefined ? '' : `${rows.length} services and containers`}</span>
        </h2>
      </header>
      {problem !== undefined || rows?.length === 0 ? (
        <p className="absent">{problem ?? reason ?? 'No service or container was measured at this time.'}</p>
      ) : (
        <section className="service-scroller" aria-label="Table of services" tabIndex={-1}>
          <table className="top-table">
            <Head order={order} change={setOrder} explain={setExplained} />
            <tbody>
              {sortServices(rows ?? [], order).map((row) => (
                <Row key={row.cgroup} row={row} />
              ))}
            </tbody>
          </table>
        </section>
      )}
      <Definition field={field} info={known?.get(serviceSources[field].metric)} />
    </section>
  )
}

interface HeadProps {
  readonly order: ServiceOrder
  readonly change: (order: ServiceOrder) => void
  readonly explain: (field: ServiceField | undefined) => void
}

function Head({ order, change, explain }: HeadProps) {
  const cell = (field: ServiceField | 'name', title: string) => {
    const isSorted = order.field === field
    const told = field === 'name' ? undefined : field
    const arrow = isSorted ? (order.isAscending ? ' ↑' : ' ↓') : ''
    return (
      <th
        key={field}
        scope="col"
        className={field === 'name' ? 'text' : 'number'}
        aria-sort={isSorted ? (order.isAscending ? 'ascending' : 'descending') : 'none'}
      >
        <button
          type="button"
          className="plain"
          aria-label={field === 'name' ? title : [title, notes[field]].filter(Boolean).join(': ')}
          onPointerEnter={() => explain(told)}
          onPointerLeave={() => explain(undefined)}
          onFocus={() => explain(told)}
          onBlur={() => explain(undefined)}
          onClick={() => change({ field, isAscending: isSorted ? !order.isAscending : field === 'name' })}
        >
          {title}
          {arrow}
        </button>
      </th>
    )
  }
  return (
    <thead>
      <tr>
        {cell('name', 'Service')}
        {serviceFields.map((field) => cell(field, titles[field]))}
      </tr>
    </thead>
  )
}

const isRate = (field: ServiceField): boolean => field === 'readBytesPerSecond' || field === 'writtenBytesPerSecond'

function showNumber(field: ServiceField, value: number | undefined): string {
  if (value === undefined) return '–'
  if (field === 'memoryBytes') return formatValue(value, 'By')
  if (isRate(field)) return formatValue(value, 'By/s')
  return field === 'processes' ? formatValue(value, '') : formatPercent(value)
}

function Row({ row }: { readonly row: ServiceRow }) {
  const openProcesses = (): void =>
    go({ page: 'processes', table: { ...place.get().table, filter: row.name }, process: undefined })
  return (
    <tr>
      <td className="text">
        <button type="button" className="plain" title={`${row.cgroup}: its processes`} onClick={openProcesses}>
          {row.name}
        </button>
      </td>
      {serviceFields.map((field) => (
        <td key={field} className={row[field] === undefined || row[field] === 0 ? 'number muted' : 'number'}>
          {showNumber(field, row[field])}
        </td>
      ))}
    </tr>
  )
}

/** What the column under the pointer or the focus means; else the sorted one. */
function Definition({ field, info }: { readonly field: ServiceField; readonly info: MetricInfo | undefined }) {
  return (
    <p className="muted hint definition">
      {info !== undefined && (
        <>
          <b>{titles[field]}</b>: {notes[field]} {info.help}
          {info.formula === undefined ? ' ' : ` = ${info.formula}. `}
          {info.series.length === 0 ? `– absent: ${info.absent ?? 'not measured here'}.` : ''} <code>{info.name}</code>
          {info.source === undefined ? '' : `, from ${info.source}`}
        </>
      )}
    </p>
  )
}
