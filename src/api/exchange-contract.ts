/** Shapes of export and import, for who asks and for who answers. Types only. */

export type ExportFormat = 'csv' | 'jsonl' | 'parquet'
export type ImportFormat = ExportFormat | 'openmetrics'

export interface ExportRequest {
  readonly content: 'samples' | 'processes'
  /** None: all that are stored. */
  readonly metrics: readonly string[]
  readonly startMs: number
  readonly endMs: number
  /** Length of a step, milliseconds; `undefined`: every tick as it is. */
  readonly stepMs: number | undefined
  readonly format: ExportFormat
}

export interface ExportAnswer {
  readonly mediaType: string
  readonly fileName: string
  /** About so many rows; `undefined`: nobody knows. */
  readonly expectedRows: number | undefined
  readonly bytes: AsyncGenerator<Uint8Array>
}

export interface ImportRequest {
  readonly format: ImportFormat
  readonly isDryRun: boolean
  readonly body: AsyncIterable<Uint8Array>
}

export interface ImportReport {
  /** Nothing was kept: it was only asked what would be. */
  readonly dryRun: boolean
  readonly ticks: number
  /** Values new to the record; known to it already; other than what it has, which stays; of a time already rolled up. */
  readonly values: {
    readonly added: number
    readonly known: number
    readonly different: number
    readonly settled: number
  }
  /** Ticks older than anything that is kept: left out. */
  readonly expiredTicks: number
  /** Ticks older than seconds are kept: only their minutes stay. */
  readonly soonRolledUpTicks: number
  readonly series: number
  /** Those that the record did not know. */
  readonly newSeries: readonly string[]
  readonly startUnixMs: number
  readonly endUnixMs: number
}

export type ImportAnswer =
  | ImportReport
  /** What is wrong, by line: nothing was kept. */
  | { readonly refused: readonly string[] }

/** Loaded when somebody asks. */
export interface ExchangeService {
  /** Throws QueryError, StoreError. */
  export(request: ExportRequest): Promise<ExportAnswer>
  /** One at a time: `undefined`, another is under way. Throws StoreError. */
  import(request: ImportRequest): Promise<ImportAnswer | undefined>
}
