import { useState } from 'react'
import type { Overlay } from '../app.tsx'
import { useCell } from '../data/cell.ts'
import { host, type Link, link, live } from '../data/feed.ts'
import { currentSpan, go, liveNowMs, place } from '../data/place-store.ts'
import { switchTheme, theme } from '../data/theme.ts'
import { formatClock, formatMoment } from '../format/values.ts'
import { explainThis, goLive } from '../keys.ts'
import { fixedView, pan, presets } from '../state/view.ts'
import { pageTitles } from '../titles.ts'

const linkTexts: Readonly<Record<Link, string>> = {
  connecting: 'Connecting',
  stream: 'Live',
  polling: 'Live',
  offline: 'Offline',
  denied: 'Logged out',
}
const themeTexts = { auto: '◐', light: '☀', dark: '☾' } as const

export function TopBar({ open }: { readonly open: (overlay: Overlay) => void }) {
  const { page, view } = useCell(place)
  const facts = useCell(host)
  const state = useCell(link)
  const colors = useCell(theme)
  const isPast = view.kind === 'fixed' && (state === 'stream' || state === 'polling')
  return (
    <header className="top-bar">
      <div className="where">
        <h1>{pageTitles[page]}</h1>
        <span className="host muted" title={facts === undefined ? '' : `${facts.osName}, kernel ${facts.kernel}`}>
          {facts?.hostName ?? '\u00a0'}
          <span className="host-more">
            {facts === undefined ? '' : ` · ${facts.osName} · ${sayCpus(facts.logicalCpus)}`}
          </span>
        </span>
      </div>
      <span
        className={`link is-${state}`}
        role="status"
        title={state === 'offline' ? 'The daemon does not answer; trying again' : undefined}
      >
        {isPast ? 'Past' : linkTexts[state]}
        {state === 'offline' && live.get() !== undefined && ` since ${formatClock(liveNowMs())}`}
      </span>
      <TimePicker />
      <ExplainThis />
      <div className="tools">
        <button type="button" onClick={() => open('palette')} title="Commands (Ctrl-K)" aria-label="Commands">
          ⌘
        </button>
        <button type="button" onClick={switchTheme} title={`Colours: ${colors} (t)`} aria-label={`Colours: ${colors}`}>
          {themeTexts[colors]}
        </button>
        <button type="button" onClick={() => open('help')} title="Keys and help (?)" aria-label="Help">
          ?
        </button>
      </div>
    </header>
  )
}

/** Beside the time, as soon as there is one that somebody chose. */
function ExplainThis() {
  const { page, view, atMs } = useCell(place)
  if (page === 'explain' || (view.kind === 'live' && atMs === undefined)) return null
  return (
    <button type="button" className="explain-this" onClick={explainThis} title="What was short, who used it (e)">
      Explain this
    </button>
  )
}

const sayCpus = (count: number): string => (count === 1 ? '1 CPU' : `${count} CPUs`)

function TimePicker() {
  const { view } = useCell(place)
  const [isCustom, setCustom] = useState(false)
  const isLive = view.kind === 'live'
  const preset = presets.find(({ spanMs }) => isLive && spanMs === view.spanMs)
  return (
    <fieldset className="picker">
      <legend className="visually-hidden">Time</legend>
      <button type="button" onClick={() => go({ view: pan(view, -1, liveNowMs()) })} aria-label="Earlier">
        ‹
      </button>
      <select
        aria-label="Time range"
        value={preset?.text ?? 'custom'}
        onChange={({ target }) => {
          const chosen = presets.find(({ text }) => text === target.value)
          setCustom(chosen === undefined)
          if (chosen !== undefined) go({ view: { kind: 'live', spanMs: chosen.spanMs }, atMs: undefined })
        }}
      >
        {presets.map(({ text, name }) => (
          <option key={text} value={text}>
            {name}
          </option>
        ))}
        <option value="custom">{view.kind === 'fixed' ? sayRange(view.startMs, view.endMs) : 'Custom…'}</option>
      </select>
      <button
        type="button"
        onClick={() => go({ view: pan(view, 1, liveNowMs()) })}
        disabled={isLive}
        aria-label="Later"
      >
        ›
      </button>
      <button type="button" className="live-button" aria-pressed={isLive} onClick={goLive} title="Back to now (l)">
        Live
      </button>
      {isCustom && <CustomRange close={() => setCustom(false)} />}
    </fieldset>
  )
}

const sayRange = (startMs: number, endMs: number): string => {
  const end = formatMoment(endMs)
  const start = formatMoment(startMs)
  return `${start} to ${end.slice(0, 10) === start.slice(0, 10) ? end.slice(11) : end}`
}

function CustomRange({ close }: { readonly close: () => void }) {
  const span = currentSpan()
  const local = (ms: number): string => formatMoment(ms).replace(' ', 'T')
  return (
    <form
      className="custom"
      onSubmit={(event) => {
        event.preventDefault()
        const data = new FormData(event.currentTarget)
        const startMs = Date.parse(String(data.get('from')))
        const endMs = Date.parse(String(data.get('to')))
        if (Number.isFinite(startMs) && Number.isFinite(endMs)) go({ view: fixedView(startMs, endMs), atMs: undefined })
        close()
      }}
    >
      <label>
        From <input name="from" type="datetime-local" step="1" required defaultValue={local(span.startMs)} />
      </label>
      <label>
        To <input name="to" type="datetime-local" step="1" required defaultValue={local(span.endMs)} />
      </label>
      <button type="submit" className="primary">
        Show
      </button>
      <button type="button" onClick={close}>
        Cancel
      </button>
    </form>
  )
}
