import type { CurrentResponse, CurrentValue, HistoryResponse } from '../src/api/contract.ts'
import { reduce } from '../src/cli/tui/reduce.ts'
import { initialState, type TopState } from '../src/cli/tui/state.ts'
import { type SymbolSet, symbolsOf } from '../src/cli/tui/symbols.ts'
import { createTheme } from '../src/cli/tui/theme.ts'
import { graphMetrics, timelineOf } from '../src/cli/tui/timeline.ts'
import type { Paint } from '../src/cli/tui/views/paint.ts'
import { sampleCurrent, sampleNowMs, sampleProcessesAnswer, sampleValues } from './sample-answers.ts'

/** The made-up machine as `top` asks for it, with what only `top` shows: cores, swap, a wave in every graph. */
const gib = 2 ** 30
const value = (metric: string, of: number, unit: string, labels: Record<string, string> = {}): CurrentValue => ({
  metric,
  labels,
  value: of,
  unit,
})

export const topValues: readonly CurrentValue[] = [
  ...sampleValues,
  // Out of order, as a map may give them (C13).
  ...[10, 2, 0, 1].map((cpu, index) =>
    value('system.cpu.logical.utilization', [0.05, 0.5, 0.99, 0.2][index] ?? 0, '1', { cpu: String(cpu) }),
  ),
  value('system.paging.usage', 0.5 * gib, 'By', { state: 'used' }),
  value('system.paging.usage', 1.5 * gib, 'By', { state: 'free' }),
  value('system.paging.utilization', 0.25, '1'),
  value('system.paging.operations', 12, '{page}/s', { direction: 'in' }),
  value('system.paging.operations', 0, '{page}/s', { direction: 'out' }),
]

export const topCurrent: CurrentResponse = { ...sampleCurrent, values: topValues }

const graphed = new Set<string>(graphMetrics)

/** A rise and a fall below each present value, with a hole. */
export function topHistories(startMs: number, endMs: number): readonly HistoryResponse[] {
  const unixMs = Array.from({ length: Math.floor((endMs - startMs) / 1000) + 1 }, (_, index) => startMs + index * 1000)
  return graphMetrics.map((metric) => ({
    metric,
    unit: '1',
    help: '',
    resolutionMs: 1000,
    tier: '1s',
    unixMs,
    series: topValues
      .filter((each) => each.metric === metric && graphed.has(metric))
      .map(({ labels, value: most }) => {
        const avg = unixMs.map((at) => {
          const phase = (at / 1000) % 40
          return phase === 30 ? null : most * (phase < 20 ? phase / 20 : (40 - phase) / 20)
        })
        return { labels, avg, min: avg, max: avg }
      }),
  }))
}

export const replayedMs = sampleNowMs - 3_600_000

/** The state after the first answers, live or at a moment of the record. */
export function topState(columns: number, rows: number, isReplay = false): TopState {
  const atMs = isReplay ? replayedMs : undefined
  const end = atMs ?? sampleNowMs
  const start = end - 400_000
  const current = { ...topCurrent, unixMs: end }
  let { state } = reduce(initialState({ columns, rows }, 'UTC', atMs), {
    kind: 'history',
    timeline: timelineOf(topHistories(start, end), start, end),
    isLive: !isReplay,
  })
  ;({ state } = reduce(state, { kind: 'tick', atMs, current, processes: sampleProcessesAnswer, nowMs: sampleNowMs }))
  return state
}

export const topPaint = (symbols: SymbolSet = 'braille'): Paint => ({
  theme: createTheme('default', 256),
  symbols: symbolsOf(symbols),
  stamp: (unixMs) => new Date(unixMs).toISOString().slice(0, 19).replace('T', ' '),
})
