import type { Actor } from '../../api/explain-contract.ts'
import type { TimeRange } from '../../store/store.ts'
import type { Blame } from './finding.ts'
import { duration, percent } from './phrases.ts'
import { levelIn, type Tracks } from './tracks.ts'

/** Groups told at most, and the least share of the time in which one must have waited. */
const mostGroups = 3
const leastShare = 0.1
const whatFor = { cpu: 'a CPU', io: 'storage', memory: 'memory' } as const

/** Control groups whose tasks waited, by PSI of each: what single processes do not show when many wait a little. */
export async function waitingGroups(
  tracks: Tracks,
  resource: NonNullable<Blame['waiters']>,
  stretch: TimeRange,
): Promise<Actor[]> {
  const range = { startMs: stretch.startMs - tracks.stepMs, endMs: stretch.endMs }
  const found = await tracks.of('cgroup.pressure.some.time', { resource }, range)
  return (
    found
      // The group of sysmon itself may hold all others.
      .filter(({ labels }) => labels.cgroup !== 'self')
      .map((track) => ({ labels: track.labels, share: levelIn(track, stretch)?.mean ?? 0 }))
      .filter(({ share }) => share >= leastShare)
      .sort((a, b) => b.share - a.share)
      .slice(0, mostGroups)
      .map(({ labels: { cgroup = '', name = '' }, share }): Actor => {
        const amount = (share * (stretch.endMs - stretch.startMs)) / 1000
        const told = name === '' ? cgroup : name
        return {
          name: told,
          cgroup,
          ...(name === '' ? {} : { service: name }),
          share: Math.min(1, share),
          amount,
          unit: 's',
          sentence: `tasks of ${told} waited for ${whatFor[resource]} ${percent(Math.min(1, share))} of the time, ${duration(amount)}`,
        }
      })
  )
}
