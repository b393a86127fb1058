import type { PagingReading } from '../platform.ts'
import type { Block } from './native.ts'
import { performanceInformation } from './structures/system.ts'
import { WideCounters } from './wide-counter.ts'

export interface Performance {
  readonly paging: PagingReading
  readonly contextSwitches: number | undefined
}

const pageBytes = 4096

/**
 * SYSTEM_PERFORMANCE_INFORMATION: counts of 32 bits, widened here. Faults that read from disk are the read operations,
 * each of which may bring several pages. A system that has never switched a thread does not keep these counts (Wine).
 */
export class PerformanceParser {
  readonly #wide = new WideCounters<keyof typeof performanceInformation.at>()

  parse({ view, length }: Block): Performance | undefined {
    const { at, size } = performanceInformation
    if (length < size) return undefined
    const next = (name: keyof typeof at): number => this.#wide.next(name, view.getUint32(at[name], true))
    const contextSwitches = next('ContextSwitches')
    if (contextSwitches === 0) return undefined
    const majorFaults = next('PageReadIoCount')
    const faults = next('PageFaultCount')
    const pagesWritten = next('DirtyPagesWriteCount')
    return {
      contextSwitches,
      paging: {
        majorFaults,
        minorFaults: Math.max(0, faults - majorFaults),
        // Reads are not told apart by the file they come from.
        swappedInPages: undefined,
        swappedOutPages: pagesWritten,
        pagedInBytes: next('PageReadCount') * pageBytes,
        pagedOutBytes: (pagesWritten + next('MappedPagesWriteCount')) * pageBytes,
        oomKills: undefined,
        scannedKswapdPages: undefined,
        scannedDirectPages: undefined,
        refaultsAnonymous: undefined,
        refaultsFile: undefined,
      },
    }
  }
}
