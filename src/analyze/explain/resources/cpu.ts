import { assess, type Judge, type JudgeContext, present, summarized } from '../finding.ts'
import { count, percent } from '../phrases.ts'
import { combined, levelIn, type Track } from '../tracks.ts'

/**
 * Processors. Used: share of all CPUs at work. Saturated: the run queue, and by PSI the share of time in which a task
 * that could run waited for a CPU. Stolen time is a resource of its own: the hypervisor's.
 */
export const judgeCpu: Judge = async (context) => {
  const { tracks, cpus } = context
  const used = await tracks.one('system.cpu.utilization')
  const queue = await tracks.one('system.cpu.run_queue')
  const pressure = await tracks.one('system.pressure.some', { resource: 'cpu' })
  const whole = assess(context, {
    resource: 'cpu',
    signals: [
      {
        track: pressure,
        band: 'stall',
        // Some waiting is how a busy machine works: a quarter of the time is where people feel it. `some` reaches 1 with
        // one task too many, so it alone never is as bad as can be.
        bound: { on: 0.25 },
        full: 1.5,
        tell: ({ mean }) => `tasks waited for a CPU ${percent(mean)} of the time`,
      },
      {
        track: queue,
        band: 'saturation',
        // One sample a second, at the full second, when everything that is periodic wakes: only where PSI does not
        // say how long they waited, and then more than one task a CPU and two beyond, for five seconds.
        isContext: pressure !== undefined,
        bound: { on: cpus + 2, leastSeconds: 5 },
        full: 5 * cpus + 2,
        tell: ({ mean }) => `${count(mean)} tasks were ready to run on ${cpusText(cpus)}`,
      },
      {
        track: used,
        band: 'utilization',
        // Queueing time grows as 1 / (1 - use): tenfold at 90 %.
        bound: { on: 0.9 },
        full: 1,
        tell: ({ mean }) => `${percent(mean)} of ${cpusText(cpus)} was in use`,
      },
    ],
    blame: (worst) => blameCpu(used, cpus, worst),
  })
  const core = whole === undefined && cpus > 1 ? await oneCore(context, used) : undefined
  const stolen = await judgeSteal(context)
  const isShort = whole !== undefined
  return {
    candidates: present([whole, core, stolen.candidate]),
    resources: [
      summarized(context, { resource: 'cpu', isShort }, { used, saturated: pressure ?? queue }),
      ...(stolen.track === undefined
        ? []
        : [
            summarized(
              context,
              { resource: 'cpu', instance: 'steal', isShort: stolen.candidate !== undefined },
              { saturated: stolen.track },
            ),
          ]),
    ],
    ...(pressure === undefined
      ? { missing: [{ what: 'waiting for CPUs (PSI)', reason: 'the record has no /proc/pressure/cpu' }] }
      : {}),
  }
}

const cpusText = (cpus: number): string => (cpus === 1 ? 'the one CPU' : `the ${cpus} CPUs`)

/** Mean use within the stretch, of all CPUs. */
function blameCpu(used: Track | undefined, cpus: number, stretch: { startMs: number; endMs: number }) {
  const level = used === undefined ? undefined : levelIn(used, stretch)
  return {
    by: 'cpu' as const,
    waiters: 'cpu' as const,
    ...(level === undefined ? {} : { perSecond: level.mean * cpus }),
  }
}

/** Values that one answer works out at most: 128 CPUs for the last eight minutes. */
const mostCoreValues = 60_000

/** One thread cannot use two cores: a core that is full while others idle is its limit. */
async function oneCore(context: JudgeContext, used: Track | undefined) {
  const { tracks, span, cpus } = context
  const steps = Math.max(60, Math.floor(mostCoreValues / cpus))
  const startMs = Math.max(span.range.startMs, span.range.endMs - steps * span.stepMs)
  const cores = await tracks.of('system.cpu.logical.utilization', {}, { startMs, endMs: span.range.endMs })
  const fullest = combined('system.cpu.logical.utilization', '1', cores, (values) => Math.max(...values))
  if (fullest === undefined) return undefined
  const top = cores.reduce((a, b) => (meanOf(b, context) > meanOf(a, context) ? b : a))
  return assess(context, {
    resource: 'cpu',
    instance: `core ${top.labels.cpu ?? ''}`.trim(),
    signals: [
      {
        track: { ...fullest, labels: top.labels },
        band: 'utilization',
        bound: { on: 0.95, leastSeconds: 15 },
        // Never as bad as all cores being full.
        full: 1.5,
        tell: ({ mean }) => `one core was full (${percent(mean)}) while others were idle`,
      },
    ],
    blame: (worst) => blameCpu(used, cpus, worst),
  })
}

const meanOf = (track: Track, { span }: JudgeContext): number => levelIn(track, span.window)?.mean ?? 0

async function judgeSteal(context: JudgeContext) {
  const track = await context.tracks.one('system.cpu.mode.utilization', { mode: 'steal' })
  const candidate = assess(context, {
    resource: 'cpu',
    instance: 'steal',
    signals: [
      {
        track,
        band: 'stall',
        // A tenth of all time gone to other machines slows everything by as much.
        bound: { on: 0.1 },
        full: 0.6,
        tell: ({ mean }) => `the hypervisor kept ${percent(mean)} of the CPU time from this machine`,
      },
    ],
  })
  return { track, candidate }
}
