/**
 * What `GET /api/v1/explain` answers: which resource was short in a window of the record, since when, who used it up and
 * who waited. Types only. Times are Unix milliseconds, units UCUM base units, shares and severities 0 to 1; what is not
 * known is left out, never 0.
 */
export interface ExplainResponse {
  readonly window: ExplainWindow
  /** Nothing was short: `findings` is empty. */
  readonly isQuiet: boolean
  /** The answer in one sentence. */
  readonly summary: string
  /** What hurt most first. */
  readonly findings: readonly ExplainFinding[]
  /** Every resource that was looked at, short or not: used, saturated, errors (the USE method). */
  readonly resources: readonly ResourceUse[]
  /** What else was different: oldest first. */
  readonly changes: readonly ExplainChange[]
  readonly coverage: ExplainCoverage
  readonly against?: ExplainComparison
}

export interface ExplainWindow {
  readonly startMs: number
  readonly endMs: number
  /** Length of a step that was looked at; longer windows are read by the minute. */
  readonly stepMs: number
  /** How far back beginnings were looked for. */
  readonly lookbackStartMs: number
}

export type ResourceName =
  | 'cpu'
  | 'memory'
  | 'swap'
  | 'disk'
  | 'filesystem'
  | 'network'
  | 'tcp'
  | 'cgroup'
  | 'descriptors'
  | 'processes'
  | 'time'
  | 'heat'

export type FindingKind = 'utilization' | 'saturation' | 'errors'

export interface ExplainFinding {
  /** 1 hurt most. */
  readonly rank: number
  readonly resource: ResourceName
  /** Which of several: device, mount point, interface, control group, core. */
  readonly instance?: string
  readonly severity: number
  readonly kind: FindingKind
  readonly sentence: string
  /** When it began: may lie before the window. */
  readonly sinceMs: number
  /** It was so already when the record looked at begins: `sinceMs` is the latest it can have begun. */
  readonly isOlder: boolean
  /** The stretch of the window in which it was so. */
  readonly startMs: number
  readonly endMs: number
  readonly unusualness?: Unusualness
  readonly evidence: readonly Evidence[]
  /** Who used it up, most first. */
  readonly culprits: readonly Actor[]
  /** Who waited for it, most first. */
  readonly waiters: readonly Actor[]
  /** Share of the use that no recorded process accounts for; left out where use is not known by process. */
  readonly unattributedShare?: number
  /** By what the shares were told, and what limits them. */
  readonly attribution?: string
}

/** Against this machine's own past, by minutes. */
export interface Unusualness {
  /** Share of the past minutes that were below: 1, it has never been so high. */
  readonly share: number
  /** Median of the past. */
  readonly typical: number
  readonly unit: string
  /** Minutes that were compared. */
  readonly minutes: number
  /** `same_hour`: of the days before; `recent`: the day before the window. */
  readonly basis: 'same_hour' | 'recent'
  readonly sentence: string
}

export interface Evidence {
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  /** Mean over the stretch. */
  readonly value: number
  readonly peak?: number
  readonly unit: string
  /** Median before it began. */
  readonly baseline?: number
  readonly sentence: string
  /** Address in the dashboard. */
  readonly link: string
}

/** A process, or several of one name told as one. */
export interface Actor {
  /** Of several, that of the largest. Left out for a control group. */
  readonly pid?: number
  /** With the pid, the identity of the process. */
  readonly startTicks?: number
  readonly name: string
  readonly command?: string
  readonly cgroup?: string
  /** Unit or container, as a person calls it. */
  readonly service?: string
  /** How many processes this stands for, when more than one. */
  readonly processes?: number
  readonly share?: number
  readonly amount: number
  readonly unit: string
  /** No longer there at the end of the stretch. */
  readonly hasEnded?: boolean
  /** What it did, in words. */
  readonly sentence: string
}

export interface ResourceUse {
  readonly resource: ResourceName
  readonly instance?: string
  readonly isShort: boolean
  readonly used?: Level
  readonly saturated?: Level
  readonly errors?: Level
}
/** Mean and most of one metric over the window. */
export interface Level {
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly mean: number
  readonly peak: number
  readonly unit: string
}

export interface ExplainChange {
  readonly unixMs: number
  readonly kind:
    | 'process_started'
    | 'process_ended'
    | 'mount'
    | 'interface'
    | 'limit'
    | 'boot'
    | 'version'
    | 'sysmon'
    | 'event'
  readonly sentence: string
  readonly pid?: number
}

export interface ExplainCoverage {
  /** Share of the window for which there are ticks. */
  readonly share: number
  readonly gaps: readonly { readonly startMs: number; readonly endMs: number; readonly reason: string }[]
  /** What could not be looked at, and why. */
  readonly missing: readonly { readonly what: string; readonly reason: string }[]
  /** Share of the process record that was read: long windows are sampled. 0: none was there. */
  readonly processesShare: number
}

export interface ExplainComparison {
  readonly window: ExplainWindow
  readonly summary: string
  readonly findings: readonly {
    readonly resource: ResourceName
    readonly instance?: string
    readonly sentence: string
  }[]
  /** What was different, most first. */
  readonly differences: readonly Difference[]
}
export interface Difference {
  readonly resource: ResourceName
  readonly instance?: string
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  readonly against: number
  readonly unit: string
  readonly sentence: string
}

/** Parameters of the route. `at` asks for the minute around a moment, in place of `start` and `end`. */
export interface ExplainParameters {
  readonly start?: string | number
  readonly end?: string | number
  readonly at?: string | number
  readonly against_start?: string | number
  readonly against_end?: string | number
}
