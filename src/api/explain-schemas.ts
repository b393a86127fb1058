import * as v from 'valibot'
import type { ExplainResponse } from './explain-contract.ts'
import { momentParameter } from './schemas.ts'

/** Parameters of the explain route. */
export const explainQuery = v.strictObject({
  start: v.optional(momentParameter('Begin of the window; left out: ten minutes before its end.', '-10m')),
  end: v.optional(momentParameter('End of the window; left out: now.', 'now')),
  at: v.optional(momentParameter('In place of both: the minute around this moment.', '-5m')),
  against_start: v.optional(momentParameter('Begin of another window to compare with.', '-70m')),
  against_end: v.optional(momentParameter('Its end; left out: as long as the window.', '-60m')),
})

/** The shape of the answer for the OpenAPI document, held equal to explain-contract.ts by the compiler (answer-schemas.ts). */
const unixMs = v.pipe(v.number(), v.description('Unix milliseconds.'))
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const labels = v.record(v.string(), v.string())
const unit = v.pipe(v.string(), v.description('UCUM unit; ratios are 0 to 1.'))
const optional = v.exactOptional

const resource = v.picklist([
  'cpu',
  'memory',
  'swap',
  'disk',
  'filesystem',
  'network',
  'tcp',
  'cgroup',
  'descriptors',
  'processes',
  'time',
  'heat',
])
const instance = v.pipe(
  v.string(),
  v.description('Which of several: device, mount point, interface, control group, core.'),
)

const window = v.strictObject({
  startMs: unixMs,
  endMs: unixMs,
  stepMs: v.pipe(v.number(), v.description('Length of a step that was looked at.')),
  lookbackStartMs: v.pipe(v.number(), v.description('How far back beginnings were looked for.')),
})

const evidence = v.strictObject({
  metric: v.string(),
  labels,
  value: v.pipe(v.number(), v.description('Mean over the stretch.')),
  peak: optional(v.number()),
  unit,
  baseline: optional(v.pipe(v.number(), v.description('Median before it began.'))),
  sentence: v.string(),
  link: v.pipe(v.string(), v.description('Address within the dashboard.')),
})

const actor = v.strictObject({
  pid: optional(v.number()),
  startTicks: optional(v.number()),
  name: v.string(),
  command: optional(v.string()),
  cgroup: optional(v.string()),
  service: optional(v.string()),
  processes: optional(v.pipe(v.number(), v.description('How many this stands for, when more than one.'))),
  share: optional(v.number()),
  amount: v.number(),
  unit,
  hasEnded: optional(v.boolean()),
  sentence: v.string(),
})

const finding = v.strictObject({
  rank: v.pipe(v.number(), v.description('1 hurt most.')),
  resource,
  instance: optional(instance),
  severity: share,
  kind: v.picklist(['utilization', 'saturation', 'errors']),
  sentence: v.string(),
  sinceMs: v.pipe(v.number(), v.description('When it began; may lie before the window.')),
  isOlder: v.pipe(v.boolean(), v.description('It was so already when the time looked at begins.')),
  startMs: unixMs,
  endMs: unixMs,
  unusualness: optional(
    v.strictObject({
      share,
      typical: v.number(),
      unit,
      minutes: v.number(),
      basis: v.picklist(['same_hour', 'recent']),
      sentence: v.string(),
    }),
  ),
  evidence: v.array(evidence),
  culprits: v.pipe(v.array(actor), v.description('Who used it up, most first.')),
  waiters: v.pipe(v.array(actor), v.description('Who waited for it, most first.')),
  unattributedShare: optional(v.pipe(share, v.description('Of the use that no recorded process accounts for.'))),
  attribution: optional(v.pipe(v.string(), v.description('By what the shares were told, and what limits them.'))),
})

const level = v.strictObject({ metric: v.string(), labels, mean: v.number(), peak: v.number(), unit })

export const explainAnswer = v.strictObject({
  window,
  isQuiet: v.pipe(v.boolean(), v.description('Nothing was short.')),
  summary: v.string(),
  findings: v.array(finding),
  resources: v.array(
    v.strictObject({
      resource,
      instance: optional(instance),
      isShort: v.boolean(),
      used: optional(level),
      saturated: optional(level),
      errors: optional(level),
    }),
  ),
  changes: v.array(
    v.strictObject({
      unixMs,
      kind: v.picklist([
        'process_started',
        'process_ended',
        'mount',
        'interface',
        'limit',
        'boot',
        'version',
        'sysmon',
        'event',
      ]),
      sentence: v.string(),
      pid: optional(v.number()),
    }),
  ),
  coverage: v.strictObject({
    share: v.pipe(share, v.description('Of the window for which there are ticks.')),
    gaps: v.array(v.strictObject({ startMs: unixMs, endMs: unixMs, reason: v.string() })),
    missing: v.array(v.strictObject({ what: v.string(), reason: v.string() })),
    processesShare: v.pipe(share, v.description('Of the record of processes that was read.')),
  }),
  against: optional(
    v.strictObject({
      window,
      summary: v.string(),
      findings: v.array(v.strictObject({ resource, instance: optional(instance), sentence: v.string() })),
      differences: v.array(
        v.strictObject({
          resource,
          instance: optional(instance),
          metric: v.string(),
          labels,
          value: v.number(),
          against: v.number(),
          unit,
          sentence: v.string(),
        }),
      ),
    }),
  ),
})

/** One small answer, for the document. */
export const explainExample: ExplainResponse = {
  window: {
    startMs: 1_767_603_180_000,
    endMs: 1_767_603_780_000,
    stepMs: 1000,
    lookbackStartMs: 1_767_602_580_000,
  },
  isQuiet: false,
  summary:
    'Tasks waited for storage 83 % of the time for 42 s; pg_dump (pid 812) wrote 4.1 GiB, 94 % of it; postgres (pid 640) waited 31 s for storage.',
  findings: [
    {
      rank: 1,
      resource: 'disk',
      instance: 'sda',
      severity: 0.77,
      kind: 'saturation',
      sentence:
        'Tasks waited for storage 83 % of the time for 42 s; pg_dump (pid 812) wrote 4.1 GiB, 94 % of it; postgres (pid 640) waited 31 s for storage.',
      sinceMs: 1_767_603_700_000,
      isOlder: false,
      startMs: 1_767_603_700_000,
      endMs: 1_767_603_742_000,
      evidence: [
        {
          metric: 'system.pressure.some',
          labels: { resource: 'io' },
          value: 0.83,
          peak: 0.97,
          unit: '1',
          baseline: 0.01,
          sentence: 'tasks waited for storage 83 % of the time (before: 1 %)',
          link: '/pressure?from=1767603180000&to=1767603780000&at=1767603700000',
        },
      ],
      culprits: [
        {
          pid: 812,
          startTicks: 4021,
          name: 'pg_dump',
          share: 0.94,
          amount: 4_402_341_478,
          unit: 'By',
          sentence: 'pg_dump (pid 812) wrote 4.1 GiB, 94 % of it',
        },
      ],
      waiters: [
        {
          pid: 640,
          startTicks: 380,
          name: 'postgres',
          amount: 31,
          unit: 's',
          sentence: 'postgres (pid 640) waited 31 s for storage',
        },
      ],
      unattributedShare: 0.06,
      attribution: 'by bytes read from and sent to storage',
    },
  ],
  resources: [{ resource: 'disk', instance: 'sda', isShort: true }],
  changes: [{ unixMs: 1_767_603_700_000, kind: 'process_started', sentence: 'pg_dump (pid 812) started', pid: 812 }],
  coverage: { share: 1, gaps: [], missing: [], processesShare: 1 },
}
