import type { Series } from '../frame/series-table.ts'

/** The raw values of one tick, by series id; NaN is absent. */
export interface Snapshot {
  readonly unixMs: number
  readonly values: Float64Array
}

/** What an encoder needs to know beside the values. */
export interface Sender {
  readonly series: () => readonly (Series | undefined)[]
  readonly host: {
    readonly hostName: string
    readonly os: string
    readonly osName: string
    readonly kernel: string
    readonly architecture: string
    readonly bootId: string
  }
  readonly version: string
  /** Since when counters of the machine count, and those of sysmon itself; Unix milliseconds. */
  readonly bootUnixMs: number
  readonly startUnixMs: number
}

export interface Encoded {
  readonly body: Uint8Array<ArrayBuffer>
  readonly headers: Readonly<Record<string, string>>
  /** Values in it. */
  readonly samples: number
}

/** Turns ticks, oldest first, into one request. */
export type Encode = (snapshots: readonly Snapshot[]) => Encoded
