import type {
  AlertDto,
  AlertService,
  AlertState,
  AlertsResponse,
  ChannelTestResponse,
  DeliveryDto,
  IncidentDto,
  NotificationBody,
  RuleDto,
  SilenceBody,
  SilenceDto,
} from '../api/alert-contract.ts'
import type { Clock } from '../base/clock.ts'
import type { Sources } from '../query/sources.ts'
import { AlertError } from './alert-error.ts'
import { reasonOf } from './built-in.ts'
import type { Delivery, Incident } from './database.ts'
import { dryRun } from './dry-run.ts'
import type { Watch } from './engine.ts'
import { isFlapping } from './flapping.ts'
import { type Alerts, unitOf } from './manager.ts'
import { checkedRule, type KnownRule } from './rule-book.ts'
import { isSilenceActive, type Silence, weeklyMistake } from './silence.ts'

export interface ServiceParts {
  readonly alerts: Alerts
  readonly sources: Sources
  readonly clock: Clock
  readonly host: string
}

const mostSilences = 1000
const order: readonly AlertState[] = ['raised', 'clearing', 'no_data', 'pending', 'ok']
const rank = { critical: 0, warning: 1, info: 2 } as const

/** What the API and the command line ask, answered out of the running alerts. Throws AlertError. */
export function createAlertService(parts: ServiceParts): AlertService {
  const { alerts, clock } = parts
  const now = (): number => Math.round(clock.wallMs())
  const channelNames = (): string[] => alerts.config.channels.map(({ name }) => name)
  return {
    list: (query) => listed(parts, query, now()),
    rules: () => ({
      rules: alerts.rules.known().map((known) => ruleDto(known, statesByRule(alerts))),
      channels: alerts.config.channels.map(({ name, type }) => ({ name, type })),
    }),
    rule: (name) => ruleDto(knownRule(alerts, name), statesByRule(alerts)),
    putRule(body) {
      const rule = alerts.rules.put(body, channelNames(), now())
      alerts.rulesChanged()
      return ruleDto(knownRule(alerts, rule.name), statesByRule(alerts))
    },
    removeRule(name) {
      alerts.rules.remove(name)
      alerts.rulesChanged()
    },
    testRule: (body, range) => dryRun(checkedRule(body, channelNames()), range, parts.sources),
    silences: () => ({ silences: alerts.silences.map((silence) => silenceDto(silence, now())) }),
    addSilence: (body, range) => addSilence(parts, body, range),
    removeSilence(id) {
      if (!alerts.silences.some((silence) => silence.id === id)) {
        throw new AlertError('no_such_silence', `there is no silence ${id}`)
      }
      alerts.database.removeSilence(id)
      alerts.silencesChanged()
    },
    acknowledge: (id, by, comment) => acknowledge(alerts, id, { by, comment, unixMs: now() }),
    deliveries: (limit) => ({
      deliveries: alerts.database.deliveries(limit).map(deliveryDto),
      waiting: alerts.outbox.waiting,
    }),
    testChannel: (name) => testChannel(parts, name),
  }
}

type Query = Parameters<AlertService['list']>[0]

function listed({ alerts }: ServiceParts, query: Query, nowMs: number): AlertsResponse {
  const { watches } = alerts.engine
  const active = watches.flatMap((watch) => (stateOf(watch) === 'ok' ? [] : [alertDto(alerts, watch, nowMs)]))
  active.sort(
    (a, b) =>
      order.indexOf(a.state) - order.indexOf(b.state) ||
      rank[a.severity] - rank[b.severity] ||
      b.sinceUnixMs - a.sinceUnixMs,
  )
  const count = (...states: readonly AlertState[]): number =>
    active.filter(({ state }) => states.includes(state)).length
  return {
    unixMs: nowMs,
    active,
    history: alerts.database.incidents(query.startMs, query.endMs, query.limit).map(incidentDto),
    counts: {
      rules: alerts.rules.all().length,
      watched: watches.length,
      raised: count('raised', 'clearing'),
      pending: count('pending'),
      noData: count('no_data'),
    },
  }
}

/** What is not known at this moment is not well either, though its time for being told has not come. */
const stateOf = ({ phase, isMissing, value }: Watch): AlertState =>
  isMissing || (phase === 'ok' && Number.isNaN(value)) ? 'no_data' : phase

function alertDto(alerts: Alerts, watch: Watch, nowMs: number): AlertDto {
  const { rule, labels, key, value } = watch
  const incident = alerts.openIncidents.get(key)
  const facts = alerts.factsOf(key)
  const unit = unitOf(rule)
  const sinceMs = facts?.sinceMs ?? nowMs
  const silencedBy = alerts.notifier.silencedBy({ rule: rule.name, severity: rule.severity, labels }, nowMs)
  return {
    ...(incident === undefined ? {} : { id: String(incident.id), raisedUnixMs: incident.raisedMs }),
    rule: rule.name,
    severity: rule.severity,
    state: stateOf(watch),
    labels,
    summary: incident?.summary ?? alerts.summaryOf(rule, labels, value, nowMs),
    value: Number.isFinite(value) ? value : null,
    ...(unit === undefined ? {} : { unit }),
    raiseLevel: rule.raiseLevel,
    clearLevel: rule.clearLevel,
    direction: rule.direction,
    sinceUnixMs: sinceMs,
    isFlapping: isFlapping(facts?.raises ?? [], Math.max(sinceMs, ...(facts?.raises ?? [])), nowMs),
    silencedBy,
    ...(incident?.acknowledged === undefined ? {} : { acknowledged: incident.acknowledged }),
    ...(incident?.explanation === undefined ? {} : { explanation: incident.explanation }),
  }
}

const incidentDto = (incident: Incident): IncidentDto => ({
  id: String(incident.id),
  rule: incident.rule,
  severity: incident.severity,
  labels: incident.labels,
  summary: incident.summary,
  ...(incident.unit === undefined ? {} : { unit: incident.unit }),
  value: incident.value,
  worst: incident.worst,
  raisedUnixMs: incident.raisedMs,
  ...(incident.clearedMs === undefined ? {} : { clearedUnixMs: incident.clearedMs }),
  isNotified: incident.isNotified,
  ...(incident.acknowledged === undefined ? {} : { acknowledged: incident.acknowledged }),
  ...(incident.explanation === undefined ? {} : { explanation: incident.explanation }),
})

type States = ReadonlyMap<string, Partial<Record<AlertState, number>>>

function statesByRule({ engine }: Alerts): States {
  const states = new Map<string, Partial<Record<AlertState, number>>>()
  for (const watch of engine.watches) {
    const counts = states.get(watch.rule.name) ?? {}
    const state = stateOf(watch)
    counts[state] = (counts[state] ?? 0) + 1
    states.set(watch.rule.name, counts)
  }
  return states
}

function knownRule(alerts: Alerts, name: string): KnownRule {
  const known = alerts.rules.get(name)
  if (known === undefined) throw new AlertError('no_such_rule', `there is no rule "${name}"`)
  return known
}

function ruleDto({ rule, from }: KnownRule, states: States): RuleDto {
  const unit = unitOf(rule)
  const reason = from === 'built_in' ? reasonOf(rule.name) : undefined
  return {
    // Through JSON: without the keys that were left out.
    rule: JSON.parse(JSON.stringify(rule.written)),
    from,
    ...(unit === undefined ? {} : { unit }),
    states: states.get(rule.name) ?? {},
    ...(reason === undefined ? {} : { reason }),
  }
}

function silenceDto(silence: Silence, nowMs: number): SilenceDto {
  const { id, matchers, comment, createdMs, startMs, endMs, weekly } = silence
  return {
    id,
    matchers,
    comment,
    createdUnixMs: createdMs,
    startUnixMs: startMs,
    ...(endMs === undefined ? {} : { endUnixMs: endMs }),
    ...(weekly === undefined ? {} : { weekly }),
    isActive: isSilenceActive(silence, nowMs),
  }
}

function addSilence(
  { alerts, clock }: ServiceParts,
  { matchers, comment, weekly }: SilenceBody,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number | undefined },
): SilenceDto {
  const mistake = weekly === undefined ? undefined : weeklyMistake(weekly)
  if (mistake !== undefined) throw new AlertError('invalid_request', `weekly.${mistake}`)
  if (endMs !== undefined && endMs <= startMs) throw new AlertError('invalid_request', 'end: is not after the start')
  if (alerts.silences.length >= mostSilences) throw new AlertError('too_much', `there are ${mostSilences} silences`)
  const createdMs = Math.round(clock.wallMs())
  const silence = { matchers, comment, createdMs, startMs, endMs, weekly }
  const id = alerts.database.addSilence(silence)
  alerts.silencesChanged()
  return silenceDto({ ...silence, id }, createdMs)
}

function acknowledge(alerts: Alerts, id: string, acknowledged: NonNullable<Incident['acknowledged']>): IncidentDto {
  const number = /^\d{1,15}$/.test(id) ? Number(id) : -1
  const open = [...alerts.openIncidents.values()].find((incident) => incident.id === number)
  const incident = open ?? alerts.database.incident(number)
  if (incident === undefined) throw new AlertError('no_such_alert', `there is no alert ${id}`)
  if (open === undefined)
    throw new AlertError('no_such_alert', `alert ${id} is over`, 'GET /api/v1/alerts lists those that last.')
  alerts.database.putIncident({ ...open, acknowledged })
  open.acknowledged = acknowledged
  return incidentDto(open)
}

const deliveryDto = (delivery: Delivery): DeliveryDto => ({
  id: delivery.id,
  channel: delivery.channel,
  title: delivery.body.title,
  createdUnixMs: delivery.createdMs,
  status: delivery.status,
  attempts: delivery.attempts,
  ...(delivery.status === 'waiting' ? { nextUnixMs: delivery.nextMs } : {}),
  ...(delivery.status === 'sent' && delivery.doneMs !== undefined ? { sentUnixMs: delivery.doneMs } : {}),
  ...(delivery.error === undefined ? {} : { error: delivery.error }),
})

async function testChannel({ alerts, clock, host }: ServiceParts, name: string): Promise<ChannelTestResponse> {
  const channel = alerts.config.channels.find((one) => one.name === name)
  if (channel === undefined) {
    const names = alerts.config.channels.map((one) => one.name)
    const there = names.length === 0 ? 'the config names none' : `there are ${names.join(', ')}`
    throw new AlertError('no_such_channel', `there is no channel "${name}"; ${there}`)
  }
  const unixMs = Math.round(clock.wallMs())
  const body: NotificationBody = {
    id: crypto.randomUUID(),
    kind: 'test',
    host,
    unixMs,
    title: `${host}: a test by sysmon`,
    severity: 'info',
    alerts: [
      {
        id: 'test',
        rule: 'test',
        state: 'raised',
        severity: 'info',
        labels: {},
        summary: 'This is a test: notifications arrive here.',
        value: '',
        raisedUnixMs: unixMs,
      },
    ],
  }
  const startMs = clock.monotonicMs()
  const problem = await alerts.outbox.send(channel, body)
  const durationMs = Math.round(clock.monotonicMs() - startMs)
  return {
    channel: name,
    isSent: problem === undefined,
    durationMs,
    ...(problem === undefined ? {} : { error: problem.message }),
  }
}
