import { systemClock } from '../../base/clock.ts'
import type { CommandContext } from '../command.ts'
import { clientOf } from '../discovery.ts'
import { misuse } from '../mistake.ts'
import { fieldNamed } from '../process-fields.ts'
import { colourDepth } from '../tui/colour.ts'
import { onceLines } from '../tui/once.ts'
import { filterProblem, naturalOrder } from '../tui/process-table.ts'
import { runTop } from '../tui/program.ts'
import { canInteract, createScreen } from '../tui/screen.ts'
import { initialState, type TopState } from '../tui/state.ts'
import { symbolSetFor, symbolsOf } from '../tui/symbols.ts'
import { createTheme, parseThemeName, type ThemeName } from '../tui/theme.ts'
import type { Paint } from '../tui/views/paint.ts'

/** `sysmon top`: the machine on the whole terminal, live or as it was; one frame of text where nobody can press keys. */
const answerWithinMs = 5000
const usualRows = 40

export async function run(context: CommandContext): Promise<number> {
  const { client, io, options, out, times } = context
  const isOnce = options.flag('once') || !io.isTty || io.env.TERM === 'dumb' || !canInteract()
  const chosen = options.text('theme')
  const depth = isOnce ? 0 : colourDepth(io.env, options.flag('noColor') || !out.isColoured)
  const name = chosen === undefined ? themeFor(io.env) : parseThemeName(chosen)
  const paint: Paint = {
    theme: createTheme(name, depth),
    symbols: symbolsOf(symbolSetFor(io.env, options.flag('ascii'))),
    stamp: stampOf(times),
  }
  const size = { columns: out.width ?? columnsOf(io.env), rows: (isOnce ? undefined : io.rows) ?? usualRows }
  const initial = initialState(size, io.zone, times.at(), initialTable(context))
  if (isOnce) {
    for (const line of await onceLines(client, initial, paint, { wallMs: io.now })) out.line(line)
    return 0
  }
  // Whoever starts it without a daemon reads why at once, as with every other command; later it waits for one.
  await client.health()
  return await runTop({
    clock: systemClock,
    screen: createScreen(systemClock),
    connect: () => clientOf(context.places, { signal: io.interrupted, timeoutMs: answerWithinMs }),
    initial,
    paint,
    lightTheme: chosen === undefined && depth !== 0 && name !== 'light' ? createTheme('light', depth) : undefined,
    interrupted: io.interrupted,
  })
}

/** Zones differ from UTC by whole quarters of an hour: the calendar is asked once in each, not for each frame. */
const quarterMs = 900_000

function stampOf(times: CommandContext['times']): (unixMs: number) => string {
  let quarter = Number.NaN
  let text = ''
  return (unixMs) => {
    const now = Math.floor(unixMs / quarterMs)
    if (now !== quarter) {
      quarter = now
      text = times.stamp(now * quarterMs)
    }
    const seconds = Math.floor((unixMs - now * quarterMs) / 1000)
    const minute = Number(text.slice(14, 16)) + Math.floor(seconds / 60)
    return `${text.slice(0, 14)}${two(minute)}:${two(seconds % 60)}${text.slice(19)}`
  }
}

const two = (value: number): string => String(value).padStart(2, '0')

/** COLORFGBG, of rxvt and others: `foreground;background` in the sixteen; 7 and 15 are light. */
const themeFor = (env: CommandContext['io']['env']): ThemeName =>
  /;(?:7|15)$/.test(env.COLORFGBG ?? '') ? 'light' : 'default'

const columnsOf = (env: CommandContext['io']['env']): number => {
  const wished = Number(env.COLUMNS)
  return Number.isInteger(wished) && wished >= 20 ? Math.min(wished, 500) : 80
}

function initialTable({ options }: CommandContext): Partial<Pick<TopState, 'filter' | 'sort' | 'isTree'>> {
  const sort = options.text('sort')
  const filter = options.text('filter') ?? ''
  const problem = filterProblem(filter)
  if (problem !== undefined) throw misuse(problem)
  return {
    filter,
    isTree: options.flag('tree'),
    ...(sort === undefined ? {} : { sort: naturalOrder(fieldNamed(sort).name) }),
  }
}
