import type { HostFacts } from '../api/contract.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { version } from '../base/version.ts'
import { outwardNames } from '../config/outward-names.ts'
import type { Config } from '../config/schema.ts'
import type { Outward } from '../outward/outward.ts'
import type { Sources } from '../query/sources.ts'

export interface OutwardPlace {
  readonly config: Config
  readonly clock: Clock
  readonly logger: Logger
  readonly sources: Sources
  readonly host: HostFacts
  readonly sinceBootMs: () => number | undefined
}

/** What sends values elsewhere; loaded only where a receiver is named. */
export async function openOutward(place: OutwardPlace): Promise<Outward | undefined> {
  const { config, clock, logger, sources, host } = place
  const targets = config.outward
  if (outwardNames.every((name) => targets[name].url === undefined)) return undefined
  const { createOutward } = await import('../outward/outward.ts')
  const startUnixMs = Math.round(clock.wallMs())
  const sinceBootMs = place.sinceBootMs()
  const outward = await createOutward({
    targets,
    clock,
    ring: sources.ring,
    sender: {
      series: () => sources.series.all(),
      host,
      version,
      bootUnixMs: sinceBootMs === undefined ? startUnixMs : Math.round(startUnixMs - sinceBootMs),
      startUnixMs,
    },
    onChange: (target, url, why) => {
      // Keys often stand in the query of an address.
      const to = url.replace(/\?.*/, '')
      if (why === undefined) logger.info('sending works again', { target, to })
      else logger.warn('values cannot be sent', { target, to, why })
    },
  })
  return guarded(outward, logger)
}

/** What throws is ended and logged with its stack, and the tick goes on. */
export function guarded(outward: Outward, logger: Logger): Outward {
  let isOff = false
  return {
    ...outward,
    onTick: () => {
      if (isOff) return
      try {
        outward.onTick()
      } catch (error) {
        isOff = true
        logger.error('values are sent nowhere any more: sending failed', { error })
        outward.close()
      }
    },
  }
}
