import { useCell } from '../data/cell.ts'
import { forecasts } from '../data/outlook.ts'
import { capital } from '../format/values.ts'
import type { PageName } from '../state/place.ts'

const shownOn: Readonly<Partial<Record<PageName, readonly string[]>>> = {
  disks: ['filesystem', 'inodes'],
  memory: ['memory', 'swap'],
}

/** When what the page is about runs out at the present trend, or why that cannot be told. */
export function Outlook({ page }: { readonly page: PageName }) {
  const all = useCell(forecasts)
  const shown = all.filter(({ resource }) => shownOn[page]?.includes(resource))
  if (shown.length === 0) return null
  return (
    <section className="panel absences" aria-label="Forecast">
      <h2>When it runs out</h2>
      <ul className="lines">
        {shown.map(({ status, sentence }) => (
          <li key={sentence} className={status === 'runs_out' ? 'warning' : 'muted'}>
            {capital(sentence)}
          </li>
        ))}
      </ul>
    </section>
  )
}
