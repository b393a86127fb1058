import { useState } from 'react'
import type { AlertDto, ExplanationDto, IncidentDto } from '../../api/alert-contract.ts'
import { alertApi } from '../data/alert-api.ts'
import { sayError } from '../data/api.ts'
import { go, leaving, liveNowMs } from '../data/place-store.ts'
import { capital, formatClock, formatMoment, formatSeconds, formatValue } from '../format/values.ts'
import { sayLabels, sayLevel } from '../state/alerts.ts'
import { fixedView } from '../state/view.ts'
import { SilenceForm } from './alert-sending.tsx'

const grades = { critical: 'severe', warning: 'high', info: 'low' } as const
/** Before it was raised, what led to it; after it, how it went on. */
const beforeMs = 5 * 60_000
const afterMs = 60_000

function explainAlert(raisedMs: number, clearedMs: number | undefined): void {
  const endMs = Math.min((clearedMs ?? raisedMs) + afterMs, raisedMs + 12 * beforeMs)
  go({ ...leaving, page: 'explain', view: fixedView(raisedMs - beforeMs, endMs), atMs: undefined })
}

interface ActiveProps {
  readonly alert: AlertDto
  readonly isAdmin: boolean
  readonly by: string
  readonly changed: () => void
}

export function ActiveAlert({ alert, isAdmin, by, changed }: ActiveProps) {
  const { severity, rule, labels, summary, state, raisedUnixMs, sinceUnixMs, acknowledged, explanation } = alert
  const [open, setOpen] = useState<'acknowledge' | 'silence' | undefined>(undefined)
  const raisedMs = raisedUnixMs ?? sinceUnixMs
  const done = (): void => {
    setOpen(undefined)
    changed()
  }
  const chips = [
    state === 'clearing' ? 'on its way back' : '',
    alert.isFlapping ? 'comes and goes' : '',
    alert.silencedBy.length > 0 ? 'silenced' : '',
    acknowledged === undefined ? '' : 'acknowledged',
  ].filter(Boolean)
  return (
    <li className={`panel found is-${grades[severity]}`} aria-label={`${rule}: ${summary}`}>
      <header>
        <b>{rule}</b>
        <span className="muted">{sayLabels(labels)}</span>
        {chips.map((text) => (
          <span key={text} className="chip">
            {text}
          </span>
        ))}
        <span className="grade">{severity}</span>
      </header>
      <h2>{capital(summary)}</h2>
      <p className="muted">
        Since {sayMoment(raisedMs)} ({sayLasting(raisedMs, liveNowMs())}) · {sayLevel(alert)}
      </p>
      <Explanation explanation={explanation} />
      {acknowledged !== undefined && (
        <p className="muted">
          Acknowledged {acknowledged.by === '' ? '' : `by ${acknowledged.by} `}at {sayMoment(acknowledged.unixMs)}
          {acknowledged.comment === '' ? '' : `: ${acknowledged.comment}`}
        </p>
      )}
      <div className="tools actions">
        <button type="button" onClick={() => explainAlert(raisedMs, undefined)}>
          Explain
        </button>
        {isAdmin && acknowledged === undefined && (
          <button type="button" aria-expanded={open === 'acknowledge'} onClick={() => setOpen('acknowledge')}>
            Acknowledge…
          </button>
        )}
        {isAdmin && alert.silencedBy.length === 0 && (
          <button type="button" aria-expanded={open === 'silence'} onClick={() => setOpen('silence')}>
            Silence…
          </button>
        )}
      </div>
      {open === 'acknowledge' && <AcknowledgeForm id={alert.id ?? ''} by={by} done={done} />}
      {open === 'silence' && <SilenceForm matchers={{ rule, ...labels }} done={done} />}
    </li>
  )
}

function AcknowledgeForm({ id, by, done }: { readonly id: string; readonly by: string; readonly done: () => void }) {
  const [problem, setProblem] = useState('')
  return (
    <form
      className="asking"
      onSubmit={(event) => {
        event.preventDefault()
        const note = String(new FormData(event.currentTarget).get('note'))
        alertApi.acknowledge(id, by, note).then(done, (error: unknown) => setProblem(sayError(error)))
      }}
    >
      <label>
        Note <input name="note" maxLength={500} placeholder="Who is at it, what is known" />
      </label>
      <button type="submit" className="primary">
        Acknowledge
      </button>
      <output className="warning">{problem}</output>
    </form>
  )
}

/** What the analyzer said of the minutes before. */
function Explanation({ explanation }: { readonly explanation: ExplanationDto | undefined }) {
  if (explanation === undefined) return null
  return (
    <p>
      {explanation.sentence}{' '}
      <span className="muted">
        {explanation.culprits.map(({ name, share }) => [name, share].filter(Boolean).join(' ')).join(', ')}
      </span>
    </p>
  )
}

const halfDayMs = 43_200_000
const sayMoment = (unixMs: number): string =>
  Math.abs(liveNowMs() - unixMs) < halfDayMs ? formatClock(unixMs) : formatMoment(unixMs).slice(0, 16)
const sayLasting = (startMs: number, endMs: number): string =>
  formatSeconds(Math.max(0, Math.round((endMs - startMs) / 1000)))

/** What may become an alert, and what cannot be judged: small, for nobody has to act. */
export function WatchedList({ alerts }: { readonly alerts: readonly AlertDto[] }) {
  const pending = alerts.filter(({ state, value }) => state === 'pending' && value !== null)
  const unknown = alerts.filter((alert) => !pending.includes(alert))
  if (pending.length + unknown.length === 0) return null
  return (
    <section className="panel" aria-label="Watched">
      {pending.length > 0 && <h2>May become alerts</h2>}
      <WatchedRows alerts={pending} />
      {unknown.length > 0 && (
        <details>
          <summary>{unknown.length} have no data</summary>
          <WatchedRows alerts={unknown} />
        </details>
      )}
    </section>
  )
}

function WatchedRows({ alerts }: { readonly alerts: readonly AlertDto[] }) {
  return (
    <ul className="rows">
      {alerts.map((alert) => (
        <li key={`${alert.rule} ${sayLabels(alert.labels)}`}>
          <span className="muted">since {sayMoment(alert.sinceUnixMs)}</span>
          <span>
            {alert.rule} <span className="muted">{sayLabels(alert.labels)}</span>
          </span>
          {alert.value !== null && <span className="muted">{sayLevel(alert)}</span>}
        </li>
      ))}
    </ul>
  )
}

export function HistoryList({ history }: { readonly history: readonly IncidentDto[] }) {
  return (
    <section className="panel" aria-label="History">
      <h2>The last seven days</h2>
      {history.length === 0 && <p className="muted">Nothing was raised and is over.</p>}
      <ul className="rows">
        {history.map((incident) => (
          <li key={incident.id}>
            <button
              type="button"
              className="plain link-text"
              title="Explain it"
              onClick={() => explainAlert(incident.raisedUnixMs, incident.clearedUnixMs)}
            >
              {sayMoment(incident.raisedUnixMs)}
            </button>
            <span>
              {incident.summary} <span className="muted">{sayHistory(incident)}</span>
            </span>
            <span className={incident.severity === 'critical' ? 'bad' : 'muted'}>
              {sayLasting(incident.raisedUnixMs, incident.clearedUnixMs ?? incident.raisedUnixMs)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function sayHistory({ rule, worst, unit, acknowledged, isNotified, explanation }: IncidentDto): string {
  return [
    rule,
    worst === null || worst === 1 ? '' : `at worst ${formatValue(worst, unit ?? '')}`,
    explanation?.sentence,
    acknowledged === undefined ? '' : ['acknowledged', acknowledged.comment].filter(Boolean).join(': '),
    isNotified ? '' : 'nobody was told',
  ]
    .filter(Boolean)
    .join(' · ')
}
