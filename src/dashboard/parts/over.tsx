import { type ComponentProps, Fragment } from 'react'
import { Drawer } from './drawer.tsx'
import { Help } from './help.tsx'
import { Palette } from './palette.tsx'

interface OverProps {
  readonly process: ComponentProps<typeof Drawer> | undefined
  readonly overlay: 'palette' | 'help' | undefined
  readonly close: () => void
}

/** What opens over any page: one script. */
export function Over({ process, overlay, close }: OverProps) {
  return (
    <Fragment>
      {process !== undefined && <Drawer key={`${process.pid} ${process.startTicks}`} {...process} />}
      {overlay === 'palette' && <Palette close={close} />}
      {overlay === 'help' && <Help close={close} />}
    </Fragment>
  )
}
