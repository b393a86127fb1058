/**
 * What a series usually is at this time of day, and of the week once two weeks of it are known. Times are UTC: a shift
 * of an hour twice a year moves the pattern by its neighbour slots, which are looked at anyway.
 */
const dayMs = 86_400_000
const slotMs = 900_000
const daySlots = dayMs / slotMs
const weekSlots = 7 * 24
const hourMs = 3_600_000
/** Numbers of state that a season needs. */
export const seasonNumbers = daySlots + 2 * weekSlots
/** A slot of the week counts once it has been met in so many weeks. */
const weeksToKnow = 2
/** Share of a new sample in its slot of the day, when there is one each five minutes: 27 % a day. */
const dailyLearning = 0.1
const usualIntervalMs = 300_000

export class Season {
  readonly #day: Float32Array
  readonly #week: Float32Array
  /** In how many weeks a slot of the week was met. */
  readonly #weeksSeen: Float32Array
  /** Hours since the epoch of what was learnt last. */
  #hour = Number.NaN

  /** `state` holds `seasonNumbers` numbers: NaN for a new season. */
  constructor(state: Float32Array) {
    this.#day = state.subarray(0, daySlots)
    this.#week = state.subarray(daySlots, daySlots + weekSlots)
    this.#weeksSeen = state.subarray(daySlots + weekSlots)
  }

  /** Distance, with its sign, from what neighbouring slots span; 0 within it, and where nothing is known. */
  residual(unixMs: number, value: number): number {
    const [low, high] = this.span(unixMs)
    if (value > high) return low > high ? 0 : value - high
    return value < low && low <= high ? value - low : 0
  }

  /** Lowest and highest usual value about this time; [∞, -∞] when nothing is known. */
  span(unixMs: number): readonly [low: number, high: number] {
    const hour = weekHour(unixMs)
    const weekly = [hour, (hour + 1) % weekSlots, (hour + weekSlots - 1) % weekSlots]
    if (weekly.every((slot) => (this.#weeksSeen[slot] as number) >= weeksToKnow)) return spanOf(this.#week, weekly)
    const slot = Math.floor(modulo(unixMs, dayMs) / slotMs)
    return spanOf(this.#day, [slot, (slot + 1) % daySlots, (slot + daySlots - 1) % daySlots])
  }

  /** `intervalMs`: between samples, so that a slot learns a day at a time however often it is sampled. */
  learn(unixMs: number, value: number, intervalMs: number): void {
    const slot = Math.floor(modulo(unixMs, dayMs) / slotMs)
    const rate = Math.min(0.3, (dailyLearning * intervalMs) / usualIntervalMs)
    blend(this.#day, slot, value, rate)
    const hour = weekHour(unixMs)
    const absoluteHour = Math.floor(unixMs / hourMs)
    if (absoluteHour !== this.#hour) {
      this.#hour = absoluteHour
      const seen = this.#weeksSeen[hour] as number
      this.#weeksSeen[hour] = Number.isNaN(seen) ? 1 : Math.min(1000, seen + 1)
    }
    blend(this.#week, hour, value, Math.min(0.3, (0.5 * intervalMs) / hourMs))
  }
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by
const weekHour = (unixMs: number): number => Math.floor(modulo(unixMs, 7 * dayMs) / hourMs)

function spanOf(values: Float32Array, slots: readonly number[]): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const slot of slots) {
    const value = values[slot] as number
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}

function blend(values: Float32Array, at: number, value: number, rate: number): void {
  const known = values[at] as number
  values[at] = Number.isNaN(known) ? value : known + (value - known) * rate
}
