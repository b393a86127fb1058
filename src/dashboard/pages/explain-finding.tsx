import type { Actor, Evidence, ExplainFinding, ExplainWindow, ResourceName } from '../../api/explain-contract.ts'
import { go } from '../data/place-store.ts'
import { capital, formatClock, formatMoment, formatPercent, formatValue, shortService } from '../format/values.ts'
import { parsePlace } from '../state/place.ts'
import { fixedView, type Span } from '../state/view.ts'

export const resourceTitles: Readonly<Record<ResourceName, string>> = {
  cpu: 'CPU',
  memory: 'Memory',
  swap: 'Swap',
  disk: 'Disk',
  filesystem: 'Filesystem',
  network: 'Network',
  tcp: 'TCP',
  cgroup: 'Service limit',
  descriptors: 'Descriptors',
  processes: 'Processes',
  time: 'Time',
  heat: 'Heat',
}

/** The day where it is not told by the other end, or is another one. */
export function sayTimes({ startMs, endMs }: Span): string {
  const [start, end] = [formatMoment(startMs), formatMoment(endMs)]
  return `${start} to ${start.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : end}`
}

/** As docs/explain.md has the bands: what was lost or stood still, what waited, what was merely much. */
export function gradeOf(severity: number): readonly ['severe' | 'high' | 'moderate' | 'low', number] {
  if (severity >= 0.85) return ['severe', 4]
  if (severity >= 0.5) return ['high', 3]
  return severity >= 0.3 ? ['moderate', 2] : ['low', 1]
}

interface FindingProps {
  readonly finding: ExplainFinding
  readonly window: ExplainWindow
}

export function FindingItem({ finding, window }: FindingProps) {
  const { resource, instance, severity, sentence, culprits, waiters, evidence } = finding
  const [grade, dots] = gradeOf(severity)
  return (
    <li className={`panel found is-${grade}`}>
      <header>
        <b>{resourceTitles[resource]}</b>
        {instance !== undefined && <span className="muted">{instance}</span>}
        <span className="grade">
          <i aria-hidden="true">{'●'.repeat(dots)}</i>
          <i aria-hidden="true" className="muted">
            {'●'.repeat(4 - dots)}
          </i>{' '}
          {grade}
        </span>
      </header>
      <h2>{sentence}</h2>
      <p className="muted">{[saySince(finding), finding.unusualness?.sentence].filter(Boolean).join(' · ')}</p>
      {(culprits.length > 0 || waiters.length > 0) && (
        <div className="halves">
          <Actors
            title="Used by"
            actors={culprits}
            finding={finding}
            window={window}
            rest={finding.unattributedShare}
          />
          <Actors title="Waited" actors={waiters} finding={finding} window={window} />
        </div>
      )}
      {finding.attribution !== undefined && <p className="muted hint">{capital(finding.attribution)}</p>}
      <EvidenceList evidence={evidence} />
    </li>
  )
}

function saySince({ sinceMs, isOlder, startMs, endMs }: ExplainFinding): string {
  const seconds = Math.max(1, Math.round((endMs - startMs) / 1000))
  const lasted = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
  const when = Math.abs(sinceMs - startMs) < 86_400_000 / 2 ? formatClock(sinceMs) : formatMoment(sinceMs)
  return `${isOlder ? 'Since before' : 'Since'} ${when}, for ${lasted} of this time`
}

interface ActorsProps extends FindingProps {
  readonly title: string
  readonly actors: readonly Actor[]
  readonly rest?: number | undefined
}

function Actors({ title, actors, rest, ...at }: ActorsProps) {
  if (actors.length === 0) return null
  const most = Math.max(...actors.map(({ share, amount }) => share ?? amount))
  return (
    <section className="actors" aria-label={title}>
      <h3>{title}</h3>
      <ul>
        {actors.map((actor) => (
          <li key={`${actor.pid} ${actor.name} ${actor.cgroup}`}>
            <ActorName actor={actor} {...at} />
            <Bar share={actor.share ?? actor.amount / most} />
            <span className="number">
              {actor.share === undefined ? formatValue(actor.amount, actor.unit) : formatPercent(actor.share)}
            </span>
          </li>
        ))}
        {rest !== undefined && rest >= 0.005 && (
          <li className="muted">
            <span>Nobody recorded accounts for</span>
            <Bar share={rest} isRest />
            <span className="number">{formatPercent(rest)}</span>
          </li>
        )}
      </ul>
    </section>
  )
}

export function Bar({ share, isRest = false }: { readonly share: number; readonly isRest?: boolean }) {
  return (
    <span className={isRest ? 'bar is-rest' : 'bar'} aria-hidden="true">
      <i style={{ width: `${Math.min(Math.max(share, 0), 1) * 100}%` }} />
    </span>
  )
}

/** A process opens beside it, at a second of the stretch in which it was there. */
function ActorName({ actor, finding, window }: FindingProps & { readonly actor: Actor }) {
  const { pid, startTicks, name, processes, service, sentence, command } = actor
  const more = [
    processes === undefined ? pid : `${processes} processes`,
    service === undefined ? '' : shortService(service),
  ]
  const text = (
    <>
      {name} <span className="muted">{more.filter(Boolean).join(' · ')}</span>
    </>
  )
  const title = [sentence, command, actor.hasEnded === true ? 'it has ended' : ''].filter(Boolean).join('\n')
  if (pid === undefined) return <span title={title}>{text}</span>
  const atMs = Math.round(actor.hasEnded === true ? finding.startMs : (finding.startMs + finding.endMs) / 2)
  return (
    <button
      type="button"
      className="plain"
      title={title}
      onClick={() =>
        go({
          view: fixedView(window.startMs, window.endMs),
          atMs,
          process: { pid, ...(startTicks === undefined ? {} : { startTicks }) },
        })
      }
    >
      {text}
    </button>
  )
}

/** Each with the chart that shows it, in the same window. */
function EvidenceList({ evidence }: { readonly evidence: readonly Evidence[] }) {
  return (
    <ul className="evidence" aria-label="Evidence">
      {evidence.map(({ metric, labels, sentence, link }) => (
        <li key={`${metric} ${JSON.stringify(labels)} ${sentence}`}>
          <ChartLink address={link} metric={metric}>
            {capital(sentence)}
          </ChartLink>
        </li>
      ))}
    </ul>
  )
}

interface ChartLinkProps {
  readonly address: string
  readonly metric: string
  readonly children: string
}

export function ChartLink({ address, metric, children }: ChartLinkProps) {
  return (
    <a
      className="link-text"
      href={address}
      title={metric}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return
        event.preventDefault()
        const { pathname, search } = new URL(address, window.location.origin)
        const { page, view, atMs } = parsePlace(pathname, search)
        go({ page, view, atMs, process: undefined })
      }}
    >
      {children}
    </a>
  )
}
