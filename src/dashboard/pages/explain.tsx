import { useEffect, useRef, useState } from 'react'
import type { ExplainResponse } from '../../api/explain-contract.ts'
import { every, nowMs } from '../browser.ts'
import { sayError, Unreachable } from '../data/api.ts'
import { useCell } from '../data/cell.ts'
import { explain } from '../data/explain-api.ts'
import { link } from '../data/feed.ts'
import { go, liveNowMs, place } from '../data/place-store.ts'
import { formatPercent, formatSeconds } from '../format/values.ts'
import { explainParameters, explainWindow } from '../state/explain-window.ts'
import type { Against } from '../state/place.ts'
import type { Span } from '../state/view.ts'
import { FindingItem, sayTimes } from './explain-finding.tsx'
import { Changes, Comparison, Coverage, Resources } from './explain-more.tsx'

interface Asked {
  readonly window: Span
  readonly answer?: ExplainResponse
  readonly problem?: unknown
}

/** What was short in the window of the page, since when, who used it up and who waited. */
export function ExplainPage() {
  const { view, atMs, against } = useCell(place)
  const [asked, setAsked] = useState<Asked | undefined>(undefined)
  const [attempt, setAttempt] = useState(0)
  const state = useCell(link)
  // A second chosen within a window is for the process beside it: the window is the same.
  const key = JSON.stringify([view, view.kind === 'fixed' ? undefined : atMs, against, attempt])
  const shown = useRef<Asked | undefined>(undefined)
  shown.current = asked
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew when the window becomes another
  useEffect(() => {
    const window = explainWindow(place.get(), liveNowMs())
    if (isShown(shown.current, window, against)) return
    const abort = new AbortController()
    setAsked({ window })
    explain(explainParameters(window, against), abort.signal).then(
      (answer) => setAsked({ window, answer }),
      (problem: unknown) => {
        if (!abort.signal.aborted) setAsked({ window, problem })
      },
    )
    return () => abort.abort()
  }, [key])
  const again = (): void => {
    shown.current = undefined
    setAsked(undefined)
    setAttempt((before) => before + 1)
  }
  const isUnreachable = asked?.problem instanceof Unreachable
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when the daemon is back, and only then
  useEffect(() => {
    if (isUnreachable && (state === 'stream' || state === 'polling')) again()
  }, [state])
  const window = asked?.window ?? explainWindow({ view, ...(atMs === undefined ? {} : { atMs }) }, liveNowMs())
  return (
    <>
      <section className="panel explain-head" aria-label="What is explained">
        <p className="muted">
          {view.kind === 'live' && atMs === undefined ? `The last ${sayLength(window)}` : sayTimes(window)}
          {view.kind === 'fixed' && ` (${sayLength(window)})`}
        </p>
        <div className="tools">
          <AgainstPicker against={against} />
          <button type="button" onClick={again} disabled={asked !== undefined && isPending(asked)}>
            Look again
          </button>
        </div>
      </section>
      {asked === undefined || isPending(asked) ? (
        <Reading window={window} />
      ) : asked.answer === undefined ? (
        <Trouble problem={asked.problem} again={again} />
      ) : (
        <Answer answer={asked.answer} />
      )}
    </>
  )
}

const isPending = ({ answer, problem }: Asked): boolean => answer === undefined && problem === undefined

/** The same window was answered already: it only became one that stands still. */
function isShown(asked: Asked | undefined, window: Span, against: Against | undefined): boolean {
  if (asked?.answer === undefined || (asked.answer.against !== undefined) !== (against !== undefined)) return false
  if (against !== undefined) return false
  return (
    Math.round(asked.window.startMs) === Math.round(window.startMs) &&
    Math.round(asked.window.endMs) === Math.round(window.endMs)
  )
}

const sayLength = ({ startMs, endMs }: Span): string =>
  formatSeconds(Math.round((endMs - startMs) / 1000)).replace(' 0 s', '')

const choices: readonly (readonly [Against | undefined, string])[] = [
  [undefined, 'Nothing'],
  ['previous', 'The time before'],
  ['yesterday', 'A day before'],
]

function AgainstPicker({ against }: { readonly against: Against | undefined }) {
  return (
    <label className="inline">
      <span className="muted">Compare with</span>
      <select
        value={against ?? ''}
        onChange={({ target }) => go({ against: choices.find(([name]) => (name ?? '') === target.value)?.[0] })}
      >
        {choices.map(([name, text]) => (
          <option key={text} value={name ?? ''}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

/** A day takes seconds to read: that it goes on is seen. */
export function Reading({ window }: { readonly window: Span }) {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const begunMs = nowMs()
    return every(1000, () => setSeconds(Math.round((nowMs() - begunMs) / 1000)))
  }, [])
  return (
    <section className="panel reading" aria-busy="true" aria-label="Reading">
      <p>
        Reading {sayLength(window)} of the record…{' '}
        <span className="muted">{seconds >= 2 ? `${seconds} s; long windows take a while` : ''}</span>
      </p>
      <div className="running" />
      <div className="ghost" />
      <div className="ghost" />
    </section>
  )
}

export function Trouble({ problem, again }: { readonly problem: unknown; readonly again: () => void }) {
  const isGone = problem instanceof Unreachable
  return (
    <section className="panel calm" aria-label="No answer">
      <h2>{isGone ? 'The daemon does not answer' : 'This could not be explained'}</h2>
      <p className="muted">{isGone ? 'It is asked again as soon as it is back.' : sayError(problem)}</p>
      <p>
        <button type="button" onClick={again}>
          Try again
        </button>
      </p>
    </section>
  )
}

export function Answer({ answer }: { readonly answer: ExplainResponse }) {
  const { findings, isQuiet, summary, resources, coverage } = answer
  const isEmpty = coverage.share === 0
  return (
    <>
      {isQuiet || isEmpty ? (
        <section className="panel calm" aria-label="Answer">
          <h2 className={isEmpty ? '' : 'fine'}>{isEmpty ? 'Nothing was recorded then' : 'Nothing was short'}</h2>
          <p className="muted">{isEmpty ? sayEmpty(answer) : sayQuiet(summary, resources.length)}</p>
        </section>
      ) : (
        <ol className="explained-findings" aria-label="Findings">
          {findings.map((finding) => (
            <FindingItem key={finding.rank} finding={finding} window={answer.window} />
          ))}
        </ol>
      )}
      {answer.against !== undefined && <Comparison against={answer.against} />}
      {!isEmpty && (
        <div className="halves">
          <Changes changes={answer.changes} window={answer.window} />
          <Coverage coverage={coverage} />
        </div>
      )}
      {!isEmpty && <Resources resources={resources} />}
    </>
  )
}

const sayEmpty = ({ coverage }: ExplainResponse): string =>
  coverage.gaps[0]?.reason === undefined
    ? 'sysmon was not running, or this is older than what is kept.'
    : `sysmon was not running, or this is older than what is kept (${coverage.gaps[0].reason}).`

const sayQuiet = (summary: string, count: number): string =>
  `${count} resources were looked at, and none was over its bound. ${/^Nothing was short\.?$/.test(summary) ? '' : summary.replace(/^Nothing was short[.;,]?\s*/, '')}`.trim()

export const sayShare = (share: number | undefined): string => (share === undefined ? '' : formatPercent(share))
