import * as v from 'valibot'
import type {
  AlertsResponse,
  ChannelTestResponse,
  DeliveriesResponse,
  IncidentDto,
  RuleDto,
  RulesResponse,
  RuleTestResponse,
  SilenceDto,
  SilencesResponse,
} from './alert-contract.ts'
import { weekly } from './alert-requests.ts'

/** The shapes of answers about alerts, for the OpenAPI document; loaded with it. */

const unixMs = v.pipe(v.number(), v.description('Unix milliseconds.'))
const labels = v.record(v.string(), v.string())
const optional = v.exactOptional
const severity = v.picklist(['info', 'warning', 'critical'])
const state = v.picklist(['ok', 'pending', 'raised', 'clearing', 'no_data'])
const acknowledged = v.strictObject({ by: v.string(), unixMs, comment: v.string() })
const explanation = v.strictObject({
  sentence: v.string(),
  culprits: v.array(v.strictObject({ name: v.string(), pid: optional(v.number()), share: optional(v.string()) })),
})
const alert = v.strictObject({
  id: optional(v.string()),
  rule: v.string(),
  severity,
  state,
  labels,
  summary: v.string(),
  value: v.nullable(v.number()),
  unit: optional(v.string()),
  raiseLevel: v.number(),
  clearLevel: v.number(),
  direction: v.picklist(['above', 'below']),
  sinceUnixMs: unixMs,
  raisedUnixMs: optional(unixMs),
  isFlapping: v.boolean(),
  acknowledged: optional(acknowledged),
  silencedBy: v.array(v.string()),
  explanation: optional(explanation),
})
const incident = v.strictObject({
  id: v.string(),
  rule: v.string(),
  severity,
  labels,
  summary: v.string(),
  unit: optional(v.string()),
  value: v.nullable(v.number()),
  worst: v.nullable(v.number()),
  raisedUnixMs: unixMs,
  clearedUnixMs: optional(unixMs),
  isNotified: v.boolean(),
  acknowledged: optional(acknowledged),
  explanation: optional(explanation),
})
const alerts = v.strictObject({
  unixMs,
  active: v.array(alert),
  history: v.array(incident),
  counts: v.strictObject({
    rules: v.number(),
    watched: v.number(),
    raised: v.number(),
    pending: v.number(),
    noData: v.number(),
  }),
})
const rule = v.strictObject({
  rule: v.strictObject({
    name: v.string(),
    value: v.string(),
    labels: optional(labels),
    raise: optional(v.union([v.string(), v.number()])),
    clear: optional(v.union([v.string(), v.number()])),
    runs_out_within: optional(v.string()),
    for: optional(v.string()),
    clear_for: optional(v.string()),
    severity: optional(severity),
    no_data: optional(v.picklist(['show', 'notify'])),
    no_data_for: optional(v.string()),
    renotify: optional(v.string()),
    group_by: optional(v.picklist(['rule', 'alert', 'all'])),
    channels: optional(v.array(v.string())),
    summary: optional(v.string()),
    enabled: optional(v.boolean()),
  }),
  from: v.picklist(['built_in', 'config', 'api']),
  unit: optional(v.string()),
  states: v.strictObject({
    ok: optional(v.number()),
    pending: optional(v.number()),
    raised: optional(v.number()),
    clearing: optional(v.number()),
    no_data: optional(v.number()),
  }),
  reason: optional(v.string()),
})
const rules = v.strictObject({
  rules: v.array(rule),
  channels: v.array(v.strictObject({ name: v.string(), type: v.picklist(['email', 'webhook', 'log']) })),
})
const ruleTest = v.strictObject({
  startUnixMs: unixMs,
  endUnixMs: unixMs,
  resolutionMs: v.number(),
  labelSets: v.number(),
  raised: v.pipe(v.number(), v.description('How often it would have been raised.')),
  times: v.array(v.strictObject({ labels, raisedUnixMs: unixMs, clearedUnixMs: optional(unixMs), value: v.number() })),
})
const silence = v.strictObject({
  id: v.string(),
  matchers: v.record(v.string(), v.string()),
  comment: v.string(),
  createdUnixMs: unixMs,
  startUnixMs: unixMs,
  endUnixMs: optional(unixMs),
  weekly: optional(weekly),
  isActive: v.boolean(),
})
const silences = v.strictObject({ silences: v.array(silence) })
const deliveries = v.strictObject({
  deliveries: v.array(
    v.strictObject({
      id: v.pipe(v.string(), v.description('The same at every attempt: a duplicate is known by it.')),
      channel: v.string(),
      title: v.string(),
      createdUnixMs: unixMs,
      status: v.picklist(['waiting', 'sent', 'given_up']),
      attempts: v.number(),
      nextUnixMs: optional(unixMs),
      sentUnixMs: optional(unixMs),
      error: optional(v.string()),
    }),
  ),
  waiting: v.number(),
})
const channelTest = v.strictObject({
  channel: v.string(),
  isSent: v.boolean(),
  durationMs: v.number(),
  error: optional(v.string()),
})

/** By their names in the document. */
export const alertAnswers = {
  Alerts: alerts,
  Incident: incident,
  AlertRule: rule,
  AlertRules: rules,
  AlertRuleTest: ruleTest,
  Silence: silence,
  Silences: silences,
  Deliveries: deliveries,
  ChannelTest: channelTest,
} as const

export interface AlertShapes {
  readonly Alerts: AlertsResponse
  readonly Incident: IncidentDto
  readonly AlertRule: RuleDto
  readonly AlertRules: RulesResponse
  readonly AlertRuleTest: RuleTestResponse
  readonly Silence: SilenceDto
  readonly Silences: SilencesResponse
  readonly Deliveries: DeliveriesResponse
  readonly ChannelTest: ChannelTestResponse
}

const at = 1_767_603_780_000
const incidentExample = {
  id: '12',
  rule: 'filesystem-full',
  severity: 'critical',
  labels: { mountpoint: '/' },
  summary: '/ is 96.2 % full',
  unit: '1',
  value: 0.962,
  worst: 0.971,
  raisedUnixMs: at - 60_000,
  isNotified: true,
}
const ruleExample = {
  rule: {
    name: 'root-full',
    value: 'system.filesystem.utilization',
    labels: { mountpoint: '/' },
    raise: '90%',
    for: '5m',
  },
  from: 'config',
  unit: '1',
  states: { ok: 1 },
}
const silenceExample = {
  id: '3',
  matchers: { rule: 'backup-*' },
  comment: 'nightly backup',
  createdUnixMs: at,
  startUnixMs: at,
  weekly: { days: ['mon', 'tue'], from: '22:00', until: '06:00', zone: 'Europe/Berlin' },
  isActive: false,
}
export const alertExamples: Readonly<Record<keyof AlertShapes, unknown>> = {
  Alerts: {
    unixMs: at,
    active: [
      {
        id: '12',
        rule: 'filesystem-full',
        severity: 'critical',
        state: 'raised',
        labels: { mountpoint: '/' },
        summary: '/ is 96.2 % full',
        value: 0.962,
        unit: '1',
        raiseLevel: 0.95,
        clearLevel: 0.93,
        direction: 'above',
        sinceUnixMs: at - 60_000,
        raisedUnixMs: at - 60_000,
        isFlapping: false,
        silencedBy: [],
      },
    ],
    history: [incidentExample],
    counts: { rules: 9, watched: 14, raised: 1, pending: 0, noData: 2 },
  },
  Incident: incidentExample,
  AlertRule: ruleExample,
  AlertRules: { rules: [ruleExample], channels: [{ name: 'ops', type: 'email' }] },
  AlertRuleTest: {
    startUnixMs: at - 86_400_000,
    endUnixMs: at,
    resolutionMs: 1000,
    labelSets: 1,
    raised: 1,
    times: [{ labels: { mountpoint: '/' }, raisedUnixMs: at - 7_200_000, clearedUnixMs: at - 3_600_000, value: 0.91 }],
  },
  Silence: silenceExample,
  Silences: { silences: [silenceExample] },
  Deliveries: {
    deliveries: [
      {
        id: '4a1f3c52-8d0e-4a0b-9a53-0c4a4c0a9f11',
        channel: 'ops',
        title: 'db1: / is 96.2 % full',
        createdUnixMs: at,
        status: 'sent',
        attempts: 1,
        sentUnixMs: at + 300,
      },
    ],
    waiting: 0,
  },
  ChannelTest: { channel: 'ops', isSent: true, durationMs: 212 },
}
