import { assess, type Judge, type JudgeContext, type Signal, summarized } from '../finding.ts'
import { count } from '../phrases.ts'
import { hasLabels, levelIn, sumOf, type Track } from '../tracks.ts'

/** Heat. Errors: cores that slowed down for it. Used: sensors against the limit that they name themselves. */
export const judgeHeat: Judge = async (context) => {
  const { tracks } = context
  const throttles = sumOf('system.cpu.throttles', '{event}/s', await tracks.of('system.cpu.throttles'))
  const sensors = await tracks.of('hw.temperature')
  if (throttles === undefined && sensors.length === 0) return { candidates: [], resources: [] }
  const limits = await tracks.of('hw.temperature.limit', { limit: 'critical' })
  const candidate = assess(context, {
    resource: 'heat',
    signals: [
      {
        track: throttles,
        band: 'errors',
        bound: { on: 0.05, leastSeconds: 1 },
        full: 100,
        tell: ({ mean }) => `the cores were slowed down by heat ${count(mean)} times a second`,
      },
      ...sensors.map((track) => sensorSignal(context, track, limits)).filter((signal) => signal !== undefined),
    ],
    blame: () => ({ by: 'cpu' }),
  })
  return {
    candidates: candidate === undefined ? [] : [candidate],
    resources: [
      summarized(
        context,
        { resource: 'heat', isShort: candidate !== undefined },
        { used: sensors[0], errors: throttles },
      ),
    ],
  }
}

/** Degrees below the critical limit at which it counts. */
const nearCelsius = 5

function sensorSignal({ span }: JudgeContext, track: Track, limits: readonly Track[]): Signal | undefined {
  const sensor = track.labels.sensor ?? ''
  const limit = limits.find(({ labels }) => hasLabels(labels, { sensor }))
  const critical = limit === undefined ? undefined : levelIn(limit, span.window)?.mean
  if (critical === undefined || critical <= 30) return undefined
  return {
    track,
    band: 'saturation',
    bound: { on: critical - nearCelsius },
    full: critical,
    tell: ({ peak }) => `${sensor} reached ${peak.toFixed(0)} °C; ${critical.toFixed(0)} °C is critical`,
  }
}
