import { useEffect, useRef } from 'react'
import { alerts } from '../data/alerts.ts'
import { useCell } from '../data/cell.ts'
import { changed, go, leaving, place } from '../data/place-store.ts'
import { raisedOf } from '../state/alerts.ts'
import { formatPlace } from '../state/place.ts'
import { analysis, menu, pageTitles } from '../titles.ts'

export function Navigation() {
  const here = useCell(place)
  const element = useRef<HTMLElement>(null)
  // Where the menu is one line that scrolls, the page one is on is in sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it moves with the page
  useEffect(() => {
    const bar = element.current
    const current = bar?.querySelector<HTMLElement>('[aria-current]')
    if (bar === null || current === null || current === undefined) return
    bar.scrollLeft = current.offsetLeft - (bar.clientWidth - current.offsetWidth) / 2
  }, [here.page])
  return (
    <nav ref={element} className="navigation" aria-label="Pages">
      <a
        className="brand"
        href="/"
        aria-label="sysmon"
        onClick={(event) => {
          event.preventDefault()
          go({ page: 'overview', process: undefined })
        }}
      >
        <img src="/icon.svg" alt="" width="22" height="22" />
        <span>sysmon</span>
      </a>
      <ul>
        {order.map((page) => (
          <li key={page} className={page === analysis.at(-1) ? 'is-last' : undefined}>
            <a
              href={formatPlace(changed(here, { page, ...leaving }))}
              aria-current={page === here.page ? 'page' : undefined}
              onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey) return
                event.preventDefault()
                go({ page, ...leaving })
              }}
            >
              {pageTitles[page]}
              {page === 'alerts' && <Badge />}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** What was made of the measurements stands after the overview. */
const order = [...menu.slice(0, 1), ...analysis, ...menu.slice(1)]

/** How many alerts last, in the colour of the worst. */
function Badge() {
  const active = raisedOf(useCell(alerts)?.active ?? [])
  if (active.length === 0) return null
  const isCritical = active.some(({ severity }) => severity === 'critical')
  return (
    <span className={isCritical ? 'badge is-bad' : 'badge'}>
      {active.length}
      <span className="visually-hidden"> active</span>
    </span>
  )
}
