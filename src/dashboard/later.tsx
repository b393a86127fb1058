import type { ComponentProps, ReactNode } from 'react'
import { Alerts } from './pages/alerts.tsx'
import { Anomalies } from './pages/anomalies.tsx'
import { ExplainPage } from './pages/explain.tsx'
import { Login } from './pages/login.tsx'
import { Services } from './pages/services.tsx'
import { Sysmon } from './pages/sysmon.tsx'
import { Drawer } from './parts/drawer.tsx'
import { Help } from './parts/help.tsx'
import { Palette } from './parts/palette.tsx'
import type { PageName } from './state/place.ts'

/** What the first picture does not need: one script, for together it packs a tenth better than in parts. */
const pages: Readonly<Partial<Record<PageName, () => ReactNode>>> = {
  explain: ExplainPage,
  alerts: Alerts,
  anomalies: Anomalies,
  services: Services,
  sysmon: Sysmon,
  signin: Login,
}

export function LaterPage({ page }: { readonly page: PageName }) {
  const Shown = pages[page]
  return Shown === undefined ? null : <Shown />
}

interface OverProps {
  readonly process: ComponentProps<typeof Drawer> | undefined
  readonly overlay: 'palette' | 'help' | undefined
  readonly close: () => void
}

/** What opens over any page. */
export function Over({ process, overlay, close }: OverProps) {
  return (
    <>
      {process !== undefined && <Drawer key={`${process.pid} ${process.startTicks}`} {...process} />}
      {overlay === 'palette' && <Palette close={close} />}
      {overlay === 'help' && <Help close={close} />}
    </>
  )
}
