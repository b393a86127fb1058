import { signalNames } from '../../signals.ts'
import type { Pane } from '../cells.ts'
import type { Dialog } from '../state.ts'
import { box, type Paint, runs } from './paint.ts'

/** Questions in the middle of the screen. */
export function centred(pane: Pane, width: number, height: number): Pane {
  const w = Math.min(width, pane.width)
  const h = Math.min(height, pane.height)
  return pane.part(Math.floor((pane.width - w) / 2), Math.floor((pane.height - h) / 2), w, h)
}

const signalHelp: Readonly<Record<string, string>> = {
  TERM: 'asks it to end',
  KILL: 'ends it at once, nothing saved',
  HUP: 'terminal closed; many reload',
  INT: 'as Ctrl-C does',
  QUIT: 'ends it with a core dump',
  STOP: 'halts it',
  CONT: 'lets it go on',
  TSTP: 'as Ctrl-Z does',
  USR1: 'its own meaning',
  USR2: 'its own meaning',
  WINCH: 'terminal changed size',
}

export function paintSignal(screen: Pane, dialog: Dialog & { kind: 'signal' }, paint: Paint): void {
  const pane = centred(screen, 50, Math.min(18, screen.height - 2))
  pane.fill(paint.theme.style.plain)
  const { target, chosen, isConfirming } = dialog
  const inside = box(pane, paint, 'dialogBox', {
    title: 'signal',
    beside: `to ${target.pid} ${target.name}`,
    bottom: isConfirming ? 'y sends it, any other key does not' : 'Enter chooses, Esc leaves',
  })
  const name = signalNames[chosen] ?? ''
  runs(inside, 1, 0, paint, [
    [`${target.user}  `, 'faint'],
    [target.commandLine === '' ? target.name : target.commandLine, 'plain'],
  ])
  if (isConfirming) {
    const y = Math.max(1, Math.floor(inside.height / 2))
    runs(inside, 1, y, paint, [
      [`Send ${name} to ${target.pid} ${target.name}?`, 'strong'],
      [' y/n', 'key'],
    ])
    return
  }
  const rows = Math.max(1, inside.height - 2)
  const first = Math.max(0, Math.min(chosen - Math.floor(rows / 2), signalNames.length - rows))
  for (const [index, each] of signalNames.slice(first, first + rows).entries()) {
    const isChosen = first + index === chosen
    const line = inside.part(1, 2 + index, inside.width - 2, 1)
    if (isChosen) line.fill(paint.theme.style.selected)
    runs(line, 1, 0, paint, [
      [each.padEnd(8), isChosen ? 'selected' : 'plain'],
      [signalHelp[each] ?? '', isChosen ? 'selected' : 'faint'],
    ])
  }
}
