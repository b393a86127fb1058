import type { MetricInfo } from '../../api/contract.ts'
import { type ChartDef, charts } from '../chart/declarations.ts'
import { absenceOf } from '../chart/lines.ts'
import { ChartPanel } from '../chart/panel.tsx'
import { catalogue } from '../data/catalogue.ts'
import { useCell } from '../data/cell.ts'
import { Outlook } from '../parts/forecast.tsx'
import { MomentPanel } from '../parts/moment.tsx'
import type { PageName } from '../state/place.ts'

/** A page of charts with the processes of the chosen second beside them. */
export function Subject({ page }: { readonly page: PageName }) {
  const known = useCell(catalogue)
  const all = charts[page] ?? []
  // Before it is known what there is, only the overview may promise anything: what is taken away again makes a page jump.
  const shown = known !== undefined ? all.filter((def) => absenceOf(def, known) === undefined) : promised(page, all)
  return (
    <div className="beside">
      <div className="grid" key={page} aria-busy={known === undefined}>
        {shown.map((def) => (
          <ChartPanel key={def.title} def={def} />
        ))}
        <Outlook page={page} />
        {known !== undefined && <Absent defs={all} known={known} />}
      </div>
      <MomentPanel />
    </div>
  )
}

const promised = (page: PageName, all: readonly ChartDef[]): readonly ChartDef[] => (page === 'overview' ? all : [])

/** What this machine does not have or does not tell, by reason. */
function Absent({
  defs,
  known,
}: {
  readonly defs: readonly ChartDef[]
  readonly known: ReadonlyMap<string, MetricInfo>
}) {
  const byReason = new Map<string, string[]>()
  for (const def of defs) {
    const reason = absenceOf(def, known)
    if (reason !== undefined) byReason.set(reason, [...(byReason.get(reason) ?? []), def.title])
  }
  if (byReason.size === 0) return null
  return (
    <section className="panel absences" aria-label="Not measured here">
      <h2>Not measured here</h2>
      <dl>
        {[...byReason].map(([reason, titles]) => (
          <div key={reason}>
            <dt>{titles.join(', ')}</dt>
            <dd className="muted">{reason}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
