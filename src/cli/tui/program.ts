import type { Client } from '../../api/client.ts'
import { ApiProblem } from '../../api/client.ts'
import type { Clock, Timer } from '../../base/clock.ts'
import { CellBuffer } from './cells.ts'
import { frameDifference } from './diff.ts'
import { Feed, reasonOf } from './feed.ts'
import { InputDecoder, type InputEvent } from './input-decoder.ts'
import { reduce } from './reduce.ts'
import { playIntervalMs } from './replay.ts'
import { askBackground, frameEnd, frameStart, type Screen } from './screen.ts'
import type { Effect, TopEvent, TopState } from './state.ts'
import type { Theme } from './theme.ts'
import { paintFrame } from './views/frame.ts'
import type { Paint } from './views/paint.ts'
import { wantedOf } from './wanted.ts'

/**
 * `sysmon top` while it runs: events go through `reduce`, what is wanted to the feed, what changed to the screen. Frames
 * are painted at most so often, and only cells that differ are sent.
 */
export interface TopParts {
  readonly clock: Clock
  readonly screen: Screen
  readonly connect: () => Client
  readonly initial: TopState
  readonly paint: Paint
  /** The theme for a light background, when nobody chose one. */
  readonly lightTheme: Theme | undefined
  readonly interrupted: AbortSignal
}

/** Events that come together make one frame. */
const frameDelayMs = 8
const secondMs = 1000

export function runTop(parts: TopParts): Promise<number> {
  return new Promise((resolve, reject) => {
    const program = new Program(parts, (exitCode, error) => (error === undefined ? resolve(exitCode) : reject(error)))
    program.start()
  })
}

class Program {
  #state: TopState
  #paint: Paint
  #shown: CellBuffer | undefined
  #next: CellBuffer
  #frame: Timer | undefined
  #playing: Timer | undefined
  #waiting: Timer | undefined
  #isEnded = false
  readonly #feed: Feed
  readonly #decoder: InputDecoder
  readonly #interrupt = (): void => this.#end(0)

  constructor(
    private readonly parts: TopParts,
    private readonly done: (exitCode: number, error?: unknown) => void,
  ) {
    this.#state = parts.initial
    this.#paint = parts.paint
    this.#next = this.#buffer(parts.initial.size.columns, parts.initial.size.rows)
    this.#feed = new Feed({
      clock: parts.clock,
      connect: parts.connect,
      emit: (event) => this.#dispatch(event),
      onError: (error) => this.#end(1, error),
    })
    this.#decoder = new InputDecoder(parts.clock, (event) => this.#guarded(() => this.#input(event)))
  }

  #buffer(columns: number, rows: number): CellBuffer {
    return new CellBuffer(columns, rows, this.parts.paint.symbols.set === 'ascii')
  }

  start(): void {
    const { screen, interrupted, lightTheme } = this.parts
    interrupted.addEventListener('abort', this.#interrupt)
    screen.enter({
      input: (bytes) => this.#guarded(() => this.#decoder.feed(bytes)),
      resized: () => this.#guarded(() => this.#resized()),
      continued: () => this.#guarded(() => this.#resized()),
      ended: (exitCode) => this.#end(exitCode),
    })
    if (lightTheme !== undefined) screen.write(askBackground)
    this.#resized()
  }

  /** An error of ours must not leave the terminal in our hands. */
  #guarded(run: () => void): void {
    if (this.#isEnded) return
    try {
      run()
    } catch (error) {
      this.#end(1, error)
    }
  }

  #end(exitCode: number, error?: unknown): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#feed.end()
    this.#decoder.end()
    this.#frame?.cancel()
    this.#playing?.cancel()
    this.#waiting?.cancel()
    this.parts.interrupted.removeEventListener('abort', this.#interrupt)
    this.parts.screen.leave()
    this.done(exitCode, error)
  }

  #input(input: InputEvent): void {
    if (input.kind !== 'background') {
      this.#dispatch({ kind: 'input', input, nowMs: this.parts.clock.wallMs() })
      return
    }
    const { lightTheme } = this.parts
    if (!input.isLight || lightTheme === undefined) return
    this.#paint = { ...this.#paint, theme: lightTheme }
    this.#repaint()
  }

  #dispatch(event: TopEvent): void {
    this.#guarded(() => {
      const { state, effects } = reduce(this.#state, event)
      this.#state = state
      for (const effect of effects) this.#apply(effect)
      if (this.#isEnded) return
      this.#feed.want(wantedOf(this.#state))
      this.#keepPlaying()
      this.#keepTime()
      this.#schedule()
    })
  }

  #apply(effect: Effect): void {
    switch (effect.kind) {
      case 'quit':
        this.#end(0)
        break
      case 'suspend':
        this.parts.screen.suspend()
        break
      case 'redraw':
        this.#repaint()
        break
      case 'signal':
        void this.#signal(effect)
    }
  }

  /** To the process that was seen, or to none (R2). */
  async #signal({ target, signal }: Effect & { kind: 'signal' }): Promise<void> {
    const say = (text: string, tone: 'good' | 'bad'): void =>
      this.#dispatch({ kind: 'said', text, tone, nowMs: this.parts.clock.wallMs() })
    try {
      await this.parts.connect().signal(target.pid, { signal, startTicks: target.startTicks })
      say(`${signal} sent to ${target.pid} ${target.name}`, 'good')
    } catch (error) {
      const why = error instanceof ApiProblem ? error.message : reasonOf(error)
      say(`${signal} not sent to ${target.pid} ${target.name}: ${why}`, 'bad')
    }
  }

  #keepPlaying(): void {
    const { mode, timeline } = this.#state
    const isPlaying = mode.kind === 'replay' && mode.isPlaying
    if (!isPlaying) {
      this.#playing?.cancel()
      this.#playing = undefined
      return
    }
    this.#playing ??= this.parts.clock.after(playIntervalMs(mode.speed, timeline.stepMs), () => {
      this.#playing = undefined
      this.#dispatch({ kind: 'played', nowMs: this.parts.clock.wallMs() })
    })
  }

  /** Where no ticks come, the header still says how long ago it was. */
  #keepTime(): void {
    if (this.#state.mode.kind === 'live' && this.#state.lost === undefined) return
    this.#waiting ??= this.parts.clock.after(secondMs, () => {
      this.#waiting = undefined
      this.#dispatch({ kind: 'waited', nowMs: this.parts.clock.wallMs() })
    })
  }

  #resized(): void {
    const { columns, rows } = this.parts.screen.size()
    this.#next = this.#buffer(columns, rows)
    this.#repaint()
    this.#dispatch({ kind: 'resized', columns, rows })
  }

  /** Forgets what the terminal shows. */
  #repaint(): void {
    this.#shown = undefined
    this.#schedule()
  }

  #schedule(): void {
    this.#frame ??= this.parts.clock.after(frameDelayMs, () => {
      this.#frame = undefined
      this.#guarded(() => this.#render())
    })
  }

  #render(): void {
    const { screen, clock } = this.parts
    if (screen.isBusy) {
      this.#schedule()
      return
    }
    const { columns, rows } = this.#state.size
    if (this.#next.columns !== columns || this.#next.rows !== rows) this.#next = this.#buffer(columns, rows)
    paintFrame(this.#next, this.#state, clock.wallMs(), this.#paint)
    const changes = frameDifference(this.#shown, this.#next, this.#paint.theme.sgr)
    const clear = this.#shown === undefined ? '\u001b[0m\u001b[2J' : ''
    if (clear !== '' || changes !== '') screen.write(`${frameStart}${clear}${changes}${frameEnd}`)
    const free = this.#shown
    this.#shown = this.#next
    this.#next =
      free !== undefined && free.columns === columns && free.rows === rows ? free : this.#buffer(columns, rows)
  }
}
