import { useEffect, useState } from 'react'
import type { HistoryQuery, HistoryResponse } from '../../api/contract.ts'
import { after, every } from '../browser.ts'
import { appendTick, type ChartColumns, toColumns } from '../state/columns.ts'
import { type LiveState, seriesKey } from '../state/live.ts'
import { spanOf, type TimeView } from '../state/view.ts'
import { api, sayError } from './api.ts'
import { live } from './feed.ts'
import { liveNowMs } from './place-store.ts'

/** What a chart asks for; the time is the page's. */
export interface Wanted {
  readonly metric: string
  readonly labels?: Readonly<Record<string, string>>
}
export interface History {
  readonly columns?: ChartColumns
  readonly problem?: string
}

interface Waiting {
  readonly query: HistoryQuery
  readonly resolve: (answer: HistoryResponse) => void
  readonly reject: (error: unknown) => void
}
/** The route takes as many at once. */
const mostQueries = 100
let waiting: Waiting[] = []
let isFlushing = false

/** All charts of a page ask within one moment: they travel as one request. */
function enqueue(query: HistoryQuery): Promise<HistoryResponse> {
  return new Promise((resolve, reject) => {
    waiting.push({ query, resolve, reject })
    if (!isFlushing) after(0, flush)
    isFlushing = true
  })
}

function flush(): void {
  isFlushing = false
  const all = waiting
  waiting = []
  for (let from = 0; from < all.length; from += mostQueries) {
    const some = all.slice(from, from + mostQueries)
    api.query(some.map(({ query }) => query)).then(
      (answers) => {
        for (const [place, { resolve, reject }] of some.entries()) {
          const answer = answers[place]
          if (answer === undefined) reject(new Error('the daemon left an answer out'))
          else resolve(answer)
        }
      },
      (error: unknown) => {
        for (const { reject } of some) reject(error)
      },
    )
  }
}

/** Charts of steps up to this follow the ticks; coarser ones are asked for again. */
const followedStepMs = 2000
const leastRefreshMs = 10_000
/** So often an empty chart is asked for at each tick; after that as often as all. */
const mostEmptyLoads = 5

function follow(columns: ChartColumns, state: LiveState, span: TimeView): ChartColumns {
  if (span.kind === 'fixed' || columns.stepMs > followedStepMs) return columns
  const read = (metric: string, labels: Readonly<Record<string, string>>): number | undefined =>
    state.values.get(seriesKey(metric, labels))
  return appendTick(columns, state.unixMs, read, spanOf(span, state.unixMs))
}

/** Columns over the time of the page; in live they grow by each tick, and what was missed is asked for. */
export function useHistory(wanted: readonly Wanted[], view: TimeView): History {
  const [history, setHistory] = useState<History>({})
  const key = JSON.stringify([wanted, view])
  useEffect(() => {
    const [queries, span] = JSON.parse(key) as [Wanted[], TimeView]
    let isOver = false
    let columns: ChartColumns | undefined
    let emptyLoads = 0
    const show = (next: History): void => {
      if (!isOver) setHistory(next)
    }
    // Ticks that come while an answer is on its way are not in it: without them there would be a hole that is none.
    let arrived: LiveState[] | undefined
    const load = (): void => {
      const now = live.get()
      const since: LiveState[] = now === undefined ? [] : [now]
      arrived = since
      const { startMs, endMs } = spanOf(span, liveNowMs())
      // Of a window that reaches into the future, what is there is shown.
      const end = Math.round(Math.min(endMs, Math.max(liveNowMs(), startMs + 1)))
      const asked = queries.map((one) => enqueue({ ...one, start: Math.round(startMs), end }))
      Promise.all(asked)
        .then((answers) => {
          columns = since.reduce((grown, state) => follow(grown, state, span), toColumns(answers))
          show({ columns })
        })
        .catch((error: unknown) => show({ ...(columns === undefined ? {} : { columns }), problem: sayError(error) }))
        .finally(() => {
          if (arrived === since) arrived = undefined
        })
    }
    load()
    if (span.kind === 'fixed') {
      return () => {
        isOver = true
      }
    }
    const stopFollowing = live.subscribe(() => {
      const state = live.get()
      if (state === undefined) return
      arrived?.push(state)
      if (columns === undefined) return
      // Asked for before the first tick was stored: there is nothing yet that could be followed.
      if (state.missed > 0 || (columns.lines.length === 0 && emptyLoads++ < mostEmptyLoads)) return load()
      if (columns.stepMs > followedStepMs) return
      columns = follow(columns, state, span)
      show({ columns })
    })
    const stopRefreshing = every(Math.max(leastRefreshMs, span.spanMs / 300), () => {
      if (columns === undefined || columns.lines.length === 0 || columns.stepMs > followedStepMs) load()
    })
    return () => {
      isOver = true
      stopFollowing()
      stopRefreshing()
    }
  }, [key])
  return history
}
