import { charts } from '../chart/declarations.ts'
import { ChartPanel } from '../chart/panel.tsx'
import { MomentPanel } from '../parts/moment.tsx'
import type { PageName } from '../state/place.ts'

/** A page of charts with the processes of the chosen second beside them. */
export function Subject({ page }: { readonly page: PageName }) {
  return (
    <div className="beside">
      <div className="grid" key={page}>
        {charts[page]?.map((def) => (
          <ChartPanel key={def.title} def={def} />
        ))}
      </div>
      <MomentPanel />
    </div>
  )
}
