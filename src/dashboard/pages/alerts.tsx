import { useEffect } from 'react'
import type { AlertsResponse } from '../../api/alert-contract.ts'
import { alerts, loadAlerts } from '../data/alerts.ts'
import { useCell } from '../data/cell.ts'
import { useLoaded } from '../data/loaded.ts'
import { loadMe, me } from '../data/me.ts'
import { go, place } from '../data/place-store.ts'
import { raisedOf } from '../state/alerts.ts'
import { ActiveAlert, HistoryList, WatchedList } from './alert-items.tsx'
import { Rules } from './alert-rules.tsx'
import { Deliveries, Silences } from './alert-sending.tsx'

const periodMs = 5000
const parts = [
  [undefined, 'Now'],
  ['silences', 'Silences'],
  ['deliveries', 'Deliveries'],
  ['rules', 'Rules'],
] as const

/** What needs a person, what was, whom it was told, and by which rules. Changing something is for admins. */
export function Alerts() {
  const { part } = useCell(place)
  const who = useCell(me)
  useEffect(loadMe, [])
  const isAdmin = who?.role === 'admin'
  const shown = parts.find(([name]) => name === part)?.[0]
  return (
    <>
      <section className="panel explain-head" aria-label="Parts of this page">
        <div className="tools parts">
          {parts.map(([name, title]) => (
            <button
              type="button"
              key={title}
              aria-current={name === shown ? 'page' : undefined}
              onClick={() => go({ part: name })}
            >
              {title}
            </button>
          ))}
        </div>
        {who?.role === 'viewer' && (
          <p className="muted">You are a viewer: admins acknowledge, silence and change rules.</p>
        )}
      </section>
      {shown === undefined && <State isAdmin={isAdmin} by={who?.subject ?? ''} />}
      {shown === 'silences' && <Silences isAdmin={isAdmin} />}
      {shown === 'deliveries' && <Deliveries />}
      {shown === 'rules' && <Rules isAdmin={isAdmin} />}
    </>
  )
}

function State({ isAdmin, by }: { readonly isAdmin: boolean; readonly by: string }) {
  const [{ problem }, reload] = useLoaded(loadAlerts, periodMs)
  const known = useCell(alerts)
  if (known === undefined) {
    return (
      <section className="panel calm" aria-busy={problem === undefined} aria-label="Alerts">
        <p className="muted">{problem ?? 'Asking for the alerts…'}</p>
      </section>
    )
  }
  const raised = raisedOf(known.active)
  return (
    <>
      {problem !== undefined && <p className="notice">{problem} What you see is from before.</p>}
      {raised.length === 0 ? (
        <Calm {...known} />
      ) : (
        <ul className="explained-findings" aria-label="Active alerts">
          {raised.map((alert) => (
            <ActiveAlert key={alert.id} alert={alert} isAdmin={isAdmin} by={by} changed={reload} />
          ))}
        </ul>
      )}
      <WatchedList alerts={known.active.filter((alert) => !raised.includes(alert))} />
      <HistoryList history={known.history.filter(({ clearedUnixMs }) => clearedUnixMs !== undefined)} />
    </>
  )
}

function Calm({ counts }: AlertsResponse) {
  return (
    <section className="panel calm" aria-label="Active alerts">
      <h2 className="fine">No alert is active</h2>
      <p className="muted">
        {counts.rules === 0 ? 'There are no rules.' : `${counts.rules} rules watch ${counts.watched} values.`}
        {counts.pending > 0 && ` ${counts.pending} may become one.`}
      </p>
    </section>
  )
}
