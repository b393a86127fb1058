import { useState } from 'react'
import type { ProcessRow } from '../../api/contract.ts'
import { api, sayError } from '../data/api.ts'

const signals = [
  { name: 'TERM', says: 'asks it to end' },
  { name: 'KILL', says: 'ends it at once, unsaved work is lost' },
  { name: 'HUP', says: 'most daemons read their settings again' },
  { name: 'INT', says: 'as Ctrl-C' },
  { name: 'STOP', says: 'halts it' },
  { name: 'CONT', says: 'lets it go on' },
] as const

/** A signal is sent only after it was confirmed, and only to the process that was looked at. */
export function SignalForm({ row }: { readonly row: ProcessRow }) {
  const [signal, setSignal] = useState<string>('TERM')
  const [step, setStep] = useState<'choose' | 'confirm' | 'sending'>('choose')
  const [outcome, setOutcome] = useState<string | undefined>(undefined)
  const send = (): void => {
    setStep('sending')
    api
      .signal(row.pid, { signal, startTicks: row.startTicks })
      .then(() => setOutcome(`${signal} sent.`))
      .catch((error: unknown) => setOutcome(sayError(error)))
      .finally(() => setStep('choose'))
  }
  return (
    <fieldset className="signal">
      <legend>Signal</legend>
      {step === 'choose' ? (
        <>
          <select aria-label="Signal" value={signal} onChange={({ target }) => setSignal(target.value)}>
            {signals.map(({ name, says }) => (
              <option key={name} value={name}>
                {name}: {says}
              </option>
            ))}
          </select>
          <button type="button" onClick={() => setStep('confirm')}>
            Send…
          </button>
        </>
      ) : (
        <>
          <p>
            Send <b>{signal}</b> to <b>{row.name}</b> ({row.pid})?
          </p>
          <button type="button" className="danger" disabled={step === 'sending'} onClick={send}>
            Send {signal}
          </button>
          <button type="button" onClick={() => setStep('choose')}>
            Cancel
          </button>
        </>
      )}
      <output>{outcome}</output>
    </fieldset>
  )
}
