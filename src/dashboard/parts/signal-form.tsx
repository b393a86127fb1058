import { useEffect, useState } from 'react'
import type { ProcessRow } from '../../api/contract.ts'
import { api, sayError } from '../data/api.ts'
import { useCell } from '../data/cell.ts'
import { loadMe, me } from '../data/me.ts'
import { Dialog } from './dialog.tsx'

const signals = [
  { name: 'TERM', says: 'asks it to end' },
  { name: 'KILL', says: 'ends it at once, unsaved work is lost' },
  { name: 'HUP', says: 'most daemons read their settings again' },
  { name: 'INT', says: 'as Ctrl-C' },
  { name: 'STOP', says: 'halts it' },
  { name: 'CONT', says: 'lets it go on' },
] as const

/** A signal is sent only after it was confirmed, only to the process that was looked at, and only by an admin. */
export function SignalForm({ row }: { readonly row: ProcessRow }) {
  const who = useCell(me)
  const [signal, setSignal] = useState<string>('TERM')
  const [isAsking, setAsking] = useState(false)
  const [outcome, setOutcome] = useState<string | undefined>(undefined)
  useEffect(loadMe, [])
  const send = (): void => {
    setAsking(false)
    setOutcome(undefined)
    api
      .signal(row.pid, { signal, startTicks: row.startTicks })
      .then(() => setOutcome(`${signal} sent.`))
      .catch((error: unknown) => setOutcome(sayError(error)))
  }
  if (who?.role === 'viewer') return <p className="muted">Signals are sent by admins; you are a viewer.</p>
  return (
    <fieldset className="signal">
      <legend>Signal</legend>
      <select aria-label="Signal" value={signal} onChange={({ target }) => setSignal(target.value)}>
        {signals.map(({ name, says }) => (
          <option key={name} value={name}>
            {name}: {says}
          </option>
        ))}
      </select>
      <button type="button" onClick={() => setAsking(true)} disabled={who === undefined}>
        Send…
      </button>
      {isAsking && (
        <Dialog label="Send a signal" close={() => setAsking(false)}>
          <p>
            Send <b>{signal}</b> to <b>{row.name}</b> ({row.pid})?
          </p>
          <div className="choice">
            <button type="button" onClick={() => setAsking(false)}>
              Cancel
            </button>
            <button type="button" className="danger" onClick={send}>
              Send {signal}
            </button>
          </div>
        </Dialog>
      )}
      <output>{outcome}</output>
    </fieldset>
  )
}
