import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import { describeError, errnoCode, exitCodes, UserError } from './errors.ts'
import type { LogSink } from './log.ts'

/**
 * A log file that puts itself aside at a size: log, log.1 (the youngest), log.2… A full disk loses lines, never the
 * daemon; how many were lost is written once there is room again.
 */
export interface LogFileOptions {
  readonly file: string
  readonly maxBytes: number
  /** How many files put aside are kept; 0: none, the file begins anew. */
  readonly keep: number
  /** What is written, once there is room again, for the lines that were lost. */
  readonly lostLine: (lines: number) => string
}

export interface LogFile extends LogSink {
  /** Begins to write to what stands at the path now: after another program has moved the file away. Throws UserError. */
  reopen(): void
  /** New bounds, from the next line on. */
  setBounds(bounds: Pick<LogFileOptions, 'maxBytes' | 'keep'>): void
  /** Lines lost so far. */
  readonly lost: number
  close(): void
}

/** Throws UserError when the file cannot be opened. */
export function openLogFile(options: LogFileOptions): LogFile {
  const { file, lostLine } = options
  let { maxBytes, keep } = options
  let current = openForUser(file)
  let lost = 0
  let unreported = 0
  let isTorn = false

  function put(text: string): void {
    const bytes = Buffer.from(isTorn ? `\n${text}` : text)
    const written = writeSync(current.descriptor, bytes)
    current.bytes += written
    // Part of a line, at the end of a full disk: the next one must begin a new line.
    isTorn = written < bytes.length && (written > 0 || isTorn)
    if (written < bytes.length) throw Object.assign(new Error('short write'), { code: 'ENOSPC' })
  }

  /** The new file is there before the old one is let go: where that cannot be had, the old one goes on growing. */
  function rotate(): void {
    try {
      shift(file, keep)
      replace(open(file))
    } catch (error) {
      if (errnoCode(error) === undefined) throw error
      current.fullBytes = current.bytes + maxBytes
    }
  }

  function replace(next: OpenFile): void {
    closeSync(current.descriptor)
    current = next
  }

  return {
    write(line) {
      try {
        if (current.bytes > 0 && current.bytes + Buffer.byteLength(line) > Math.max(maxBytes, current.fullBytes))
          rotate()
        if (unreported > 0) {
          put(lostLine(unreported))
          unreported = 0
        }
        put(line)
      } catch (error) {
        // Full, read-only, gone: whatever it is, there is nowhere left to say it but in the count.
        if (errnoCode(error) === undefined) throw error
        lost++
        unreported++
      }
    },
    reopen: () => replace(openForUser(file)),
    setBounds(bounds) {
      ;({ maxBytes, keep } = bounds)
    },
    get lost() {
      return lost
    },
    close: () => closeSync(current.descriptor),
  }
}

interface OpenFile {
  readonly descriptor: number
  bytes: number
  /** Size at which to put it aside, where that is more than the bound: it could not be done before. */
  fullBytes: number
}

function open(file: string): OpenFile {
  // For the owner only: a log names programs, files and addresses.
  const descriptor = openSync(file, 'a', 0o600)
  const facts = fstatSync(descriptor)
  // A pipe or a terminal has no size and is never put aside.
  return { descriptor, bytes: facts.size, fullBytes: facts.isFile() ? 0 : Number.POSITIVE_INFINITY }
}

function openForUser(file: string): OpenFile {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    return open(file)
  } catch (error) {
    const what = `the log file cannot be opened (${errnoCode(error) ?? describeError(error)})`
    throw new UserError({
      what,
      where: file,
      cure: 'Name another with log.file, or leave it out to log to standard error',
      exitCode: errnoCode(error) === 'ENOSPC' ? exitCodes.failed : exitCodes.usage,
    })
  }
}

function shift(file: string, keep: number): void {
  if (keep === 0) rmSync(file, { force: true })
  for (let age = keep - 1; age >= 0; age--) renameIfThere(age === 0 ? file : `${file}.${age}`, `${file}.${age + 1}`)
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error
  }
}

/** Standard error or any open descriptor. A reader that has gone or cannot keep up loses lines. */
export function descriptorSink(descriptor: number): LogSink {
  return {
    write(line) {
      try {
        writeSync(descriptor, line)
      } catch (error) {
        if (errnoCode(error) === undefined) throw error
      }
    },
  }
}
