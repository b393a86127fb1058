/**
 * The Frame: one tick of one host. The same Frame goes to the ring, the store, the live stream and, later, an agent's
 * uplink. It knows numbers by series id only; what a series means is in the series table beside it.
 */

/** Why a frame cannot be compared with the one before it. */
export const gapReasons = ['none', 'start', 'missed', 'suspend', 'clock_step'] as const
export type GapReason = (typeof gapReasons)[number]

/** Index into the series table; stable for the life of the store. */
export type SeriesId = number

export interface Frame {
  /** Grows by one each tick for the life of the store; orders frames when the wall clock does not. */
  readonly seq: number
  /** Wall clock of the tick, Unix milliseconds. */
  readonly unixMs: number
  /** True time since the previous frame, milliseconds, suspend included. 0: there is no previous frame to compare with. */
  readonly elapsedMs: number
  readonly gap: GapReason
  /** true: `ids` holds every live series; false: only those whose value changed since the previous frame. */
  readonly isKey: boolean
  /** Ascending series ids. */
  readonly ids: Uint32Array
  /** One value per id. NaN: the series has become absent. Counters stay raw. */
  readonly values: Float64Array
}
