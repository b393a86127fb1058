import type { Logger } from '../base/log.ts'
import type { Platform } from '../platform/platform.ts'

/**
 * A full collection, then the pages of the executable that what is over had touched: after the start, and after each run
 * of housekeeping. docs/decisions/007-memory.md. Never rejects.
 */
export async function giveBackMemory(platform: Pick<Platform, 'releaseMemory'>, logger: Logger): Promise<void> {
  try {
    Bun.gc(true)
    const bytes = await platform.releaseMemory()
    logger.debug('memory given back', { bytes })
  } catch (error) {
    logger.limited('memory', 'warn', 'memory could not be given back', { error })
  }
}
