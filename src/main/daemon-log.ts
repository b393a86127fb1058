import type { Clock } from '../base/clock.ts'
import { createLogger, formatJson, type Logger } from '../base/log.ts'
import { descriptorSink, type LogFile, openLogFile } from '../base/log-file.ts'
import type { Config } from '../config/schema.ts'

type LogConfig = Config['log']

/** The daemon's log, to standard error or a file, and what a reload of the configuration changes in it. */
export class DaemonLog {
  readonly logger: Logger
  #config: LogConfig
  #file: LogFile | undefined
  readonly #standardError = descriptorSink(2)
  readonly #clock: Clock

  /** Throws UserError when the file cannot be opened. */
  constructor(config: LogConfig, clock: Clock) {
    this.#config = config
    this.#clock = clock
    if (config.file !== undefined) this.#file = this.#open(config, config.file)
    const isReadable = config.file === undefined && process.stderr.isTTY === true
    this.logger = createLogger({
      level: () => this.#config.level,
      sink: { write: (line) => (this.#file ?? this.#standardError).write(line) },
      clock,
      isReadable,
      hasColour: isReadable && (process.env.NO_COLOR ?? '') === '',
    })
  }

  /** Also begins the file anew where another program has moved it away. Throws UserError. */
  apply(config: LogConfig): void {
    const before = this.#config
    if (config.file !== before.file) {
      const next = config.file === undefined ? undefined : this.#open(config, config.file)
      this.#file?.close()
      this.#file = next
    } else {
      this.#file?.reopen()
      this.#file?.setBounds({ maxBytes: config.maxSizeBytes, keep: config.keep })
    }
    this.#config = config
  }

  close(): void {
    this.#file?.close()
    this.#file = undefined
  }

  #open({ maxSizeBytes, keep }: LogConfig, file: string): LogFile {
    const lostLine = (lines: number): string =>
      formatJson({
        unixMs: this.#clock.wallMs(),
        level: 'warn',
        message: 'log lines were lost: the file could not be written',
        fields: { lines },
      })
    return openLogFile({ file, maxBytes: maxSizeBytes, keep, lostLine })
  }
}
