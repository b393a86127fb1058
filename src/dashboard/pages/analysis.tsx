import type { PageName } from '../state/place.ts'
import { Alerts } from './alerts.tsx'
import { Anomalies } from './anomalies.tsx'
import { ExplainPage } from './explain.tsx'

/** What is made of the measurements: one script, for its pages have much in common. */
export function Analysis({ page }: { readonly page: PageName }) {
  return page === 'alerts' ? <Alerts /> : page === 'anomalies' ? <Anomalies /> : <ExplainPage />
}
