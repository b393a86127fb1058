/**
 * The shapes of alerts between the daemon and its clients. Types only. Times are Unix milliseconds, values in base
 * units; rules travel in the words of the config file.
 */

export type AlertSeverity = 'info' | 'warning' | 'critical'

/** `no_data`: the value is missing for so long that neither well nor ill can be said. */
export type AlertState = 'ok' | 'pending' | 'raised' | 'clearing' | 'no_data'

/** One rule about one set of labels, as it is now. */
export interface AlertDto {
  /** Of the open incident; left out while there is none (pending, no data). */
  readonly id?: string
  readonly rule: string
  readonly severity: AlertSeverity
  readonly state: AlertState
  readonly labels: Readonly<Record<string, string>>
  readonly summary: string
  /** `null`: no data. */
  readonly value: number | null
  readonly unit?: string
  readonly raiseLevel: number
  readonly clearLevel: number
  readonly direction: 'above' | 'below'
  /** Since when it is in this state. */
  readonly sinceUnixMs: number
  readonly raisedUnixMs?: number
  /** Raised and cleared so often that notifications are held back until it is calm. */
  readonly isFlapping: boolean
  readonly acknowledged?: AcknowledgementDto
  /** Ids of the silences that hold it back now. */
  readonly silencedBy: readonly string[]
  readonly explanation?: ExplanationDto
}

export interface AcknowledgementDto {
  readonly by: string
  readonly unixMs: number
  readonly comment: string
}

/** What the analyzer said of the minutes before it was raised. */
export interface ExplanationDto {
  readonly sentence: string
  readonly culprits: readonly CulpritDto[]
}
export interface CulpritDto {
  readonly name: string
  readonly pid?: number
  /** In words: `87 % of the CPU`. */
  readonly share?: string
}

/** One time that an alert was raised. */
export interface IncidentDto {
  readonly id: string
  readonly rule: string
  readonly severity: AlertSeverity
  readonly labels: Readonly<Record<string, string>>
  readonly summary: string
  readonly unit?: string
  /** When it was raised; the furthest it went after that. */
  readonly value: number | null
  readonly worst: number | null
  readonly raisedUnixMs: number
  /** Left out while it lasts. */
  readonly clearedUnixMs?: number
  readonly isNotified: boolean
  readonly acknowledged?: AcknowledgementDto
  readonly explanation?: ExplanationDto
}

/** `GET /api/v1/alerts[?start=][&end=][&limit=]`: what is not ok now, worst first, and what was, newest first. */
export interface AlertsResponse {
  readonly unixMs: number
  readonly active: readonly AlertDto[]
  readonly history: readonly IncidentDto[]
  readonly counts: AlertCounts
}
export interface AlertCounts {
  readonly rules: number
  /** Rules times label sets. */
  readonly watched: number
  readonly raised: number
  readonly pending: number
  readonly noData: number
}

/** A rule in the words of the config file. */
export interface RuleBody {
  readonly name: string
  readonly value: string
  readonly labels?: Readonly<Record<string, string>>
  readonly raise?: string | number
  readonly clear?: string | number
  readonly runs_out_within?: string
  readonly for?: string
  readonly clear_for?: string
  readonly severity?: AlertSeverity
  readonly no_data?: 'show' | 'notify'
  readonly no_data_for?: string
  readonly renotify?: string
  readonly group_by?: 'rule' | 'alert' | 'all'
  readonly channels?: readonly string[]
  readonly summary?: string
  readonly enabled?: boolean
}
/** `GET /api/v1/alerts/rules`. Rules of the config file and those that sysmon brings can only be read. */
export interface RulesResponse {
  readonly rules: readonly RuleDto[]
  readonly channels: readonly { readonly name: string; readonly type: 'email' | 'webhook' | 'log' }[]
}
export interface RuleDto {
  readonly rule: RuleBody
  readonly from: 'built_in' | 'config' | 'api'
  readonly unit?: string
  /** Label sets it watches now, by state. */
  readonly states: Readonly<Partial<Record<AlertState, number>>>
  /** Why it is there, for a built-in one. */
  readonly reason?: string
}
/** `POST /api/v1/alerts/rules/test`: what the rule would have done. */
export interface RuleTestRequest {
  readonly rule: RuleBody
  readonly start?: string | number
  readonly end?: string | number
}
export interface RuleTestResponse {
  readonly startUnixMs: number
  readonly endUnixMs: number
  readonly resolutionMs: number
  readonly labelSets: number
  /** How often it would have been raised. */
  readonly raised: number
  readonly times: readonly RuleTestTime[]
}
export interface RuleTestTime {
  readonly labels: Readonly<Record<string, string>>
  readonly raisedUnixMs: number
  readonly clearedUnixMs?: number
  readonly value: number
}

/** `POST /api/v1/alerts/silences`. Patterns by label name, `rule` or `severity`; `*` stands for anything. */
export interface SilenceBody {
  readonly matchers: Readonly<Record<string, string>>
  readonly comment: string
  readonly start?: string | number
  readonly end?: string | number
  readonly weekly?: WeeklyWindow
}
/** `from` on each of the days until `until`, on the next day where that is not later; by the clocks of the zone. */
export interface WeeklyWindow {
  readonly days: readonly ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[]
  readonly from: string
  readonly until: string
  /** IANA, e.g. `Europe/Berlin`. */
  readonly zone: string
}
export interface SilenceDto {
  readonly id: string
  readonly matchers: Readonly<Record<string, string>>
  readonly comment: string
  readonly createdUnixMs: number
  readonly startUnixMs: number
  /** Left out: until it is removed. */
  readonly endUnixMs?: number
  readonly weekly?: WeeklyWindow
  readonly isActive: boolean
}
export interface SilencesResponse {
  readonly silences: readonly SilenceDto[]
}

/** `GET /api/v1/alerts/deliveries[?limit=]`, newest first. */
export interface DeliveriesResponse {
  readonly deliveries: readonly DeliveryDto[]
  readonly waiting: number
}
export interface DeliveryDto {
  /** The same at every attempt: a receiver knows a duplicate by it. */
  readonly id: string
  readonly channel: string
  readonly title: string
  readonly createdUnixMs: number
  readonly status: 'waiting' | 'sent' | 'given_up'
  readonly attempts: number
  readonly nextUnixMs?: number
  readonly sentUnixMs?: number
  readonly error?: string
}
/** `POST /api/v1/alerts/test {channel}`: sends one now and waits for the outcome. */
export interface ChannelTestResponse {
  readonly channel: string
  readonly isSent: boolean
  readonly durationMs: number
  readonly error?: string
}

/** What a notification says, whatever carries it. */
export interface NotificationBody {
  readonly id: string
  readonly kind: 'raised' | 'cleared' | 'no_data' | 'reminder' | 'test'
  readonly host: string
  readonly unixMs: number
  readonly title: string
  readonly severity: AlertSeverity
  readonly alerts: readonly NotifiedAlert[]
  /** Alerts that belong to it beside those listed; left out: none. */
  readonly omitted?: number
}
export interface NotifiedAlert {
  readonly id: string
  readonly rule: string
  readonly state: 'raised' | 'cleared' | 'no_data'
  readonly severity: AlertSeverity
  readonly labels: Readonly<Record<string, string>>
  readonly summary: string
  readonly value: string
  readonly raisedUnixMs: number
  readonly clearedUnixMs?: number
  readonly explanation?: ExplanationDto
}

/** What the routes ask. Errors are `AlertError`. */
export interface AlertService {
  list(query: { readonly startMs: number; readonly endMs: number; readonly limit: number }): AlertsResponse
  rules(): RulesResponse
  rule(name: string): RuleDto
  putRule(body: RuleBody): RuleDto
  removeRule(name: string): void
  testRule(rule: RuleBody, range: { readonly startMs: number; readonly endMs: number }): Promise<RuleTestResponse>
  silences(): SilencesResponse
  addSilence(body: SilenceBody, range: { readonly startMs: number; readonly endMs: number | undefined }): SilenceDto
  removeSilence(id: string): void
  acknowledge(id: string, by: string, comment: string): IncidentDto
  deliveries(limit: number): DeliveriesResponse
  testChannel(name: string): Promise<ChannelTestResponse>
}
