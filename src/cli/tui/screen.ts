import { writeSync } from 'node:fs'
import type { Clock } from '../../base/clock.ts'
import { errnoCode } from '../../base/errors.ts'

/**
 * The terminal as `top` uses it, and the real one. It is left as it was found, however we end: quitting, an error, a
 * signal, being stopped (Ctrl-Z) and continued. What only SIGKILL can prevent is that.
 */
export interface Screen {
  size(): { readonly columns: number; readonly rows: number }
  /** Not all of the last frame has been taken yet: painting more would only queue up. */
  readonly isBusy: boolean
  write(text: string): void
  enter(listener: ScreenListener): void
  leave(): void
  /** Gives the terminal back and stops this process, as Ctrl-Z does; `continued` follows. */
  suspend(): void
}

export interface ScreenListener {
  input(bytes: Uint8Array): void
  resized(): void
  /** The screen is ours again and blank. */
  continued(): void
  /** The terminal has gone, or somebody asks us to end; the exit code. */
  ended(exitCode: number): void
}

const csi = '\u001b['
/** Alternate screen, cursor hidden, no wrapping at the edge, mouse buttons and wheel in SGR form, marked pastes. */
const entering = `${csi}?1049h${csi}?25l${csi}?7l${csi}?1000h${csi}?1006h${csi}?2004h${csi}0m${csi}2J`
const leaving = `${csi}0m${csi}?2004l${csi}?1006l${csi}?1000l${csi}?7h${csi}?25h${csi}?1049l`

/** Frame marks: terminals that know them (mode 2026) show a frame whole, others ignore them. */
export const frameStart = `${csi}?2026h`
export const frameEnd = `${csi}?2026l`
/** OSC 11: terminals that know it answer with the colour of their background. */
export const askBackground = '\u001b]11;?\u0007'

export const canInteract = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true

/** 128 + number, as shells count them (signal(7)). */
const endings = { SIGTERM: 143, SIGHUP: 129 } as const
const retryMs = 10
/** A stop that the system does not grant (no job control) must not leave us without a screen. */
const stopGraceMs = 200

export const createScreen = (clock: Pick<Clock, 'after'>): Screen => new TerminalScreen(clock)

class TerminalScreen implements Screen {
  #listener: ScreenListener | undefined
  #isEntered = false
  /** What the terminal has not taken yet. */
  #rest: Uint8Array = new Uint8Array()

  constructor(private readonly clock: Pick<Clock, 'after'>) {}

  size(): { readonly columns: number; readonly rows: number } {
    return { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 }
  }

  get isBusy(): boolean {
    return this.#rest.length > 0
  }

  write(text: string): void {
    const bytes = encoder.encode(text)
    const isWaiting = this.isBusy
    this.#rest = isWaiting ? joined(this.#rest, bytes) : bytes
    if (!isWaiting) this.#flush()
  }

  enter(listener: ScreenListener): void {
    this.#listener = listener
    process.stdin.on('data', this.#onInput)
    process.stdin.on('end', this.#onHangUp)
    // Stays to the end: a terminal that has hung up refuses even to be given back (EIO).
    process.stdin.on('error', this.#onHangUp)
    process.on('SIGWINCH', this.#onResize)
    process.on('SIGTERM', this.#onTerminate)
    process.on('SIGHUP', this.#onHangUp)
    process.on('SIGTSTP', this.#onStop)
    process.on('SIGCONT', this.#onContinue)
    process.on('exit', this.#give)
    this.#take()
  }

  leave(): void {
    this.#listener = undefined
    process.stdin.off('data', this.#onInput)
    process.stdin.off('end', this.#onHangUp)
    process.off('SIGWINCH', this.#onResize)
    process.off('SIGTERM', this.#onTerminate)
    process.off('SIGHUP', this.#onHangUp)
    process.off('SIGTSTP', this.#onStop)
    process.off('SIGCONT', this.#onContinue)
    process.off('exit', this.#give)
    this.#give()
    // Paused it still waits on the terminal, which would keep us alive, and busy once the terminal has hung up.
    process.stdin.destroy()
  }

  suspend(): void {
    this.#give()
    // The default action is what stops us; it comes back with our handler gone.
    process.off('SIGTSTP', this.#onStop)
    process.kill(0, 'SIGTSTP')
    this.clock.after(stopGraceMs, () => {
      if (!this.#isEntered) this.#onContinue()
    })
  }

  readonly #onInput = (bytes: Uint8Array): void => this.#listener?.input(bytes)
  readonly #onResize = (): void => this.#listener?.resized()
  readonly #onHangUp = (): void => this.#listener?.ended(endings.SIGHUP)
  readonly #onTerminate = (): void => this.#listener?.ended(endings.SIGTERM)
  readonly #onStop = (): void => this.suspend()
  readonly #onContinue = (): void => {
    if (this.#listener === undefined) return
    process.off('SIGTSTP', this.#onStop)
    process.on('SIGTSTP', this.#onStop)
    // Whoever stopped us may have taken the terminal out of its raw mode.
    this.#isEntered = false
    this.#take()
    this.#listener.continued()
  }

  #take(): void {
    if (this.#isEntered) return
    this.#isEntered = true
    process.stdin.setRawMode?.(true)
    process.stdin.resume()
    this.write(entering)
  }

  readonly #give = (): void => {
    if (!this.#isEntered) return
    this.#isEntered = false
    this.write(leaving)
    process.stdin.setRawMode?.(false)
    process.stdin.pause()
  }

  readonly #flush = (): void => {
    while (this.isBusy) {
      try {
        this.#rest = this.#rest.subarray(writeSync(1, this.#rest))
      } catch (error) {
        if (errnoCode(error) === 'EAGAIN') {
          this.clock.after(retryMs, this.#flush)
          return
        }
        // EIO, EPIPE: nobody looks any more.
        this.#rest = new Uint8Array()
        this.#onHangUp()
      }
    }
  }
}

const encoder = new TextEncoder()

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
