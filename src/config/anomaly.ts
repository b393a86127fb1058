import { flag, integer, setting } from './setting.ts'

/** Settings of the anomaly detector: few, since nothing of it is to be tuned to a machine. */
export const anomalySettings = {
  enabled: setting('isEnabled', flag, {
    help: 'Watch for what is unlike this machine. It is shown, never sent: docs/anomalies.md.',
    initial: true,
    live: false,
  }),
  odds: setting('odds', integer(100, 1_000_000_000_000), {
    help: 'A series is told as unlike itself when a sample is rarer than once in so many; a thousand tells more, ten thousand only what is far off.',
    initial: 3000,
    live: false,
  }),
}
