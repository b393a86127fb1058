import type { Config } from '../config/schema.ts'
import type { Retention } from '../store/sqlite/retention.ts'

/** What the configuration says of how long things are kept, as it is now: a reload changes it in place. */
export class LiveRetention implements Retention {
  secondsMs = 0
  minutesMs = 0
  hoursMs = 0
  processesMs = 0
  eventsMs = 0
  maxBytes: number | undefined

  constructor(config: Config) {
    this.apply(config)
  }

  apply({ retention, store }: Config): void {
    this.secondsMs = retention.secondTierMs
    this.minutesMs = retention.minuteTierMs
    this.hoursMs = retention.hourTierMs
    this.processesMs = retention.processesMs
    this.eventsMs = retention.hourTierMs
    this.maxBytes = store.maxSizeBytes
  }
}
