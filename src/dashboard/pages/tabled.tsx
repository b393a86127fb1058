import type { PageName } from '../state/place.ts'
import { Services } from './services.tsx'
import { Sysmon } from './sysmon.tsx'

/** Pages with a table beside their charts: one script. */
export function Tabled({ page }: { readonly page: PageName }) {
  return page === 'services' ? <Services /> : <Sysmon />
}
