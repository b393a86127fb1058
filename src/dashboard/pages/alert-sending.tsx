import { useState } from 'react'
import type { DeliveriesResponse, SilenceDto } from '../../api/alert-contract.ts'
import { nowMs } from '../browser.ts'
import { alertApi } from '../data/alert-api.ts'
import { sayError } from '../data/api.ts'
import { useLoaded } from '../data/loaded.ts'
import { formatMoment } from '../format/values.ts'
import { parseLabels, sayLabels } from '../state/alerts.ts'

const periodMs = 10_000

/** What was sent where, what waits and why. */
export function Deliveries() {
  const [{ value, problem }] = useLoaded(alertApi.deliveries, periodMs)
  return (
    <section className="panel" aria-label="Deliveries">
      <h2>
        Deliveries <span className="muted">{value === undefined ? '' : `${value.waiting} wait`}</span>
      </h2>
      {problem !== undefined && <p className="warning">{problem}</p>}
      {value !== undefined && <DeliveryList {...value} />}
    </section>
  )
}

const words = { sent: 'Sent', waiting: 'Waits', given_up: 'Given up' } as const

export function DeliveryList({ deliveries }: Pick<DeliveriesResponse, 'deliveries'>) {
  return (
    <>
      {deliveries.length === 0 && (
        <p className="absent">Nothing was sent yet. Channels are named in the config file, under alerts.</p>
      )}
      <ul className="rows">
        {deliveries.map(({ id, channel, title, createdUnixMs, status, attempts, nextUnixMs, error }) => (
          <li key={id}>
            <span className={status === 'sent' ? 'fine' : status === 'waiting' ? 'warning' : 'bad'}>
              {words[status]}
            </span>
            <span>
              {title}{' '}
              <span className="muted">{`to ${channel}, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`}</span>
              {error !== undefined && <span className="warning"> {error}</span>}
            </span>
            <span className="muted">
              {status === 'waiting' && nextUnixMs !== undefined
                ? `again ${formatMoment(nextUnixMs)}`
                : formatMoment(createdUnixMs)}
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}

export function Silences({ isAdmin }: { readonly isAdmin: boolean }) {
  const [{ value, problem }, reload] = useLoaded(alertApi.silences, periodMs)
  const [failure, setFailure] = useState('')
  const end = (id: string): void => {
    alertApi.removeSilence(id).then(reload, (error: unknown) => setFailure(sayError(error)))
  }
  return (
    <section className="panel" aria-label="Silences">
      <h2>Silences</h2>
      <p className="muted">Alerts are raised and shown all the same; what lasts when a silence ends is told then.</p>
      <output className="warning">{failure || problem}</output>
      {value !== undefined && <SilenceList {...value} {...(isAdmin ? { end } : {})} />}
      {isAdmin && <SilenceForm done={reload} />}
    </section>
  )
}

interface SilenceListProps {
  readonly silences: readonly SilenceDto[]
  /** Left out for who may not. */
  readonly end?: (id: string) => void
}

export function SilenceList({ silences, end }: SilenceListProps) {
  return (
    <>
      {silences.length === 0 && <p className="absent">Nothing is silenced.</p>}
      <ul className="rows">
        {silences.map((silence) => (
          <li key={silence.id}>
            <span className={silence.isActive ? 'warning' : 'muted'}>{silence.isActive ? 'Silent' : 'Not now'}</span>
            <span>
              {sayLabels(silence.matchers)}{' '}
              <span className="muted">{[sayWhen(silence), silence.comment].filter(Boolean).join(' · ')}</span>
            </span>
            {end !== undefined && (
              <button type="button" onClick={() => end(silence.id)}>
                End
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  )
}

function sayWhen({ startUnixMs, endUnixMs, weekly }: SilenceDto): string {
  if (weekly !== undefined) return `${weekly.days.join(', ')} ${weekly.from} to ${weekly.until} (${weekly.zone})`
  const start = startUnixMs > nowMs() ? `from ${formatMoment(startUnixMs)} ` : ''
  return start + (endUnixMs === undefined ? 'until it is ended' : `until ${formatMoment(endUnixMs)}`)
}

const durations = [
  ['+1h', 'an hour'],
  ['+4h', '4 hours'],
  ['+1d', 'a day'],
  ['+7d', 'a week'],
  ['', 'until it is ended'],
] as const

interface SilenceFormProps {
  /** Of an alert; left out: they are asked for. */
  readonly matchers?: Readonly<Record<string, string>>
  readonly done: () => void
}

export function SilenceForm({ matchers, done }: SilenceFormProps) {
  const [problem, setProblem] = useState('')
  return (
    <form
      className="asking"
      onSubmit={(event) => {
        event.preventDefault()
        const form = event.currentTarget
        const read = (name: string): string => String(new FormData(form).get(name) ?? '').trim()
        const labels = matchers ?? parseLabels(read('labels'))
        if (labels === undefined) return setProblem('Labels are written as name=value, with commas between.')
        const end = read('end')
        alertApi
          .addSilence({
            matchers: matchers ?? { ...(read('rule') === '' ? {} : { rule: read('rule') }), ...labels },
            comment: read('comment'),
            ...(end === '' ? {} : { end }),
          })
          .then(
            () => {
              form.reset()
              setProblem('')
              done()
            },
            (error: unknown) => setProblem(sayError(error)),
          )
      }}
    >
      {matchers === undefined && (
        <>
          <label>
            Rule <input name="rule" placeholder="backup-* or *" />
          </label>
          <label>
            Labels <input name="labels" placeholder="device=sd*" />
          </label>
        </>
      )}
      <label>
        For{' '}
        <select name="end">
          {durations.map(([end, text]) => (
            <option key={end} value={end}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label>
        Why <input name="comment" maxLength={500} />
      </label>
      <button type="submit" className="primary">
        Silence
      </button>
      <output className="warning">{problem}</output>
    </form>
  )
}
