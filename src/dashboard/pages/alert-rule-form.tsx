import { useEffect, useState } from 'react'
import type { RuleBody, RuleTestResponse } from '../../api/alert-contract.ts'
import { after } from '../browser.ts'
import { alertApi } from '../data/alert-api.ts'
import { sayError } from '../data/api.ts'
import { catalogue } from '../data/catalogue.ts'
import { useCell } from '../data/cell.ts'
import { go, leaving } from '../data/place-store.ts'
import { formatMoment } from '../format/values.ts'
import { parseLabels, sayLabels } from '../state/alerts.ts'
import { fixedView } from '../state/view.ts'

const fields = [
  ['name', 'Name', 'root-full'],
  ['value', 'Metric or expression', 'system.filesystem.utilization'],
  ['raise', 'Raise at', '90%, or: below 10%'],
  ['clear', 'Over at', '85%'],
  ['for', 'For', '5m'],
  ['labels', 'Only labels', 'mountpoint=/'],
  ['summary', 'Summary', '{{labels.mountpoint}} is {{value}} full'],
] as const
type Field = (typeof fields)[number][0]
type Written = Readonly<Record<Field | 'severity', string>>

const writtenOf = (rule: RuleBody | undefined): Written => ({
  name: rule?.name ?? '',
  value: rule?.value ?? '',
  raise: String(rule?.raise ?? ''),
  clear: String(rule?.clear ?? ''),
  for: rule?.for ?? '',
  labels: Object.entries(rule?.labels ?? {})
    .map(([name, pattern]) => `${name}=${pattern}`)
    .join(', '),
  summary: rule?.summary ?? '',
  severity: rule?.severity ?? 'warning',
})

/** What was not in the form stays as it was; what was emptied is gone. */
function ruleOf(before: RuleBody | undefined, { labels: text, ...written }: Written): RuleBody | string {
  const labels = parseLabels(text)
  if (labels === undefined) return 'Labels are written as name=value, with commas between.'
  const kept = Object.entries({ ...before, ...written, labels: Object.keys(labels).length === 0 ? '' : labels })
  return Object.fromEntries(kept.filter(([, value]) => value !== '')) as unknown as RuleBody
}

interface FormProps {
  readonly rule: RuleBody | undefined
  readonly close: () => void
  readonly saved: () => void
}

export function RuleForm({ rule: before, close, saved }: FormProps) {
  const [written, setWritten] = useState(() => writtenOf(before))
  const [problem, setProblem] = useState('')
  const known = useCell(catalogue)
  const rule = ruleOf(before, written)
  return (
    <form
      className="asking is-rule"
      onSubmit={(event) => {
        event.preventDefault()
        if (typeof rule === 'string') return setProblem(rule)
        alertApi.putRule(rule).then(saved, (error: unknown) => setProblem(sayError(error)))
      }}
    >
      {fields.map(([field, title, placeholder]) => (
        <label key={field}>
          {title}{' '}
          <input
            value={written[field]}
            placeholder={placeholder}
            required={field === 'name' || field === 'value'}
            readOnly={field === 'name' && before !== undefined}
            {...(field === 'value' ? { list: 'metrics' } : {})}
            onChange={({ target }) => setWritten({ ...written, [field]: target.value })}
          />
        </label>
      ))}
      <datalist id="metrics">
        {[...(known?.keys() ?? [])].map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <label>
        Severity{' '}
        <select value={written.severity} onChange={({ target }) => setWritten({ ...written, severity: target.value })}>
          {['info', 'warning', 'critical'].map((severity) => (
            <option key={severity}>{severity}</option>
          ))}
        </select>
      </label>
      <Trial rule={rule} />
      <div className="choice">
        <output className="warning">{problem}</output>
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button type="submit" className="primary">
          Save
        </button>
      </div>
    </form>
  )
}

/** Typing rests this long before the record is asked. */
const restMs = 600

/** What the rule would have done in the last day, while it is written. */
function Trial({ rule }: { readonly rule: RuleBody | string }) {
  const [answer, setAnswer] = useState<RuleTestResponse | string | undefined>(undefined)
  const key =
    typeof rule === 'string' || rule.name === undefined || rule.value === undefined ? '' : JSON.stringify(rule)
  useEffect(() => {
    setAnswer(undefined)
    if (key === '') return
    let isOver = false
    const cancel = after(restMs, () => {
      alertApi.testRule(JSON.parse(key) as RuleBody).then(
        (next) => isOver || setAnswer(next),
        (error: unknown) => isOver || setAnswer(sayError(error)),
      )
    })
    return () => {
      isOver = true
      cancel()
    }
  }, [key])
  if (typeof rule === 'string') return <p className="trial warning">{rule}</p>
  if (key === '') return <p className="trial muted">Name and metric tell what it would have done in the last day.</p>
  if (answer === undefined) return <p className="trial muted">Trying it on the last day…</p>
  if (typeof answer === 'string') return <p className="trial warning">{answer}</p>
  return <Tried answer={answer} />
}

export function Tried({ answer }: { readonly answer: RuleTestResponse }) {
  return (
    <div className="trial">
      <p>
        Would have been raised <b>{sayTimes(answer.raised)}</b> in the last day{' '}
        <span className="muted">({answer.labelSets} series watched)</span>
      </p>
      <ul className="rows">
        {answer.times.slice(-5).map(({ raisedUnixMs, clearedUnixMs, labels }) => (
          <li key={`${raisedUnixMs} ${sayLabels(labels)}`}>
            <button
              type="button"
              className="plain link-text"
              onClick={() =>
                go({
                  ...leaving,
                  page: 'explain',
                  view: fixedView(
                    raisedUnixMs - 300_000,
                    Math.min(clearedUnixMs ?? Number.POSITIVE_INFINITY, raisedUnixMs + 300_000),
                  ),
                })
              }
            >
              {formatMoment(raisedUnixMs).slice(5)}
            </button>
            <span className="muted">{sayLabels(labels)}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

const sayTimes = (count: number): string => (count === 0 ? 'never' : count === 1 ? 'once' : `${count} times`)
