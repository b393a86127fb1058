import { currentTick } from '../query/current.ts'
import type { Sources } from '../query/sources.ts'

/**
 * When the machine, or the group that sysmon runs in, is short of memory: first caches go, then the ticks come less
 * often, so that the monitor is not what is ended for want of memory, nor what makes it worse. Back when it has been calm
 * for a while.
 */
export type MemoryStance = 'usual' | 'lean' | 'slow'

export interface MemoryState {
  /** Share of the time in which no task made progress for want of memory, 0 to 1 (PSI full). */
  readonly pressure: number | undefined
  /** Own group's working set as a share of its limit. */
  readonly groupUse: number | undefined
}

/** As the last tick has it. */
export function memoryState(sources: Sources): MemoryState {
  const { values } = currentTick(sources, ['system.pressure.full', 'cgroup.memory.utilization'])
  const of = (label: string, value: string): number | undefined =>
    values.find(({ labels }) => labels[label] === value)?.value
  return { pressure: of('resource', 'memory'), groupUse: of('cgroup', 'self') }
}

/** A tenth of the time lost to reclaim is felt by everybody on the machine. */
const highPressure = 0.1
/** The kernel ends something in the group at 1. */
const highGroupUse = 0.9
/** In looks, one every ten ticks. */
const looksUntilSlow = 3
const looksUntilCalm = 6

export class MemoryGuard {
  #stance: MemoryStance = 'usual'
  #short = 0
  #calm = 0

  constructor(
    /** Told of each change of stance, and of each look in need: caches are to be dropped again. */
    private readonly onShort: (stance: MemoryStance, state: MemoryState, isNews: boolean) => void,
    private readonly onCalm: () => void,
  ) {}

  get stance(): MemoryStance {
    return this.#stance
  }

  look(state: MemoryState): void {
    const isShort = (state.pressure ?? 0) >= highPressure || (state.groupUse ?? 0) >= highGroupUse
    if (!isShort) {
      this.#relax()
      return
    }
    this.#calm = 0
    this.#short++
    const next = this.#short > looksUntilSlow ? 'slow' : this.#stance === 'slow' ? 'slow' : 'lean'
    const isNews = next !== this.#stance
    this.#stance = next
    this.onShort(next, state, isNews)
  }

  #relax(): void {
    this.#short = 0
    if (this.#stance === 'usual' || ++this.#calm < looksUntilCalm) return
    this.#calm = 0
    this.#stance = 'usual'
    this.onCalm()
  }
}
