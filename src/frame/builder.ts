import { type Frame, type GapReason, gapReasons, type SeriesId } from './frame.ts'

/** What the builder cannot know of a tick by itself. */
export interface FrameHeader {
  readonly seq: number
  readonly unixMs: number
  readonly elapsedMs: number
  readonly gap: GapReason
  readonly isKey: boolean
}

/**
 * Gathers the values of one tick and gives the Frame. Writers come in groups, one a collector: within `beginGroup` and
 * `endGroup` a group states all that it has; a series of the group that is not stated has become absent. A group that
 * does not run in a tick keeps its values (the slow lane).
 */
export class FrameBuilder {
  #values = nanArray(1024)
  #previous = nanArray(1024)
  /** Run of its group in which each series was last set. */
  #run = new Uint32Array(1024)
  #group = new Int32Array(1024).fill(-1)
  readonly #members: SeriesId[][] = []
  #currentRun = 0
  #currentGroup = -1
  #size = 0
  #ids = new Uint32Array(1024)
  #changed = new Float64Array(1024)

  /** One past the highest series id seen. */
  get size(): number {
    return this.#size
  }

  beginGroup(group: number): void {
    this.#currentRun++
    this.#currentGroup = group
    this.#members[group] ??= []
  }

  set(id: SeriesId, value: number): void {
    if (id >= this.#size) this.#admit(id)
    if (this.#group[id] !== this.#currentGroup) this.#join(id)
    this.#values[id] = value
    this.#run[id] = this.#currentRun
  }

  endGroup(): void {
    const members = this.#members[this.#currentGroup]
    if (members === undefined) return
    for (let i = 0; i < members.length; i++) {
      const id = members[i] as SeriesId
      if (this.#run[id] !== this.#currentRun && this.#group[id] === this.#currentGroup) this.#values[id] = Number.NaN
    }
    this.#currentGroup = -1
  }

  /** The arrays of the Frame are reused by the next `finish`: who keeps it copies it. */
  finish(header: FrameHeader): Frame {
    const count = header.isKey ? this.#collectLive() : this.#collectChanged()
    this.#previous.set(this.#values.subarray(0, this.#size))
    const elapsedMs = Math.round(header.elapsedMs * 1000) / 1000
    return { ...header, elapsedMs, ids: this.#ids.subarray(0, count), values: this.#changed.subarray(0, count) }
  }

  #collectChanged(): number {
    let count = 0
    for (let id = 0; id < this.#size; id++) {
      const value = this.#values[id] as number
      const before = this.#previous[id] as number
      if (Object.is(value, before)) continue
      this.#ids[count] = id
      this.#changed[count++] = value
    }
    return count
  }

  #collectLive(): number {
    let count = 0
    for (let id = 0; id < this.#size; id++) {
      const value = this.#values[id] as number
      if (Number.isNaN(value)) continue
      this.#ids[count] = id
      this.#changed[count++] = value
    }
    return count
  }

  #join(id: SeriesId): void {
    this.#group[id] = this.#currentGroup
    const members = this.#members[this.#currentGroup]
    if (members !== undefined && !members.includes(id)) members.push(id)
  }

  #admit(id: SeriesId): void {
    this.#size = id + 1
    if (this.#size <= this.#values.length) return
    const capacity = Math.max(this.#size, this.#values.length * 2)
    this.#values = grown(this.#values, nanArray(capacity))
    this.#previous = grown(this.#previous, nanArray(capacity))
    this.#run = grown(this.#run, new Uint32Array(capacity))
    this.#group = grown(this.#group, new Int32Array(capacity).fill(-1))
    this.#ids = new Uint32Array(capacity)
    this.#changed = new Float64Array(capacity)
  }
}

const nanArray = (length: number): Float64Array<ArrayBuffer> => new Float64Array(length).fill(Number.NaN)

function grown<A extends { set(from: A): void }>(from: A, to: A): A {
  to.set(from)
  return to
}

export const gapCode = (gap: GapReason): number => gapReasons.indexOf(gap)
