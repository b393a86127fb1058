/**
 * What is done with a record as files, by this program itself: copies of it, and bundles of a stretch of it. Given by
 * who composes the programs (main/), since the command line knows no store. Each throws UserError.
 */
export interface RecordFiles {
  /** The whole record into one file, while a daemon writes it or not; bytes of the file. */
  backup(request: BackupRequest): Promise<number>
  /** A copy becomes the record of a data directory that has none. */
  restore(request: RestoreRequest): Promise<void>
  /** A stretch of the record with what explains it, in one file; bytes of the file. */
  bundle(request: BundleRequest): Promise<number>
  /** A bundle as a daemon that only shows: until `closed`. */
  open(request: OpenRequest): Promise<OpenedBundle>
}

export interface BackupRequest {
  readonly dataDir: string
  readonly file: string
  readonly interrupted: AbortSignal
}

export interface RestoreRequest {
  readonly file: string
  readonly dataDir: string
}

export interface BundleRequest {
  readonly dataDir: string
  readonly file: string
  readonly startMs: number
  readonly endMs: number
  /** Told by the daemon, where one runs: facts of the host, what explains the stretch. */
  readonly facts: Readonly<Record<string, unknown>>
  readonly interrupted: AbortSignal
}

export interface OpenRequest {
  readonly file: string
  /** Port of the web application on loopback; 0 takes any; `undefined`: only the socket. */
  readonly port: number | undefined
}

export interface OpenedBundle {
  /** Answers as a daemon does, of the stretch alone. */
  readonly socketPath: string
  /** Opens the dashboard. */
  readonly url: string | undefined
  readonly startMs: number
  readonly endMs: number
  readonly host: string
  close(): Promise<void>
}
