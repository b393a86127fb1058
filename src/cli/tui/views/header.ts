import { formatAmount, formatTimeSpan } from '../../format.ts'
import { widthOf } from '../../output/fit.ts'
import type { Pane } from '../cells.ts'
import type { Mode, TopState } from '../state.ts'
import type { Role } from '../theme.ts'
import { type Paint, runs } from './paint.ts'

/** Which machine and, on the right where it never moves, which moment. */
type Piece = readonly [string, Role]

export function paintHeader(pane: Pane, state: TopState, nowMs: number, paint: Paint): void {
  const moment = momentOf(state, nowMs, paint, pane.width)
  const width = moment.reduce((sum, [text]) => sum + widthOf(text), 0)
  const start = Math.max(0, pane.width - width)
  paintHost(pane.part(0, 0, start, 1), state, paint)
  runs(pane, start, 0, paint, moment)
}

function momentOf(state: TopState, nowMs: number, paint: Paint, width: number): readonly Piece[] {
  const { mode, machine, lost } = state
  const isNarrow = width < 60
  if (mode.kind === 'replay') return replayMoment(mode, state, nowMs, paint, isNarrow)
  if (lost !== undefined) return [[` ${isNarrow ? 'no daemon' : 'NO DAEMON, trying again'} `, 'bad']]
  if (machine === undefined) return [['waiting for the first tick ', 'faint']]
  const gap = machine.gap === undefined || isNarrow ? [] : ([[`after a gap (${machine.gap}) `, 'warn']] as const)
  const time = paint.stamp(machine.unixMs)
  return [...gap, [`${paint.symbols.live} LIVE `, 'live'], [`${isNarrow ? time.slice(11) : time} `, 'strong']]
}

/** In its own colours over the whole of it, so that nobody takes the past for the present. */
function replayMoment(
  mode: Mode & { kind: 'replay' },
  { lost }: TopState,
  nowMs: number,
  paint: Paint,
  isNarrow: boolean,
): readonly Piece[] {
  const { play, pause } = paint.symbols
  const ago = formatTimeSpan(Math.max(0, Math.round((nowMs - mode.atMs) / 1000)))
  const pace = mode.isPlaying ? `${play} ${mode.speed}x` : pause
  const gone: readonly Piece[] = lost === undefined ? [] : [[' no daemon ', 'bad']]
  if (isNarrow) return [...gone, [` REPLAY ${pace} ${paint.stamp(mode.atMs).slice(5)} `, 'replay']]
  return [...gone, [` REPLAY ${pace}  ${paint.stamp(mode.atMs)}  ${ago} ago `, 'replay']]
}

/** As much as fits, the most telling first. */
function paintHost(pane: Pane, { machine }: TopState, paint: Paint): void {
  if (machine === undefined) {
    runs(pane, 1, 0, paint, [['sysmon', 'title']])
    return
  }
  const { host, uptimeSeconds } = machine
  const pieces: Piece[] = [[` ${host.hostName}`, 'title']]
  const facts = [
    uptimeSeconds === undefined ? '' : `up ${formatTimeSpan(uptimeSeconds)}`,
    `${host.logicalCpus} CPUs${host.memoryBytes === undefined ? '' : `, ${formatAmount(host.memoryBytes)}`}`,
    host.scope === 'container' ? 'in a container' : '',
    host.osName,
    host.kernel,
  ].filter((fact) => fact !== '')
  let used = widthOf(pieces[0]?.[0] ?? '')
  for (const fact of facts) {
    const text = `  ${fact}`
    used += widthOf(text)
    if (used > pane.width - 2) break
    pieces.push([text, 'faint'])
  }
  runs(pane, 0, 0, paint, pieces)
}
