import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Platform } from '../platform/platform.ts'

/** Between two full collections, milliseconds. */
const collectEveryMs = 60_000
/** After a tick, milliseconds: what it set going is over, and the next is far. */
const afterTickMs = 300

/**
 * Memory that is not needed goes back to the system: docs/decisions/007-memory.md. The heap by itself lets garbage grow to
 * its own size before it collects; a full collection takes 15 ms, once a minute 0.025 % of a core.
 */
export class SpareMemory {
  #collectedMs: number

  constructor(
    private readonly clock: Clock,
    private readonly platform: Pick<Platform, 'releaseMemory'>,
    private readonly logger: Logger,
    private readonly collect: () => void = () => Bun.gc(true),
  ) {
    this.#collectedMs = clock.monotonicMs()
  }

  afterTick(): void {
    const nowMs = this.clock.monotonicMs()
    if (nowMs - this.#collectedMs < collectEveryMs) return
    this.#collectedMs = nowMs
    this.clock.after(afterTickMs, () => this.collect())
  }

  /** Also the pages of the executable that what is over had touched: the start, a run of housekeeping. Never rejects. */
  async giveBack(): Promise<void> {
    try {
      this.collect()
      this.#collectedMs = this.clock.monotonicMs()
      const bytes = await this.platform.releaseMemory()
      this.logger.debug('memory given back', { bytes })
    } catch (error) {
      this.logger.limited('memory', 'warn', 'memory could not be given back', { error })
    }
  }
}
