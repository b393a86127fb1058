import type { ExplainResponse } from '../../src/api/explain-contract.ts'
import type { TestProcess } from '../child-process.ts'
import type { Incident } from './incidents.ts'
import type { Stage, Staged } from './stage.ts'

/** Stages it and asks. */
export async function stageOnce(
  incident: Incident,
  shared: Stage,
): Promise<{ readonly staged: Staged; readonly answer: ExplainResponse; readonly tookMs: number }> {
  const own = await incident.stage?.()
  const stage = own?.stage ?? shared
  try {
    await stage.ticks(2)
    const staged = await incident.run(stage)
    const startedMs = performance.now()
    const answer = await stage.explain(staged.startMs, staged.endMs)
    const tookMs = performance.now() - startedMs
    await (staged as { child?: TestProcess }).child?.[Symbol.asyncDispose]()
    return { staged, answer, tookMs }
  } finally {
    await own?.close()
  }
}
