import type { DescriptorOwner } from '../analyze/explain/descriptor-owners.ts'
import type { ExplainParts } from '../analyze/explain/explain.ts'
import type { CollectorState } from '../collect/registry.ts'
import { isAbsent, type Platform } from '../platform/platform.ts'
import { QueryError, type Sources } from '../query/sources.ts'
import type { RecordedTable } from '../recorder/recorded-table.ts'
import { StoreError, type TimeRange } from '../store/store.ts'
import type { ExplainParameters, ExplainResponse } from './explain-contract.ts'
import { ApiError } from './problems.ts'

/** Explains windows of the record; what it needs is loaded at the first question. Errors are `ApiError`. */
export interface ExplainService {
  explain(parameters: ExplainParameters): Promise<ExplainResponse>
}

export interface ExplainAnswersParts {
  readonly sources: Sources
  readonly platform: Platform
  /** State after the last tick. */
  readonly live: () => RecordedTable
  readonly absences: ExplainParts['absences']
  /** Unix milliseconds. Throws ApiError. */
  readonly parseTime: (text: string) => number
}

/** When the caller names no start. */
const usualSpanMs = 10 * 60_000
/** A moment is asked for with the seconds around it. */
const aroundMs = 30_000
/** Two at a time: the third would make the ticks late. */
const mostAtOnce = 2

export function createExplainAnswers(parts: ExplainAnswersParts): ExplainService {
  let running = 0
  return {
    async explain(parameters) {
      const { window, against } = windowsOf(parameters, parts)
      if (running >= mostAtOnce) throw new ApiError('too_much', 'two windows are being explained already')
      running++
      try {
        const { explain } = await import('../analyze/explain/explain.ts')
        const { sources, absences } = parts
        return await explain(
          { sources, absences, openDescriptors: () => openDescriptors(parts) },
          { window, ...(against === undefined ? {} : { against }) },
        )
      } catch (error) {
        if (error instanceof QueryError) throw new ApiError(error.code, error.message, error.cure)
        if (error instanceof StoreError) throw new ApiError('store_unavailable', error.message)
        throw error
      } finally {
        running--
        // What a question took is not needed again soon: twenty megabytes that would be kept for the next.
        if (running === 0) Bun.gc(true)
      }
    },
  }
}

/** Collectors that have a reason for having nothing, or not all. */
export const absencesOf = (states: readonly CollectorState[]): { collector: string; why: string }[] =>
  states.flatMap(({ name, why }) => (why === undefined ? [] : [{ collector: name, why }]))

function windowsOf(
  { start, end, at, against_start: againstStart, against_end: againstEnd }: ExplainParameters,
  { parseTime, sources }: ExplainAnswersParts,
): { window: TimeRange; against: TimeRange | undefined } {
  const nowMs = sources.now()
  const moment = (text: string | number): number => parseTime(String(text))
  if (at !== undefined && (start !== undefined || end !== undefined))
    throw new ApiError('invalid_request', 'at: it stands in place of start and end')
  const endMs = end === undefined ? nowMs : moment(end)
  const window =
    at === undefined
      ? { startMs: start === undefined ? endMs - usualSpanMs : moment(start), endMs }
      : { startMs: moment(at) - aroundMs, endMs: Math.min(nowMs, moment(at) + aroundMs) }
  checkOrder(window, 'the start')
  if (againstStart === undefined) {
    if (againstEnd !== undefined) throw new ApiError('invalid_request', 'against_end: it needs against_start')
    return { window, against: undefined }
  }
  const fromMs = moment(againstStart)
  const against = {
    startMs: fromMs,
    endMs: againstEnd === undefined ? fromMs + window.endMs - window.startMs : moment(againstEnd),
  }
  checkOrder(against, 'against_start')
  return { window, against }
}

/** Longer ones say nothing that a chart of the same time would not say better. */
const mostDays = 31

function checkOrder({ startMs, endMs }: TimeRange, what: string): void {
  if (startMs >= endMs) throw new ApiError('invalid_time', `${what} is not before the end`)
  if (endMs - startMs > mostDays * 24 * 3_600_000)
    throw new ApiError('too_much', `a window of more than ${mostDays} days`, 'Ask for a shorter time.')
}

/** Who has how many descriptors open now; of those that may be read. */
async function openDescriptors({ platform, live }: ExplainAnswersParts): Promise<DescriptorOwner[]> {
  const count = platform.processes.openDescriptors
  if (count === undefined) return []
  const table = live()
  const owners: DescriptorOwner[] = []
  for (let slot = 0; slot < table.slots; slot++) {
    if (table.alive[slot] !== 1) continue
    const pid = table.number('pid', slot)
    const descriptors = count(pid)
    if (descriptors === undefined || descriptors === 0) continue
    owners.push({
      pid,
      startTicks: table.number('startTicks', slot),
      name: table.text('name', slot),
      command: table.text('commandLine', slot),
      descriptors,
    })
    if (owners.length % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  owners.sort((a, b) => b.descriptors - a.descriptors)
  const top = owners.slice(0, mostLimits).map(async (owner) => ({ ...owner, ...(await softLimit(platform, owner)) }))
  return [...(await Promise.all(top)), ...owners.slice(mostLimits)]
}

/** Whose own limits are asked for, too. */
const mostLimits = 3

/** `Max open files` of /proc/PID/limits, as the process has it. */
async function softLimit(platform: Platform, { pid, startTicks }: DescriptorOwner): Promise<{ limit?: number }> {
  const details = await platform.processes.details({ pid, startTicks })
  if (isAbsent(details) || isAbsent(details.limits)) return {}
  const limit = Number(details.limits.find(({ name }) => name === 'Max open files')?.soft)
  return Number.isFinite(limit) ? { limit } : {}
}
