import type { ExplanationDto } from '../api/alert-contract.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { ExplainedWindow } from './manager.ts'

/** An alert without its reason is better than a late one. */
const mostMs = 5000

/** Asks the analyzer why, once for all alerts of one tick, and not for longer than an alert can wait. */
export class Explainer {
  readonly #busy = new Set<number>()
  readonly #asked = new Map<number, Promise<ExplanationDto | undefined>>()
  #isClosed = false

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly ask: ((window: ExplainedWindow) => Promise<ExplanationDto | undefined>) | undefined,
  ) {}

  isBusyWith(incident: number): boolean {
    return this.#busy.has(incident)
  }

  explain(incident: number, window: ExplainedWindow, onExplained: (explanation: ExplanationDto) => void): void {
    const { ask } = this
    if (ask === undefined) return
    this.#busy.add(incident)
    let asked = this.#asked.get(window.endMs)
    if (asked === undefined) {
      asked = this.#bounded(() => ask(window))
      this.#asked.set(window.endMs, asked)
      void asked.finally(() => this.#asked.delete(window.endMs))
    }
    void asked.then((explanation) => {
      this.#busy.delete(incident)
      if (explanation === undefined || this.#isClosed) return
      try {
        onExplained(explanation)
      } catch (error) {
        this.#failed(error)
      }
    })
  }

  close(): void {
    this.#isClosed = true
  }

  async #bounded(ask: () => Promise<ExplanationDto | undefined>): Promise<ExplanationDto | undefined> {
    let wake: () => void = () => undefined
    const late = new Promise<undefined>((resolve) => {
      wake = () => resolve(undefined)
    })
    const timer = this.clock.after(mostMs, wake)
    try {
      return await Promise.race([ask(), late])
    } catch (error) {
      this.#failed(error)
      return undefined
    } finally {
      timer.cancel()
    }
  }

  #failed(error: unknown): void {
    this.logger.limited('explain', 'warn', 'an alert goes without its explanation', { error })
  }
}
