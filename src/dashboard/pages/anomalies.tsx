import { useCallback } from 'react'
import type { AnomaliesResponse, AnomalyBand, AnomalyEpisode } from '../../api/anomaly-contract.ts'
import { bandsOn } from '../chart/bands.ts'
import { charts } from '../chart/declarations.ts'
import { useCell } from '../data/cell.ts'
import { anomalies } from '../data/explain-api.ts'
import { useLoaded } from '../data/loaded.ts'
import { changed, go, leaving, liveNowMs, place } from '../data/place-store.ts'
import { capital, formatLabels, formatValue } from '../format/values.ts'
import { formatPlace, type PageName } from '../state/place.ts'
import { fixedView, spanLengthMs, spanOf, type TimeView } from '../state/view.ts'
import { ChartLink, sayTimes } from './explain-finding.tsx'

const periodMs = 60_000
const dayMs = 86_400_000
/** Around an episode, so that one sees what was usual. */
const aroundMs = 300_000

/** When this machine was unlike itself in the window (live: the last day), and in what, the most unusual first. */
export function Anomalies() {
  const { view } = useCell(place)
  const isDay = view.kind === 'live' && spanLengthMs(view) <= dayMs
  const load = useCallback(() => {
    const shown: TimeView = isDay ? { kind: 'live', spanMs: dayMs } : view
    const { startMs, endMs } = spanOf(shown, liveNowMs())
    return anomalies({ start: Math.round(startMs), end: Math.round(endMs) })
  }, [view, isDay])
  const [{ value, problem }] = useLoaded(load, periodMs)
  return (
    <>
      <section className="panel explain-head" aria-label="What is watched">
        <p className="muted">{view.kind === 'live' ? (isDay ? 'The last day' : 'This time') : sayTimes(view)}</p>
        <p className="muted">{value === undefined ? '' : sayWatch(value)}</p>
      </section>
      {value === undefined ? (
        <section className="panel calm" aria-busy={problem === undefined} aria-label="Anomalies">
          <p className="muted">{problem ?? 'Asking…'}</p>
        </section>
      ) : value.episodes.length === 0 ? (
        <section className="panel calm" aria-label="Anomalies">
          <h2 className={value.watch.status === 'watching' ? 'fine' : ''}>Nothing was unlike itself</h2>
          <p className="muted">
            Anomalies are shown here and on the charts. Nobody is told of them, unless a rule asks for it.
          </p>
        </section>
      ) : (
        <ol className="explained-findings" aria-label="Anomalies">
          {value.episodes.map((episode) => (
            <Episode key={episode.rank} episode={episode} />
          ))}
        </ol>
      )}
    </>
  )
}

function sayWatch({ watch: { status, why, series } }: AnomaliesResponse): string {
  const word = { watching: `${series} series are watched`, learning: 'Still learning', off: 'Off', failed: 'Failed' }[
    status
  ]
  return why === undefined ? word : `${word}: ${why}`
}

export function Episode({ episode }: { readonly episode: AnomalyEpisode }) {
  const { startMs, endMs, sentence, bands } = episode
  const view = fixedView(startMs - aroundMs, Math.min(endMs + aroundMs, Math.max(liveNowMs(), startMs)))
  return (
    <li className="panel found">
      <header>
        <b>{sayTimes(episode)}</b>
      </header>
      <h2>{capital(sentence)}</h2>
      <ul className="evidence" aria-label="Metrics">
        {bands.map((band) => (
          <li key={`${band.metric} ${JSON.stringify(band.labels)} ${band.startMs}`}>
            <ChartLink
              address={formatPlace(changed(place.get(), { ...leaving, page: pageOf(band), view, atMs: band.startMs }))}
              metric={band.metric}
            >
              {sayBand(band)}
            </ChartLink>
          </li>
        ))}
      </ul>
      <div className="tools">
        <button type="button" onClick={() => go({ ...leaving, page: 'explain', view, atMs: undefined })}>
          Explain
        </button>
      </div>
    </li>
  )
}

const sayBand = ({ metric, labels, value, unit, expectedLow, expectedHigh, isOpen }: AnomalyBand): string =>
  `${[metric, formatLabels(labels, ['role'])].filter(Boolean).join(' ')}: ${formatValue(value, unit)}, usually ${formatValue(expectedLow, unit)} to ${formatValue(expectedHigh, unit)}${isOpen ? '; it lasts' : ''}`

/** The page that has the most to say of it, not the overview, where there is one. */
function pageOf(band: AnomalyBand): PageName {
  const names = (Object.keys(charts) as PageName[]).filter((page) =>
    charts[page]?.some(({ wanted }) => bandsOn([band], wanted).length > 0),
  )
  return names.find((name) => name !== 'overview') ?? 'overview'
}
