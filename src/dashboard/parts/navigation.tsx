import { useEffect, useRef } from 'react'
import { useCell } from '../data/cell.ts'
import { changed, go, place } from '../data/place-store.ts'
import { formatPlace } from '../state/place.ts'
import { menu, pageTitles } from '../titles.ts'

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
        {menu.map((page) => (
          <li key={page}>
            <a
              href={formatPlace(changed(here, { page, process: undefined }))}
              aria-current={page === here.page ? 'page' : undefined}
              onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey) return
                event.preventDefault()
                go({ page, process: undefined })
              }}
            >
              {pageTitles[page]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
