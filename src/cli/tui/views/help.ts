import { wrap } from '../../output/fit.ts'
import type { Pane } from '../cells.ts'
import type { Dialog } from '../state.ts'
import { centred } from './dialogs.ts'
import { box, type Paint, runs } from './paint.ts'

/** Every key there is. A test holds this against the keys that do something. */
export interface HelpGroup {
  readonly title: string
  readonly keys: readonly (readonly [string, string])[]
}

export const helpGroups: readonly HelpGroup[] = [
  {
    title: 'Time',
    keys: [
      ['Left Right', 'a second back, a second on'],
      ['[ ]  Shift-Left Right', 'a minute'],
      ['{ }', 'an hour'],
      ['g', 'go to a time: 03:12, -5m, yesterday 22:00'],
      ['Space', 'stand still; play from there'],
      ['+ -', 'faster, slower'],
      ['L  End', 'back to live'],
    ],
  },
  {
    title: 'Processes',
    keys: [
      ['Up Down PgUp PgDn Home', 'move the selection; wheel and click too'],
      ['G  End', 'to the last one (End: when live)'],
      ['Enter', 'details; Esc closes; PgUp PgDn scroll them'],
      ['/', 'filter: words, user=root, cpu>50%, name~^kworker'],
      ['t', 'tree'],
      ['f', 'follow the selected one wherever it goes'],
      ['k  Del', 'send it a signal'],
      ['Esc', 'takes back details, following, filter, in turn'],
    ],
  },
  {
    title: 'Order',
    keys: [
      ['< >', 'by the column beside; a click on a header too'],
      ['i', 'turn the order round'],
      ['c m r w', 'by CPU, memory, reads, writes'],
      ['d h', 'by waiting for a CPU (delay), threads'],
      ['p u s n', 'by pid, user, service, command'],
    ],
  },
  {
    title: 'Screen',
    keys: [
      ['1 2 3 4 5 6', 'hide or show: cpu, memory, pressure, storage,'],
      ['', 'network, processes'],
      ['Ctrl-L', 'paint again'],
      ['Ctrl-Z', 'to the shell; fg comes back'],
      ['?  F1', 'this help'],
      ['q  F10  Ctrl-C', 'quit'],
    ],
  },
]

const keysWidth = 24
const legend = [
  'CPU%: 100 is one core. WAIT%: share of the time in which it waited for a CPU.',
  'READ/s WRITE/s: bytes from and to storage. A dash: not known, which is not 0.',
  'memory used: what new work cannot have without swapping.',
]

type HelpLine = readonly [key: string, what: string]
const wideLines: readonly HelpLine[] = helpGroups.flatMap(({ title, keys }) => [
  [title, ''] as const,
  ...keys.map(([key, what]) => [`  ${key}`, what] as const),
])

/** What a key does stands below it. */
const narrowLines = (width: number): readonly HelpLine[] =>
  helpGroups.flatMap(({ title, keys }) => [
    [title, ''] as const,
    ...keys.flatMap(([key, what]) => [
      ...(key === '' ? [] : [[` ${key}`, ' '] as const]),
      ...wrap(what, width).map((text) => ['', `   ${text}`] as const),
    ]),
  ])

export function paintHelp(screen: Pane, dialog: Dialog & { kind: 'help' }, paint: Paint): void {
  const isNarrow = screen.width < 70
  const lines = isNarrow ? narrowLines(screen.width - 6) : wideLines
  const width = Math.min(screen.width, 84)
  const notes = legend.flatMap((text) => wrap(text, width - 4))
  const height = lines.length + notes.length + 3
  const pane = centred(screen, width, Math.min(height, screen.height))
  pane.fill(paint.theme.style.plain)
  const inside = box(pane, paint, 'dialogBox', {
    title: 'help',
    bottom: height > pane.height ? 'Up and Down scroll, any other key closes' : 'any key closes',
  })
  const all = [...lines, ['', ''] as const, ...notes.map((text) => ['', text] as const)]
  const first = Math.min(dialog.scroll, Math.max(0, all.length - inside.height))
  for (const [y, [key, what]] of all.slice(first, first + inside.height).entries()) {
    if (key === '') runs(inside, 1, y, paint, [[what, 'faint']])
    else if (what === '') runs(inside, 1, y, paint, [[key, 'title']])
    else
      runs(inside, 1, y, paint, [
        [key.padEnd(Math.min(keysWidth, Math.floor(inside.width / 2))), 'key'],
        [` ${what}`, 'plain'],
      ])
  }
}
