import { assess, type Judge, present, summarized } from '../finding.ts'
import { count } from '../phrases.ts'
import { levelIn } from '../tracks.ts'

/** Forks a second that each CPU may see: fork, exec and exit cost about a millisecond, so this is a tenth of it. */
const forksACpu = 100

/**
 * Processes themselves. Used: how many are made; a storm of short-lived ones keeps CPUs busy though no process stands
 * out in any list. Saturated: tasks that hang in the kernel and cannot even be killed.
 */
export const judgeProcesses: Judge = async (context) => {
  const { tracks, cpus } = context
  const forks = await tracks.one('system.process.created')
  const busy = await tracks.one('system.cpu.utilization')
  const blocked = await tracks.one('system.process.count', { status: 'disk_sleep' })
  const storm = assess(context, {
    resource: 'processes',
    signals: [
      {
        track: forks,
        band: 'saturation',
        bound: { on: forksACpu * cpus },
        full: 8 * forksACpu * cpus,
        tell: ({ mean }) => `${count(mean)} processes a second were started and ended again`,
      },
    ],
    blame: (worst) => {
      const level = busy === undefined ? undefined : levelIn(busy, worst)
      return { by: 'forks', ...(level === undefined ? {} : { perSecond: level.mean * cpus }) }
    },
  })
  const hung = assess(context, {
    resource: 'processes',
    instance: 'hung',
    signals: [
      {
        track: blocked,
        band: 'saturation',
        // The kernel complains after 120 s (hung_task_timeout_secs); people do after ten.
        bound: { on: 1, leastSeconds: 10 },
        full: 20,
        tell: ({ mean }) => `${count(Math.max(1, Math.round(mean)))} processes hung in the kernel`,
      },
    ],
    blame: () => ({ by: 'blocked', isNeeded: true }),
  })
  return {
    candidates: present([storm, hung]),
    resources: [
      summarized(
        context,
        { resource: 'processes', isShort: storm !== undefined || hung !== undefined },
        { used: forks, saturated: blocked },
      ),
    ],
  }
}
