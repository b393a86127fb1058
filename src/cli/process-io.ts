import { writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { sleep, systemClock } from '../base/clock.ts'
import { describeError, errnoCode } from '../base/errors.ts'
import { version } from '../base/version.ts'
import { BrokenPipe, type CliIo, type TextSink } from './io.ts'
import { failure, interruptedExitCode } from './mistake.ts'
import { TypedSecret } from './typed-secret.ts'

/** The real world of the command line: this process, its terminal, its clock. */
export function processIo({ limitations, records }: Pick<CliIo, 'limitations' | 'records'> = {}): CliIo {
  const interruption = new AbortController()
  // The first Ctrl-C ends what is under way in order, a second one ends at once.
  process.on('SIGINT', () => (interruption.signal.aborted ? process.exit(interruptedExitCode) : interruption.abort()))
  const interrupted = interruption.signal
  return {
    stdout: sink(1),
    stderr: sink(2),
    isTty: process.stdout.isTTY === true,
    isStderrTty: process.stderr.isTTY === true,
    get columns() {
      return process.stdout.columns
    },
    get rows() {
      return process.stdout.rows
    },
    env: process.env,
    now: () => systemClock.wallMs(),
    get zone() {
      return Intl.DateTimeFormat().resolvedOptions().timeZone
    },
    home: process.env.HOME || homedir(),
    cwd: process.cwd(),
    isRoot: process.getuid?.() === 0,
    version,
    interrupted,
    ...(limitations === undefined ? {} : { limitations }),
    ...(records === undefined ? {} : { records }),
    ask: async (question) => (process.stdin.isTTY === true ? answerTo(question, interrupted) : undefined),
    askSecret: async (question) =>
      process.stdin.isTTY === true ? secretTo(question, () => interruption.abort()) : undefined,
    sleep: (ms) => sleep(systemClock, ms, interrupted),
  }
}

/** Written at once and in order, so that nothing is lost when the process ends right after. */
const sink = (descriptor: number): TextSink => ({
  write(text) {
    this.writeBytes(encoder.encode(text))
  },
  writeBytes(bytes) {
    let rest = bytes
    while (rest.length > 0) rest = rest.subarray(written(descriptor, rest))
  },
})

const encoder = new TextEncoder()

/** A pipe that is full and does not block (write(2) EAGAIN) is asked again; one whose reader has gone is the end. */
function written(descriptor: number, bytes: Uint8Array): number {
  try {
    return writeSync(descriptor, bytes)
  } catch (error) {
    const code = errnoCode(error)
    if (code === 'EAGAIN') return waitForRoom()
    if (code === 'EPIPE') throw new BrokenPipe()
    if (code === undefined) throw error
    throw failure(`the answer cannot be written: ${describeError(error).replace(/, write$/, '')}`)
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4))
const pauseMs = 2

function waitForRoom(): number {
  Atomics.wait(pause, 0, 0, pauseMs)
  return 0
}

/** One line from the terminal; `undefined` when it is closed or Ctrl-C comes first. */
async function answerTo(question: string, interrupted: AbortSignal): Promise<string | undefined> {
  sink(2).write(question)
  const { stdin } = process
  return await new Promise<string | undefined>((resolve) => {
    const done = (answer: string | undefined): void => {
      stdin.pause()
      resolve(answer)
    }
    interrupted.addEventListener('abort', () => done(undefined), { once: true })
    stdin.once('data', (bytes: Uint8Array) => done(new TextDecoder().decode(bytes).replace(/\r?\n$/, '')))
    stdin.once('end', () => done(undefined))
    stdin.resume()
  })
}

/** The same without showing what is typed. In raw mode Ctrl-C is a key like others: `interrupt` is called for it. */
async function secretTo(question: string, interrupt: () => void): Promise<string | undefined> {
  const { stdin } = process
  const secret = new TypedSecret()
  // First, so that nothing is shown of what is typed at once.
  stdin.setRawMode(true)
  sink(2).write(question)
  return await new Promise<string | undefined>((resolve) => {
    const done = (answer: string | undefined): void => {
      stdin.off('data', typed).off('end', ended)
      stdin.setRawMode(false)
      stdin.pause()
      sink(2).write('\n')
      resolve(answer)
    }
    const typed = (bytes: Uint8Array): void => {
      const state = secret.take(bytes)
      if (state === 'typing') return
      if (state === 'interrupted') interrupt()
      done(state === 'interrupted' ? undefined : secret.text)
    }
    const ended = (): void => done(undefined)
    stdin.on('data', typed).on('end', ended).resume()
  })
}
