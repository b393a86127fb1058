import type { NotificationBody, NotifiedAlert } from '../api/alert-contract.ts'
import type { Clock } from '../base/clock.ts'
import type { Channel } from '../rule/channel.ts'
import { formatAmount } from '../rule/level.ts'
import { type Rule, severities } from '../rule/rule.ts'
import type { AlertDatabase, Incident } from './database.ts'
import { isFirstOfFlapping, isFlapping } from './flapping.ts'
import type { Outbox } from './outbox.ts'
import { isSilenceActive, type Silence, silenceFits } from './silence.ts'

/**
 * Compares what is with what was told, and tells the difference. Nothing depends on the moment of a change, so that a
 * kill between the two loses nothing and a restart tells nothing twice (A6). Told and put into the outbox is one step.
 */
export interface NotifierParts {
  readonly database: AlertDatabase
  readonly outbox: Pick<Outbox, 'put' | 'kick'>
  readonly clock: Clock
  readonly host: string
  readonly groupWaitMs: () => number
  readonly channels: () => readonly Channel[]
  /** Rules that exist, and those that were taken away while something of theirs was open. */
  readonly ruleOf: (name: string) => Rule | undefined
  readonly silences: () => readonly Silence[]
  readonly raisesOf: (key: string) => readonly number[]
  /** Still being explained: it waits for that, shortly. */
  readonly isExplaining: (incident: Incident) => boolean
  readonly newId: () => string
}

type Kind = 'raised' | 'cleared' | 'no_data' | 'reminder'
interface Due {
  readonly incident: Incident
  readonly kind: Kind
  readonly rule: Rule | undefined
}

/** Listed in one notification; the others are counted. */
const mostAlerts = 100

export class Notifier {
  /** Monotonic times since which what is to be told has been so. */
  readonly #since = new Map<number, { readonly kind: Kind; readonly monotonicMs: number }>()

  #silences:
    | { readonly atMs: number; readonly all: readonly Silence[]; readonly active: readonly Silence[] }
    | undefined

  constructor(private readonly parts: NotifierParts) {}

  /** The incidents about which everything has been told. */
  reconcile(open: readonly Incident[]): readonly Incident[] {
    const { clock, database, outbox } = this.parts
    const nowMs = Math.round(clock.wallMs())
    const done: Incident[] = []
    const waiting: Due[] = []
    for (const incident of open) {
      const kind = untold(incident, this.parts.ruleOf(incident.rule), nowMs)
      if (kind !== undefined) waiting.push({ incident, kind, rule: this.parts.ruleOf(incident.rule) })
      else {
        this.#since.delete(incident.id)
        if (incident.clearedMs !== undefined) done.push(incident)
      }
    }
    const due = this.#due(waiting)
    if (due.length === 0 && done.length === 0) return []
    const told = due.map(({ incident, kind }) => toldOf(incident, kind, nowMs, this.parts.channels().length > 0))
    const over = done.map((incident) => ({ ...incident, told: 'done' as const, toldMs: nowMs }))
    database.together(() => {
      for (const group of groupsOf(due)) this.#put(group, nowMs)
      for (const incident of [...told, ...over]) database.putIncident(incident)
    })
    for (const [index, { incident }] of due.entries()) Object.assign(incident, told[index])
    for (const [index, incident] of done.entries()) Object.assign(incident, over[index])
    if (due.length > 0) outbox.kick()
    const ended = open.filter((incident) => incident.told === 'done')
    for (const { id } of ended) this.#since.delete(id)
    return ended
  }

  silencedBy(thing: Pick<Incident, 'rule' | 'severity' | 'labels'>, nowMs: number): readonly string[] {
    return this.#active(nowMs)
      .filter((silence) => silenceFits(silence, thing))
      .map(({ id }) => id)
  }

  /** Once for all that is asked at one moment: a zone's clock is slow to read. */
  #active(nowMs: number): readonly Silence[] {
    const all = this.parts.silences()
    const known = this.#silences
    if (known?.atMs === nowMs && known.all === all) return known.active
    const active = all.filter((silence) => isSilenceActive(silence, nowMs))
    this.#silences = { atMs: nowMs, all, active }
    return active
  }

  /** Those not held back by silence, flapping, explaining, and whose group has been waited for. */
  #due(waiting: readonly Due[]): Due[] {
    const { clock } = this.parts
    const nowMs = clock.wallMs()
    const monotonicMs = clock.monotonicMs()
    const ripe: Due[] = []
    const ripeGroups = new Set<string>()
    for (const due of waiting) {
      const { incident, kind } = due
      const since = this.#since.get(incident.id)
      if (since?.kind !== kind) this.#since.set(incident.id, { kind, monotonicMs })
      if (this.silencedBy(incident, nowMs).length > 0 || this.#isHeldBack(due, nowMs)) continue
      if (kind === 'raised' && this.parts.isExplaining(incident)) continue
      ripe.push(due)
      const waitedMs = monotonicMs - (this.#since.get(incident.id)?.monotonicMs ?? monotonicMs)
      if (kind === 'reminder' || waitedMs >= this.parts.groupWaitMs()) ripeGroups.add(groupOf(due))
    }
    // The oldest of a group decides when; the others go with it.
    return ripe.filter((due) => ripeGroups.has(groupOf(due)))
  }

  #isHeldBack({ incident, kind }: Due, nowMs: number): boolean {
    const raises = this.parts.raisesOf(incident.key)
    if (!isFlapping(raises, Math.max(incident.clearedMs ?? 0, ...raises), nowMs)) return false
    return !(kind === 'raised' && isFirstOfFlapping(raises, incident.raisedMs))
  }

  #put(group: readonly Due[], nowMs: number): void {
    const [first] = group
    if (first === undefined) return
    const rank = (severity: Incident['severity']): number => severities.indexOf(severity)
    for (const channel of this.parts.channels()) {
      const least = channel.least_severity === undefined ? 0 : severities.indexOf(channel.least_severity)
      const heard = group.filter(
        ({ incident, rule }) =>
          rank(incident.severity) >= least && (rule?.channels === undefined || rule.channels.includes(channel.name)),
      )
      // PagerDuty knows events one by one.
      const isSingle = channel.type === 'webhook' && channel.preset === 'pagerduty'
      const parts = isSingle ? heard.map((one) => [one]) : heard.length === 0 ? [] : [heard]
      for (const part of parts) {
        const thread = isSingle ? `alert:${part[0]?.incident.id}` : threadOf(first)
        this.parts.outbox.put(channel.name, thread, this.#body(part, nowMs))
      }
    }
  }

  #body(group: readonly Due[], nowMs: number): NotificationBody {
    const [{ kind } = { kind: 'raised' as const }] = group
    const worst = group.reduce<Incident['severity']>(
      (most, { incident }) =>
        severities.indexOf(incident.severity) > severities.indexOf(most) ? incident.severity : most,
      'info',
    )
    return {
      id: this.parts.newId(),
      kind,
      host: this.parts.host,
      unixMs: nowMs,
      title: this.#title(group, kind),
      severity: worst,
      alerts: group.slice(0, mostAlerts).map(({ incident }) => this.#alert(incident, kind)),
      ...(group.length > mostAlerts ? { omitted: group.length - mostAlerts } : {}),
    }
  }

  #title(group: readonly Due[], kind: Kind): string {
    const words = { raised: '', cleared: 'over: ', no_data: 'no data: ', reminder: 'still: ' } as const
    const { host } = this.parts
    const [first] = group
    if (group.length === 1 && first !== undefined) return `${host}: ${words[kind]}${first.incident.summary}`
    const rules = [...new Set(group.map(({ incident }) => incident.rule))]
    const about = rules.length === 1 ? ` of ${rules[0]}` : ''
    return `${host}: ${words[kind]}${group.length} alerts${about}`
  }

  #alert(incident: Incident, kind: Kind): NotifiedAlert {
    const { id, rule, severity, labels, value, unit, raisedMs, clearedMs, explanation } = incident
    const flaps = kind === 'raised' && isFlapping(this.parts.raisesOf(incident.key), raisedMs, raisedMs)
    return {
      id: String(id),
      rule,
      state: kind === 'reminder' ? 'raised' : kind,
      severity,
      labels,
      summary: flaps
        ? `${incident.summary} (comes and goes: changes are held back until it is calm)`
        : incident.summary,
      value: formatAmount(value ?? Number.NaN, unit),
      raisedUnixMs: raisedMs,
      ...(clearedMs === undefined ? {} : { clearedUnixMs: clearedMs }),
      ...(explanation === undefined || kind === 'cleared' ? {} : { explanation }),
    }
  }
}

function untold(incident: Incident, rule: Rule | undefined, nowMs: number): Kind | undefined {
  const { told, clearedMs, isMissing, acknowledged, toldMs } = incident
  // Nobody was told that it began, so nobody is told that it is over (A6).
  if (clearedMs !== undefined) return told === 'nothing' ? undefined : 'cleared'
  if (isMissing && rule?.notifiesNoData === true && told !== 'no_data') return 'no_data'
  if (told === 'nothing') return acknowledged === undefined ? 'raised' : undefined
  if (told === 'no_data' && !isMissing) return 'raised'
  const isReminded = rule?.renotifyMs !== undefined && acknowledged === undefined && nowMs - toldMs >= rule.renotifyMs
  return isReminded ? 'reminder' : undefined
}

function toldOf(incident: Incident, kind: Kind, nowMs: number, isHeard: boolean): Incident {
  const told = kind === 'cleared' ? 'done' : kind === 'no_data' ? 'no_data' : 'raised'
  return { ...incident, told, toldMs: nowMs, isNotified: incident.isNotified || isHeard }
}

const threadOf = ({ incident, rule }: Due): string => {
  const by = rule?.groupBy ?? 'rule'
  return by === 'all' ? 'all' : by === 'alert' ? `alert:${incident.id}` : `rule:${incident.rule}`
}
const groupOf = (due: Due): string => `${threadOf(due)} ${due.kind}`

function groupsOf(due: readonly Due[]): readonly (readonly Due[])[] {
  const groups = new Map<string, Due[]>()
  for (const one of due) {
    const group = groups.get(groupOf(one))
    if (group === undefined) groups.set(groupOf(one), [one])
    else group.push(one)
  }
  return [...groups.values()]
}
