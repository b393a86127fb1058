import type {
  ExplainChange,
  ExplainComparison,
  ExplainCoverage,
  ExplainWindow,
  Level,
  ResourceUse,
} from '../../api/explain-contract.ts'
import { go } from '../data/place-store.ts'
import { capital, formatClock, formatPercent, formatValue } from '../format/values.ts'
import { fixedView } from '../state/view.ts'
import { resourceTitles, sayTimes } from './explain-finding.tsx'

/** So many are read by a person; the rest is a click away. */
const fewChanges = 12

/** What else was different, each with its second. */
export function Changes({
  changes,
  window,
}: {
  readonly changes: readonly ExplainChange[]
  readonly window: ExplainWindow
}) {
  const show = (shown: readonly ExplainChange[]) => (
    <ul className="changes">
      {shown.map(({ unixMs, kind, sentence }) => (
        <li key={`${unixMs} ${sentence}`} className={kind === 'event' || kind === 'boot' ? 'warning' : undefined}>
          <button
            type="button"
            className="plain number"
            onClick={() => go({ page: 'processes', view: fixedView(window.startMs, window.endMs), atMs: unixMs })}
            title="The processes of this second"
          >
            {formatClock(unixMs)}
          </button>
          <span>{sentence}</span>
        </li>
      ))}
    </ul>
  )
  return (
    <section className="panel" aria-label="What else changed">
      <h2>What else changed</h2>
      {changes.length === 0 ? <p className="muted">Nothing that is recorded.</p> : show(changes.slice(0, fewChanges))}
      {changes.length > fewChanges && (
        <details>
          <summary>{changes.length - fewChanges} more</summary>
          {show(changes.slice(fewChanges))}
        </details>
      )}
    </section>
  )
}

export function Coverage({ coverage }: { readonly coverage: ExplainCoverage }) {
  const { share, processesShare, gaps, missing } = coverage
  return (
    <section className="panel" aria-label="How much of it is known">
      <h2>How much of it is known</h2>
      <dl className="pairs">
        <div>
          <dt>Seconds recorded</dt>
          <dd className={share < 0.95 ? 'warning' : ''}>{formatPercent(share)}</dd>
        </div>
        <div>
          <dt>Processes read</dt>
          <dd>{formatPercent(processesShare)}</dd>
        </div>
        {gaps.slice(0, 8).map(({ startMs, endMs, reason }) => (
          <div key={startMs}>
            <dt className="warning">{sayTimes({ startMs, endMs }).slice(11)}</dt>
            <dd>{reason}</dd>
          </div>
        ))}
        {missing.map(({ what, reason }) => (
          <div key={what}>
            <dt className="muted">{what}</dt>
            <dd className="muted">{reason}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

export function Comparison({ against }: { readonly against: ExplainComparison }) {
  return (
    <section className="panel" aria-label="Compared">
      <h2>Compared with {sayTimes(against.window)}</h2>
      <p>{against.summary}</p>
      <ul className="lines">
        {against.differences.map(({ sentence }) => (
          <li key={sentence}>{capital(sentence)}</li>
        ))}
      </ul>
      {against.findings.length > 0 && (
        <details>
          <summary>What was short then</summary>
          <ul className="lines">
            {against.findings.map(({ sentence }) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

const sayLevel = (level: Level | undefined): string =>
  level === undefined ? '–' : `${formatValue(level.mean, level.unit)}, most ${formatValue(level.peak, level.unit)}`

/** All that was looked at: used, saturated, errors. */
export function Resources({ resources }: { readonly resources: readonly ResourceUse[] }) {
  return (
    <details className="panel resources">
      <summary>Every resource that was looked at</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens, and then by keys too */}
      <section className="scroller" tabIndex={0} aria-label="Table of resources">
        <table className="top-table">
          <thead>
            <tr>
              {['Resource', 'Used', 'Saturated', 'Errors'].map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {resources.map(({ resource, instance, isShort, used, saturated, errors }) => (
              <tr key={`${resource} ${instance}`} className={isShort ? 'warning' : undefined}>
                <td>{[resourceTitles[resource], instance].filter(Boolean).join(' ')}</td>
                <td>{sayLevel(used)}</td>
                <td>{sayLevel(saturated)}</td>
                <td>{sayLevel(errors)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  )
}
