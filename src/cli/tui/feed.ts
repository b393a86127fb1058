import { ApiProblem, type Client, DaemonUnreachable, type ProcessesQuery, RequestAborted } from '../../api/client.ts'
import type { CurrentResponse, ProcessesResponse } from '../../api/contract.ts'
import type { Clock, Timer } from '../../base/clock.ts'
import { NoDaemon } from '../discovery.ts'
import { plainText } from '../output/span.ts'
import { reportOf } from '../report.ts'
import type { Identity, TopEvent } from './state.ts'
import { graphMetrics, timelineLength, timelineOf } from './timeline.ts'
import type { Wanted } from './wanted.ts'

/**
 * Asks the daemon for what the screen wants, when it wants it: live once a tick, in replay once a step, never two rounds
 * at a time. A daemon that goes away is looked for again, each second, at all its places.
 */
export interface FeedParts {
  readonly clock: Clock
  /** A client that has not looked for a daemon yet. */
  readonly connect: () => Client
  readonly emit: (event: TopEvent) => void
  /** An error of ours: nothing more will come. */
  readonly onError: (error: unknown) => void
}

const tickMs = 1000
/** A tick is stored some milliseconds after its second begins. */
const settleMs = 40
const leastWaitMs = 50
const retryMs = 1000
/** Open files, sockets and threads of one process: every few seconds is often enough for what they cost. */
const detailsMs = 4000
const detailsSpanMs = 300_000

export class Feed {
  #client: Client
  #wanted: Wanted | undefined
  #asked = ''
  #isRunning = false
  #isEnded = false
  #timer: Timer | undefined
  #details: { readonly of: Identity; readonly atMs: number | undefined; readonly dueMs: number } | undefined
  #historyRefused = ''

  constructor(private readonly parts: FeedParts) {
    this.#client = parts.connect()
  }

  /** What is shown has changed, perhaps. */
  want(wanted: Wanted): void {
    this.#wanted = wanted
    if (JSON.stringify(wanted) !== this.#asked) this.#run()
  }

  end(): void {
    this.#isEnded = true
    this.#timer?.cancel()
  }

  #run(): void {
    if (this.#isRunning || this.#isEnded) return
    this.#timer?.cancel()
    this.#isRunning = true
    void this.#round()
      .catch((error: unknown) => this.parts.onError(error))
      .finally(() => {
        this.#isRunning = false
      })
  }

  #after(delayMs: number): void {
    this.#timer?.cancel()
    if (!this.#isEnded) this.#timer = this.parts.clock.after(delayMs, () => this.#run())
  }

  async #round(): Promise<void> {
    const wanted = this.#wanted
    if (wanted === undefined) return
    this.#asked = JSON.stringify(wanted)
    let nextMs: number | undefined
    try {
      await this.#history(wanted)
      const current = await this.#tick(wanted)
      await this.#detailsOf(wanted)
      if (wanted.atMs === undefined) nextMs = untilNextTick(current.unixMs, this.parts.clock.wallMs())
    } catch (error) {
      nextMs = this.#failed(error, wanted)
    }
    if (this.#isEnded) return
    // Something else is wanted by now: at once, but not from inside this round.
    if (JSON.stringify(this.#wanted) !== this.#asked) nextMs = 0
    if (nextMs !== undefined) this.#after(nextMs)
  }

  async #tick({ atMs, metrics, processes }: Wanted): Promise<CurrentResponse> {
    const moment = atMs === undefined ? {} : { at: atMs }
    const [current, list] = await Promise.all([
      this.#client.current({ metrics, ...moment }),
      processes === undefined ? undefined : this.#processes({ ...moment, ...processes }),
    ])
    this.#emit({ kind: 'tick', atMs, current, processes: list, nowMs: this.parts.clock.wallMs() })
    return current
  }

  /** Metrics may be there for longer than processes are. */
  async #processes(query: ProcessesQuery): Promise<ProcessesResponse | undefined> {
    try {
      return await this.#client.processes(query)
    } catch (error) {
      if (error instanceof ApiProblem && error.problem.code === 'not_recorded') return undefined
      throw error
    }
  }

  async #history({ history, atMs }: Wanted): Promise<void> {
    if (history === undefined) return
    const nowMs = this.parts.clock.wallMs()
    const end = Math.min(history.endMs ?? nowMs, nowMs)
    const start = Math.max(0, history.startMs ?? end - timelineLength * tickMs)
    const isLive = atMs === undefined
    const key = `${start} ${end}`
    if (key === this.#historyRefused) return
    try {
      const queries = graphMetrics.map((metric) => ({ metric, start, end, resolution: '1s' }))
      const { results } = await this.#client.query(queries)
      // Ticks join up with ticks only: minutes of a record that is too short for more would not.
      const fitting = isLive ? results.filter(({ tier }) => tier === '1s') : results
      this.#emit({ kind: 'history', timeline: timelineOf(fitting, start, end), isLive })
    } catch (error) {
      // Graphs can be missing while the numbers are there.
      if (!(error instanceof ApiProblem)) throw error
      this.#historyRefused = key
      this.#emit({ kind: 'history', timeline: timelineOf([], start, end), isLive })
    }
  }

  async #detailsOf({ details: of, atMs }: Wanted): Promise<void> {
    if (of === undefined) {
      this.#details = undefined
      return
    }
    const nowMs = this.parts.clock.wallMs()
    const isSame = this.#details?.of.pid === of.pid && this.#details.of.startTicks === of.startTicks
    const isDue =
      !isSame || this.#details?.atMs !== atMs || (atMs === undefined && nowMs >= (this.#details?.dueMs ?? 0))
    if (!isDue) return
    this.#details = { of, atMs, dueMs: nowMs + detailsMs }
    try {
      const moment = atMs === undefined ? { details: true } : { at: atMs }
      const answer = await this.#client.process(of.pid, moment)
      if (answer.process.startTicks !== of.startTicks) throw new Gone('it has ended; another process has its pid now')
      this.#emit({ kind: 'details', identity: of, answer })
      const end = Math.min(atMs ?? nowMs, nowMs)
      const history = await this.#client.processHistory(of.pid, { start: end - detailsSpanMs, end })
      if (history.startTicks === of.startTicks) this.#emit({ kind: 'detailsHistory', identity: of, history })
    } catch (error) {
      if (error instanceof Gone) this.#emit({ kind: 'detailsFailed', identity: of, why: error.message })
      else if (!(error instanceof ApiProblem)) throw error
      else if (error.problem.code === 'no_such_process')
        this.#emit({ kind: 'detailsFailed', identity: of, why: 'it is not running' })
      else if (error.problem.code !== 'not_recorded')
        this.#emit({ kind: 'detailsFailed', identity: of, why: error.message })
    }
  }

  /** Says what went wrong; when to try again. */
  #failed(error: unknown, { atMs }: Wanted): number | undefined {
    if (error instanceof RequestAborted || this.#isEnded) return undefined
    if (error instanceof NoDaemon || error instanceof DaemonUnreachable) {
      this.#client = this.parts.connect()
      this.#historyRefused = ''
      this.#emit({ kind: 'lost', why: reasonOf(error) })
      return retryMs
    }
    if (!(error instanceof ApiProblem)) throw error
    if (atMs !== undefined && error.problem.code === 'not_recorded') {
      this.#emit({ kind: 'absent', atMs, why: 'there is no record of this moment' })
      return undefined
    }
    this.#emit({ kind: 'said', text: error.message, tone: 'bad', nowMs: this.parts.clock.wallMs() })
    return retryMs
  }

  #emit(event: TopEvent): void {
    if (!this.#isEnded) this.parts.emit(event)
  }
}

class Gone extends Error {}

/** As commands say it, without the program's name in front. */
export const reasonOf = (error: unknown): string => plainText(reportOf(error).lines[0] ?? '').replace(/^sysmon: /, '')

const untilNextTick = (tickUnixMs: number, nowMs: number): number => {
  const due = tickUnixMs + tickMs + settleMs - nowMs
  // Overdue: the daemon ticks more slowly than once a second, or is late.
  return due > 0 ? Math.min(tickMs, Math.max(leastWaitMs, due)) : tickMs / 2
}
