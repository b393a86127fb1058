import type { ReactNode } from 'react'
import { alerts } from '../data/alerts.ts'
import { catalogue } from '../data/catalogue.ts'
import { useCell } from '../data/cell.ts'
import { host, live } from '../data/feed.ts'
import { findings } from '../data/findings.ts'
import { forecasts } from '../data/outlook.ts'
import { go } from '../data/place-store.ts'
import { capital, formatValue } from '../format/values.ts'
import { Explain } from '../parts/explain.tsx'
import { unheededOf } from '../state/alerts.ts'
import type { LiveState } from '../state/live.ts'
import type { PageName } from '../state/place.ts'
import { Subject } from './subject.tsx'

export function Overview() {
  return (
    <>
      <Findings />
      <Tiles />
      <Subject page="overview" />
    </>
  )
}

function Findings() {
  const found = useCell(findings)
  const critical = unheededOf(useCell(alerts)?.active ?? [], 'critical')
  const ending = useCell(forecasts).filter(({ status }) => status === 'runs_out')
  return (
    <section className="findings" aria-label="What is wrong">
      {critical.map(({ id, summary }) => (
        <button type="button" key={id} className="finding is-bad" onClick={() => go({ page: 'alerts' })}>
          <b>Alert</b> {capital(summary)}
        </button>
      ))}
      {found === undefined ? (
        <p className="muted">Waiting for the first tick…</p>
      ) : found.length + critical.length === 0 ? (
        <p className="fine">Nothing stands out.</p>
      ) : (
        found.map(({ key, level, text, page }) => (
          <button type="button" key={key} className={`finding is-${level}`} onClick={() => go({ page })}>
            <b>{level === 'bad' ? 'Bad' : 'Look'}</b> {text}
          </button>
        ))
      )}
      {ending.map(({ sentence, resource }) => (
        <button
          type="button"
          key={sentence}
          className="finding"
          onClick={() => go({ page: resource === 'memory' || resource === 'swap' ? 'memory' : 'disks' })}
        >
          {capital(sentence)}
        </button>
      ))}
    </section>
  )
}

interface TileDef {
  readonly title: string
  readonly page: PageName
  readonly metric: string
  /** Of the value that decides on the colour. */
  readonly key: string
  readonly more?: (state: LiveState, memoryBytes: number | undefined) => string
}

const read = (state: LiveState, key: string, unit: string): string => formatValue(state.values.get(key), unit)
const tiles: readonly TileDef[] = [
  {
    title: 'CPU',
    page: 'cpu',
    metric: 'system.cpu.utilization',
    key: 'system.cpu.utilization',
    more: (state) => `load ${read(state, 'system.cpu.load_average.1m', '')}`,
  },
  {
    title: 'Memory',
    page: 'memory',
    metric: 'system.memory.utilization',
    key: 'system.memory.utilization',
    more: (state, bytes) => `${read(state, 'system.memory.usage{state=used}', 'By')} of ${formatValue(bytes, 'By')}`,
  },
  {
    title: 'Disk writes',
    page: 'disks',
    metric: 'system.disk.throughput',
    key: 'system.disk.throughput{direction=write}',
    more: (state) => `reads ${read(state, 'system.disk.throughput{direction=read}', 'By/s')}`,
  },
  {
    title: 'Network in',
    page: 'network',
    metric: 'system.network.throughput',
    key: 'system.network.throughput{direction=receive}',
    more: (state) => `out ${read(state, 'system.network.throughput{direction=transmit}', 'By/s')}`,
  },
  {
    title: 'Waiting for CPU',
    page: 'pressure',
    metric: 'system.pressure.some',
    key: 'system.pressure.some{resource=cpu}',
    more: (state) =>
      `mem. ${read(state, 'system.pressure.some{resource=memory}', '1')}, disk ${read(state, 'system.pressure.some{resource=io}', '1')}`,
  },
  {
    title: 'Up for',
    page: 'sysmon',
    metric: 'system.uptime',
    key: 'system.uptime',
    more: (state) => `sysmon: ${read(state, 'sysmon.cpu.utilization', '1')} of a core`,
  },
]

function Tiles() {
  const state = useCell(live)
  const known = useCell(catalogue)
  const facts = useCell(host)
  const wrong = useCell(findings)
  return (
    <ul className="tiles" aria-label="Now">
      {tiles.map(({ title, page, metric, key, more }) => {
        const value = state?.values.get(key)
        const info = known?.get(metric)
        return (
          <li key={title} className={`tile is-${wrong?.find((one) => one.key === key)?.level ?? 'ok'}`}>
            <Explain metrics={info === undefined ? [] : [info]}>{title}</Explain>
            <TileLink page={page} title={title}>
              <b>{formatValue(value, info?.unit ?? '')}</b>
              <span className="muted">{state === undefined ? ' ' : (more?.(state, facts?.memoryBytes) ?? '')}</span>
            </TileLink>
          </li>
        )
      })}
    </ul>
  )
}

function TileLink({
  page,
  title,
  children,
}: {
  readonly page: PageName
  readonly title: string
  readonly children: ReactNode
}) {
  return (
    <a
      href={`/${page}`}
      onClick={(event) => {
        event.preventDefault()
        go({ page })
      }}
    >
      <span className="visually-hidden">{title}: </span>
      {children}
    </a>
  )
}
