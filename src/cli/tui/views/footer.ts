import { clip, widthOf } from '../../output/fit.ts'
import type { Pane } from '../cells.ts'
import type { LineEdit, TopState } from '../state.ts'
import type { Role } from '../theme.ts'
import { type Paint, runs } from './paint.ts'

/** The last line: what is typed, else what there is to say, else the keys. */
export function paintFooter(pane: Pane, state: TopState, paint: Paint): void {
  const { dialog, message, lost } = state
  if (dialog?.kind === 'filter')
    paintPrompt(pane, 'filter: ', dialog.line, state.filterProblem, 'Enter keeps it, Esc takes it back', paint)
  else if (dialog?.kind === 'jump')
    paintPrompt(pane, 'go to: ', dialog.line, dialog.problem, '03:12   -5m   yesterday 22:00', paint)
  else if (message !== undefined) runs(pane, 1, 0, paint, [[clip(message.text, pane.width - 1), message.tone]])
  else if (lost !== undefined) runs(pane, 1, 0, paint, [[clip(lost, pane.width - 1), 'bad']])
  else paintKeys(pane, state, paint)
}

function paintPrompt(
  pane: Pane,
  label: string,
  { text, cursor }: LineEdit,
  problem: string | undefined,
  hint: string,
  paint: Paint,
): void {
  const start = runs(pane, 1, 0, paint, [[label, 'key']])
  // The end of a long line is what is being typed.
  const room = Math.max(4, pane.width - start - 2)
  const before = tail(text.slice(0, cursor), room)
  const at = pane.text(start, 0, before, paint.theme.style.prompt)
  const under = [...text.slice(cursor)][0] ?? ' '
  const after = pane.text(at, 0, under, paint.theme.style.selected)
  const end = pane.text(after, 0, text.slice(cursor + under.length), paint.theme.style.prompt)
  if (problem !== undefined) runs(pane, end + 2, 0, paint, [[problem, 'warn']])
  else if (text === '' || label.startsWith('filter')) runs(pane, end + 2, 0, paint, [[hint, 'faint']])
}

function tail(text: string, width: number): string {
  let shown = text
  while (widthOf(shown) > width - 1) shown = [...shown].slice(1).join('')
  return shown
}

type Hint = readonly [string, string]
const liveHints: readonly Hint[] = [
  ['?', 'help'],
  ['/', 'filter'],
  ['<>', 'sort'],
  ['t', 'tree'],
  ['Enter', 'details'],
  ['k', 'signal'],
  ['g', 'go to a time'],
  ['Left', 'a second back'],
  ['f', 'follow'],
  ['q', 'quit'],
]
const replayHints: readonly Hint[] = [
  ['L', 'live'],
  ['Left Right', 'second'],
  ['[ ]', 'minute'],
  ['{ }', 'hour'],
  ['Space', 'play'],
  ['+ -', 'speed'],
  ['g', 'go to'],
  ['?', 'help'],
  ['q', 'quit'],
]

function paintKeys(pane: Pane, { mode }: TopState, paint: Paint): void {
  let x = 1
  for (const [key, what] of mode.kind === 'replay' ? replayHints : liveHints) {
    if (x + key.length + what.length + 1 > pane.width) return
    const pieces: readonly (readonly [string, Role])[] = [
      [key, 'key'],
      [` ${what}`, 'faint'],
    ]
    x = runs(pane, x, 0, paint, pieces) + 2
  }
}
