import { incidents } from '../../test/incidents/incidents.ts'
import { quietWindow } from '../../test/incidents/quiet.ts'
import { judge, openStage } from '../../test/incidents/stage.ts'
import { stageOnce } from '../../test/incidents/staging.ts'
import { type BenchPart, type Figure, percentile } from '../part.ts'

/** What explain says of incidents staged on this machine: the table of what was done and what was named first. */
export const part: BenchPart = {
  name: 'incidents',
  about:
    'incidents staged on this machine; 1: of what we did, explain named the right resource and process first; then its rank among all findings and the place among all culprits, those of others included',
  async run({ progress }) {
    const shared = await openStage()
    const figures: Figure[] = []
    const tookMs: number[] = []
    try {
      for (const incident of incidents) {
        if (incident.why !== undefined) {
          figures.push({ name: incident.name, value: Number.NaN, unit: '', note: `not staged: ${incident.why}` })
          continue
        }
        progress(incident.name)
        const outcome = await stageOnce(incident, shared)
        const { isRight, said, rank, place, severity } = judge(outcome.staged, outcome.answer)
        tookMs.push(outcome.tookMs)
        figures.push({
          name: incident.name,
          value: Number(isRight),
          unit: `${rank}. ${place}.`,
          target: 1,
          sense: 'at least',
          note: `${severity.toFixed(2)} ${said}`,
        })
      }
      progress('quiet')
      const quiet = await quietWindow(shared)
      figures.push(
        quiet === undefined
          ? { name: 'quiet', value: Number.NaN, unit: '', note: 'the machine did not become calm' }
          : {
              name: 'quiet',
              value: Number(quiet.isQuiet),
              unit: `${quiet.findings.length} told`,
              target: 1,
              sense: 'at least',
              note: quiet.summary,
            },
      )
      figures.push({ name: 'an answer, median', value: percentile(tookMs, 0.5), unit: 'ms' })
      figures.push({ name: 'an answer, longest', value: Math.max(...tookMs), unit: 'ms' })
    } finally {
      await shared.end()
    }
    return figures
  },
}
