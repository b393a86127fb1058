import { lazy, Suspense, useEffect, useState } from 'react'
import { after } from './browser.ts'
import { startAlerts } from './data/alerts.ts'
import { catalogue, loadCatalogue } from './data/catalogue.ts'
import { useCell } from './data/cell.ts'
import { host, link, startFeed } from './data/feed.ts'
import { startHealth } from './data/health.ts'
import { startOutlook } from './data/outlook.ts'
import { place } from './data/place-store.ts'
import { useKeys } from './keys.ts'
import { Overview } from './pages/overview.tsx'
import { Subject } from './pages/subject.tsx'
import { Boundary } from './parts/boundary.tsx'
import { Missing, Unread } from './parts/lost.tsx'
import { Navigation } from './parts/navigation.tsx'
import { TopBar } from './parts/top-bar.tsx'
import type { PageName } from './state/place.ts'
import { analysis, pageTitles } from './titles.ts'

const LaterPage = lazy(async () => ({ default: (await import('./later.tsx')).LaterPage }))
const Over = lazy(async () => ({ default: (await import('./later.tsx')).Over }))
const Processes = lazy(async () => ({ default: (await import('./pages/processes.tsx')).Processes }))

let isStarted = false
const preloadMs = 800
/** Asks for much of the record: after everything that somebody waits for. */
const outlookMs = 2500
/** The catalogue is asked for until it is there: everything else is drawn from it. */
function loadUntilThere(delayMs: number): void {
  loadCatalogue().catch(() => {
    if (link.get() !== 'denied') after(delayMs, () => loadUntilThere(Math.min(delayMs * 2, 10_000)))
  })
}

export type Overlay = 'palette' | 'help' | undefined

export function App() {
  const { page, process } = useCell(place)
  const state = useCell(link)
  const facts = useCell(host)
  const [overlay, setOverlay] = useState<Overlay>(undefined)
  useKeys(setOverlay)

  useEffect(() => {
    if (isStarted || page === 'signin') return
    isStarted = true
    startFeed()
    startHealth()
    after(preloadMs, startAlerts)
    after(outlookMs, startOutlook)
    if (catalogue.get() === undefined) loadUntilThere(1000)
    // Keys pressed while the palette or the filter is on its way would act on the page.
    after(preloadMs, () => void Promise.allSettled([import('./later.tsx'), import('./pages/processes.tsx')]))
  }, [page])
  useEffect(() => {
    document.title = `${pageTitles[page]}${facts === undefined ? '' : ` · ${facts.hostName}`} · sysmon`
  }, [page, facts])

  if (page === 'signin' || state === 'denied') {
    return (
      <Suspense fallback={null}>
        <LaterPage page="signin" />
      </Suspense>
    )
  }
  return (
    <div className={`app is-${state}`}>
      <a className="skip" href="#content">
        To the content
      </a>
      <Navigation />
      <TopBar open={setOverlay} />
      <main id="content" className="content" tabIndex={-1}>
        <Unread />
        <Boundary at={page} what="This page">
          <Suspense fallback={<div className="panel is-page" aria-busy="true" />}>
            <Page />
          </Suspense>
        </Boundary>
      </main>
      <Boundary at={`${process?.pid} ${overlay}`} what="What was opened here">
        <Suspense fallback={null}>
          {(process !== undefined || overlay !== undefined) && (
            <Over process={process} overlay={overlay} close={() => setOverlay(undefined)} />
          )}
        </Suspense>
      </Boundary>
      <output className="visually-hidden">{state === 'offline' ? 'The daemon does not answer.' : ''}</output>
    </div>
  )
}

const isLater = (page: PageName): boolean => page === 'services' || page === 'sysmon' || analysis.includes(page)

function Page() {
  const { page } = useCell(place)
  if (page === 'overview') return <Overview />
  if (page === 'processes') return <Processes />
  if (isLater(page)) return <LaterPage page={page} />
  if (page === 'missing') return <Missing />
  return <Subject page={page} />
}
