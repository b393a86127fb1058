import { assess, type Judge, present, summarized } from '../finding.ts'
import { count, percent } from '../phrases.ts'
import { blameMemory } from './memory.ts'

/** Swap. Used: share of it taken. Saturated: pages that come back in, each of them a wait. */
export const judgeSwap: Judge = async (context) => {
  const { tracks } = context
  const used = await tracks.one('system.paging.utilization')
  const pagesIn = await tracks.one('system.paging.operations', { direction: 'in' })
  const pagesOut = await tracks.one('system.paging.operations', { direction: 'out' })
  if (used === undefined && pagesIn === undefined) return { candidates: [], resources: [] }
  const usage = await tracks.one('system.memory.usage', { state: 'used' })
  const candidate = assess(context, {
    resource: 'swap',
    signals: [
      {
        track: pagesIn,
        band: 'saturation',
        // A page costs a read: a hundred a second are felt on a disk.
        bound: { on: 100 },
        full: 20_000,
        tell: ({ mean }) => `${count(mean)} pages a second were read back from swap`,
      },
      {
        track: pagesOut,
        band: 'saturation',
        bound: { on: 500 },
        full: 50_000,
        tell: ({ mean }) => `${count(mean)} pages a second were written to swap`,
      },
      {
        track: used,
        band: 'utilization',
        bound: { on: 0.9 },
        full: 1,
        tell: ({ mean }) => `${percent(mean)} of swap was taken`,
      },
    ],
    blame: (worst) => blameMemory(usage, worst),
  })
  return {
    candidates: present([candidate]),
    resources: [
      summarized(context, { resource: 'swap', isShort: candidate !== undefined }, { used, saturated: pagesIn }),
    ],
  }
}
