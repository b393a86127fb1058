import { parseArgs } from 'node:util'
import type { BenchContext, BenchPart, Figure } from './part.ts'

/**
 * `npm run bench [-- PART… --seconds N --minutes N --processes N --peers SCRIPT --recording FILE --corpus DIR
 * --json FILE]`: every cost and speed
 * figure of the project, or those of the parts named.
 */
const parts: Readonly<Record<string, () => Promise<{ part: BenchPart }>>> = {
  cost: () => import('./parts/cost.ts'),
  lateness: () => import('./parts/lateness.ts'),
  'cold-start': () => import('./parts/cold-start.ts'),
  scan: () => import('./parts/process-scan.ts'),
  recorder: () => import('./parts/recorder.ts'),
  store: () => import('./parts/store.ts'),
  query: () => import('./parts/query.ts'),
  top: () => import('./parts/top.ts'),
  api: () => import('./parts/api.ts'),
  live: () => import('./parts/live.ts'),
  explain: () => import('./parts/explain.ts'),
  incidents: () => import('./parts/incidents.ts'),
  alerts: () => import('./parts/alerts.ts'),
  dashboard: () => import('./parts/dashboard.ts'),
  nab: () => import('./parts/nab.ts'),
  anomalies: () => import('./parts/anomalies.ts'),
  windows: () => import('./parts/windows.ts'),
}

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '30' },
    minutes: { type: 'string', default: '1' },
    processes: { type: 'string', default: '500' },
    peers: { type: 'string' },
    recording: { type: 'string' },
    corpus: { type: 'string' },
    json: { type: 'string' },
  },
})

const chosen = positionals.length === 0 ? Object.keys(parts) : positionals
const unknown = chosen.filter((name) => parts[name] === undefined)
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}. There are: ${Object.keys(parts).join(', ')}`)
  process.exit(2)
}

const context: BenchContext = {
  seconds: Number(values.seconds),
  minutes: Number(values.minutes),
  processes: Number(values.processes),
  peers: values.peers,
  recording: values.recording,
  corpus: values.corpus,
  progress: (text) => console.error(`  … ${text}`),
}

const results: Record<string, readonly Figure[]> = {}
for (const name of chosen) {
  const { part } = await (parts[name] as () => Promise<{ part: BenchPart }>)()
  console.log(`\n${part.name}: ${part.about}`)
  const figures = await part.run(context)
  results[part.name] = figures
  for (const figure of figures) console.log(formatFigure(figure))
}
if (values.json !== undefined) {
  await Bun.write(values.json, `${JSON.stringify({ at: new Date().toISOString(), results }, null, 2)}\n`)
  console.log(`\nwritten to ${values.json}`)
}

function formatFigure({ name, value, unit, target, sense = 'at most', reference, note }: Figure): string {
  const met = target === undefined || (sense === 'at most' ? value <= target : value >= target)
  const aim = target === undefined ? '' : `  (${sense} ${target}${met ? '' : ', MISSED'})`
  const beside =
    reference === undefined
      ? ''
      : `  ${(value / reference.value).toFixed(2)}× ${reference.name} ${formatNumber(reference.value)}`
  return `  ${name.padEnd(44)} ${formatNumber(value).padStart(10)} ${unit.padEnd(12)}${aim}${beside}${note === undefined ? '' : `  ${note}`}`
}

function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en')
  return value.toFixed(Math.abs(value) < 10 ? 3 : 1)
}
