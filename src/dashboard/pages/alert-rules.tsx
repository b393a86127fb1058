import { useState } from 'react'
import type { RuleBody, RuleDto } from '../../api/alert-contract.ts'
import { alertApi } from '../data/alert-api.ts'
import { sayError } from '../data/api.ts'
import { useLoaded } from '../data/loaded.ts'
import { sayRule } from '../state/alerts.ts'
import { RuleForm } from './alert-rule-form.tsx'

const periodMs = 15_000
const origins = { built_in: 'built in', config: 'config file', api: 'made here' } as const

/** Every rule and where it is from. Those of the config file are changed there. */
export function Rules({ isAdmin }: { readonly isAdmin: boolean }) {
  const [{ value, problem }, reload] = useLoaded(alertApi.rules, periodMs)
  const [edited, setEdited] = useState<RuleBody | 'new' | undefined>(undefined)
  const [failure, setFailure] = useState('')
  const act = (promise: Promise<void>): void => {
    setFailure('')
    promise.then(reload, (error: unknown) => setFailure(sayError(error)))
  }
  const done = (): void => {
    setEdited(undefined)
    reload()
  }
  return (
    <section className="panel" aria-label="Rules">
      <header className="panel-head">
        <h2>
          Rules <span className="muted">{value?.rules.length}</span>
        </h2>
        {isAdmin && (
          <button type="button" aria-expanded={edited !== undefined} onClick={() => setEdited('new')}>
            New rule…
          </button>
        )}
      </header>
      {edited !== undefined && (
        <RuleForm
          key={edited === 'new' ? '' : edited.name}
          rule={edited === 'new' ? undefined : edited}
          close={() => setEdited(undefined)}
          saved={done}
        />
      )}
      <output className="warning">{failure || problem}</output>
      <ul className="rows is-tall">
        {value?.rules.map((one) => (
          <RuleRow key={one.rule.name} one={one} isAdmin={isAdmin} edit={() => setEdited(one.rule)} act={act} />
        ))}
      </ul>
    </section>
  )
}

interface RowProps {
  readonly one: RuleDto
  readonly isAdmin: boolean
  readonly edit: () => void
  readonly act: (promise: Promise<void>) => void
}

export function RuleRow({ one, isAdmin, edit, act }: RowProps) {
  const { rule, from, states, reason } = one
  const isOn = rule.enabled !== false
  const isOurs = isAdmin && from !== 'config'
  return (
    <li>
      <label className="inline" title={from === 'config' ? 'It stands in the config file' : undefined}>
        <input
          type="checkbox"
          role="switch"
          aria-checked={isOn}
          aria-label={`${rule.name} is on`}
          checked={isOn}
          disabled={!isOurs}
          onChange={() => act(alertApi.putRule({ ...rule, enabled: !isOn }))}
        />
      </label>
      <span className={isOn ? undefined : 'muted'}>
        <b>{rule.name}</b> <span className="muted">{`${rule.severity ?? 'warning'}, ${origins[from]}`}</span>
        <br />
        <code>{sayRule(rule)}</code>
        {reason !== undefined && <span className="muted"> {reason}</span>}
      </span>
      <span className="tools">
        <span className="muted">{sayStates(states)}</span>
        {isOurs && (
          <button type="button" onClick={edit} aria-label={`Edit ${rule.name}`}>
            Edit
          </button>
        )}
        {isOurs && from === 'api' && (
          <button type="button" onClick={() => act(alertApi.removeRule(rule.name))} aria-label={`Remove ${rule.name}`}>
            Remove
          </button>
        )}
      </span>
    </li>
  )
}

const sayStates = (states: RuleDto['states']): string =>
  Object.entries(states)
    .map(([state, count]) => `${count} ${state.replace('_', ' ')}`)
    .join(', ')
