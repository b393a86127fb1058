import type { RecordFiles } from './record-files.ts'

/** What the command line touches of the world, injected, so that a test can be the terminal. */
export interface CliIo {
  readonly stdout: TextSink
  readonly stderr: TextSink
  /** stdout is a terminal. */
  readonly isTty: boolean
  /** Width of that terminal, characters. */
  readonly columns: number | undefined
  readonly rows: number | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** stderr is a terminal: progress can be shown there. */
  readonly isStderrTty?: boolean
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number
  /** IANA time zone in which people here read times. */
  readonly zone: string
  readonly home: string
  readonly cwd: string
  readonly isRoot: boolean
  readonly version: string
  /** Aborted at Ctrl-C. */
  readonly interrupted: AbortSignal
  /** What this user may not read here, asked of the machine itself when no daemon can tell. */
  readonly limitations?: () => Promise<
    readonly { readonly what: string; readonly lost: string; readonly cure: string }[]
  >
  /** What is done with files of the record themselves, with or without a daemon. */
  readonly records?: RecordFiles
  /** Asks the person at the terminal and gives the answer; `undefined` when nobody can answer. */
  ask(question: string): Promise<string | undefined>
  /** The same, and what is typed is not shown. */
  askSecret(question: string): Promise<string | undefined>
  /** Resolves after the time, or at once when `interrupted` is aborted. */
  sleep(ms: number): Promise<void>
}

export interface TextSink {
  /** Throws BrokenPipe when the reader has gone. */
  write(text: string): void
  /** The same of what is no text. */
  writeBytes(bytes: Uint8Array): void
}

/** The reader of our output ended (`| head`): nothing is wrong, and nobody listens any more. */
export class BrokenPipe extends Error {
  constructor() {
    super('broken pipe')
    this.name = 'BrokenPipe'
  }
}
