import { ApiProblem, DaemonUnreachable } from '../../api/client.ts'
import type { CurrentResponse, CurrentValue } from '../../api/contract.ts'
import type { CommandContext } from '../command.ts'
import { formatCell, formatValue } from '../format.ts'
import { checkLabels, checkPatterns, commonLabels, labelText, parseLabels } from '../metric-names.ts'
import { pad, widthOf } from '../output/fit.ts'
import { faint, head, span, strong, type Text } from '../output/span.ts'
import { sparkline } from '../output/sparkline.ts'
import { hasLabels, type Labels } from '../values.ts'

/** `sysmon watch`: values each second; in place on a terminal, a line a tick to a pipe. */
export async function run(context: CommandContext): Promise<number> {
  const { options, io, out } = context
  const metrics = checkPatterns(context.arguments)
  const labels = checkLabels(parseLabels(options.repeated('label')), metrics)
  const count = options.count('count') ?? Number.POSITIVE_INFINITY
  const show = options.flag('json') ? jsonLines(context) : out.isTerminal ? inPlace(context) : columns(context)
  let seen = -1
  const ask = patiently(context, () => context.client.current({ metrics }), show.afresh)
  for (let shown = 0; shown < count && !io.interrupted.aborted; ) {
    const response = await ask()
    if (response === undefined) continue
    if (response.seq !== seen) {
      seen = response.seq
      shown++
      show({ ...response, values: response.values.filter((value) => hasLabels(value.labels, labels)) })
      out.flush()
    }
    if (shown < count) await io.sleep(untilNextTick(response.unixMs, io.now()))
  }
  return 0
}

/**
 * A daemon that has answered once and does no more is waited for: it is being restarted, most likely. `undefined`: not
 * yet; a second has passed.
 */
function patiently<T>(
  { io, out }: CommandContext,
  ask: () => Promise<T>,
  afterNote: () => void = () => undefined,
): () => Promise<T | undefined> {
  let state: 'new' | 'answers' | 'gone' = 'new'
  const note = (text: string): void => {
    out.note(faint(text))
    afterNote()
  }
  return async () => {
    try {
      const answer = await ask()
      if (state === 'gone') note('sysmond answers again')
      state = 'answers'
      return answer
    } catch (error) {
      if (state === 'new' || !isAway(error)) throw error
      if (state === 'answers') note('sysmond does not answer; waiting for it (Ctrl-C ends)')
      state = 'gone'
      await io.sleep(tickMs)
      return undefined
    }
  }
}

/** Also one that has not taken its first sample yet. */
const isAway = (error: unknown): boolean =>
  error instanceof DaemonUnreachable || (error instanceof ApiProblem && error.problem.code === 'not_recorded')

interface Show {
  (response: CurrentResponse): void
  /** Something else was written: what was drawn before stays where it is. */
  readonly afresh?: () => void
}

/** A tick is stored some milliseconds after its second begins. */
const tickMs = 1000
const settleMs = 40

/** Asking again sooner than this would be asking for the same tick. */
const leastWaitMs = 50

const untilNextTick = (tickUnixMs: number, nowUnixMs: number): number =>
  Math.min(tickMs, Math.max(leastWaitMs, tickUnixMs + tickMs + settleMs - nowUnixMs))

const keyOf = ({ metric, labels }: CurrentValue): string => `${metric} ${labelText(labels)}`.trimEnd()

const jsonLines =
  ({ out }: CommandContext): Show =>
  ({ unixMs, seq, gap, values }) =>
    out.json({ unixMs, seq, ...(gap === undefined ? {} : { gap }), values }, 'line')

/** A header whenever the set of series changes, then one line a tick: time, values in the order of the header. */
function columns({ out, times }: CommandContext): Show {
  let header = ''
  let widths: readonly number[] = []
  return ({ unixMs, values }) => {
    const keys = values.map((value) => keyOf(value).replaceAll(' ', ','))
    const line = keys.join('  ')
    if (line !== header) {
      header = line
      widths = keys.map((key) => Math.max(widthOf(key), narrowestColumn))
      out.line([
        'time'.padEnd(times.stampWidth),
        ...keys.map((key, index) => `  ${pad(key, widths[index] ?? 0, 'right')}`),
      ])
    }
    const cells = values.map((value, index) => `  ${pad(cellOf(value, times.isRaw), widths[index] ?? 0, 'right')}`)
    out.line([times.stamp(unixMs), ...cells])
  }
}

const narrowestColumn = 8
const cellOf = ({ value, unit }: CurrentValue, isRaw: boolean): string =>
  isRaw ? String(value) : formatCell(value, unit)

/** ECMA-48: cursor up n lines, erase to the end of the screen. */
const backUp = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}A\u001b[0J`)
const remembered = 60

function inPlace(context: CommandContext): Show {
  const { out, io } = context
  const history = new Map<string, number[]>()
  let drawn = 0
  const show = (response: CurrentResponse): void => {
    for (const value of response.values) remember(history, keyOf(value), value.value)
    const lines = screenLines(response, history, context)
    const fitting = lines.slice(0, Math.max(2, (io.rows ?? 24) - 1))
    out.trusted(backUp(drawn))
    for (const line of fitting) out.clipped(line)
    drawn = fitting.length
  }
  const afresh = (): void => {
    drawn = 0
  }
  return Object.assign(show, { afresh })
}

function remember(history: Map<string, number[]>, key: string, value: number): void {
  const values = history.get(key)
  if (values === undefined) history.set(key, [value])
  else {
    values.push(value)
    if (values.length > remembered) values.shift()
  }
}

function screenLines(
  { unixMs, values }: CurrentResponse,
  history: ReadonlyMap<string, readonly number[]>,
  { out, times, arguments: patterns }: CommandContext,
): readonly Text[] {
  const lines: Text[] = [[faint(times.stamp(unixMs)), faint('  Ctrl-C ends')]]
  if (values.length === 0) lines.push(faint(`nothing now for ${patterns.join(' ')}`))
  for (const [metric, of] of byMetric(values)) {
    const labels = of.map((value) => value.labels)
    lines.push([head(metric), faint(`  ${labelText(shared(labels))}`)])
    const common = of.length > 1 ? commonLabels(labels) : new Set(Object.keys(labels[0] ?? {}))
    const widest = Math.max(0, ...labels.map((each) => widthOf(labelText(each, common))))
    for (const value of of) {
      const shown = times.isRaw ? String(value.value) : formatValue(value.value, value.unit)
      const room = Math.max(0, (out.width ?? 80) - widest - 20)
      lines.push([
        `  ${pad(labelText(value.labels, common), widest, 'left')}  `,
        strong(pad(shown, 14, 'right')),
        span('accent', `  ${sparkline(history.get(keyOf(value)) ?? [], Math.min(remembered, room))}`),
      ])
    }
  }
  return lines
}

function byMetric(values: readonly CurrentValue[]): ReadonlyMap<string, readonly CurrentValue[]> {
  const found = new Map<string, CurrentValue[]>()
  for (const value of values) {
    const same = found.get(value.metric)
    if (same === undefined) found.set(value.metric, [value])
    else same.push(value)
  }
  return found
}

function shared(all: readonly Labels[]): Labels {
  const [first = {}] = all
  const common = all.length > 1 ? commonLabels(all) : new Set(Object.keys(first))
  return Object.fromEntries(Object.entries(first).filter(([name]) => common.has(name)))
}
