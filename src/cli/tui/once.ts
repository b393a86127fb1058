import type { Client } from '../../api/client.ts'
import type { Clock } from '../../base/clock.ts'
import { CellBuffer } from './cells.ts'
import { reduce } from './reduce.ts'
import type { TopState } from './state.ts'
import { graphMetrics, timelineOf } from './timeline.ts'
import { paintFrame } from './views/frame.ts'
import type { Paint } from './views/paint.ts'
import { wantedOf } from './wanted.ts'

/** One frame as lines of plain text, for `--once`, pipes and files. */
export async function onceLines(
  client: Client,
  initial: TopState,
  paint: Paint,
  clock: Pick<Clock, 'wallMs'>,
): Promise<readonly string[]> {
  const { atMs, metrics, processes } = wantedOf(initial)
  const moment = atMs === undefined ? {} : { at: atMs }
  const [current, list] = await Promise.all([
    client.current({ metrics, ...moment }),
    client.processes({ ...moment, ...processes }),
  ])
  const end = atMs ?? current.unixMs
  const start = end - 2 * initial.size.columns * 1000
  const { results } = await client.query(graphMetrics.map((metric) => ({ metric, start, end, resolution: '1s' })))
  const nowMs = clock.wallMs()
  const isLive = atMs === undefined
  let { state } = reduce(initial, { kind: 'history', timeline: timelineOf(results, start, end), isLive })
  ;({ state } = reduce(state, { kind: 'tick', atMs, current, processes: list, nowMs }))
  const buffer = new CellBuffer(state.size.columns, state.size.rows, paint.symbols.set === 'ascii')
  paintFrame(buffer, state, nowMs, paint)
  // The last line is of keys, which nobody can press here.
  return buffer.lines().slice(0, -1)
}
