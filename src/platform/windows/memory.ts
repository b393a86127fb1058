import { absent, type MemoryReading, type Reading, type WindowsMemory } from '../platform.ts'
import { type Block, isFailure, type Native, whole, whyNot } from './native.ts'
import { unsigned64 } from './structures/structure.ts'
import { memoryList, memoryStatus, pageFile, performanceSummary, systemClass } from './structures/system.ts'

/** MEMORYSTATUSEX */
export const parseMemoryStatus = ({ view }: Block): { totalBytes: number; availableBytes: number } => ({
  totalBytes: unsigned64(view, memoryStatus.at.ullTotalPhys),
  availableBytes: unsigned64(view, memoryStatus.at.ullAvailPhys),
})

/** PERFORMANCE_INFORMATION: what was promised and may be promised, and the kernel's pools (W10). */
export function parsePerformanceSummary({ view }: Block): WindowsMemory & { pageBytes: number } {
  const { at } = performanceSummary
  const pageBytes = unsigned64(view, at.PageSize)
  const bytes = (offset: number): number => unsigned64(view, offset) * pageBytes
  return {
    pageBytes,
    committedBytes: bytes(at.CommitTotal),
    commitLimitBytes: bytes(at.CommitLimit),
    pagedPoolBytes: bytes(at.KernelPaged) || undefined,
    nonPagedPoolBytes: bytes(at.KernelNonpaged) || undefined,
  }
}

export interface PageLists {
  readonly freeBytes: number
  readonly standbyBytes: number
  readonly modifiedBytes: number
}

/** SYSTEM_MEMORY_LIST_INFORMATION */
export function parsePageLists({ view }: Block, pageBytes: number): PageLists {
  const { at } = memoryList
  const bytes = (offset: number): number => unsigned64(view, offset) * pageBytes
  let standbyBytes = 0
  for (let priority = 0; priority < 8; priority++) standbyBytes += bytes(at.PageCountByPriority + priority * 8)
  return {
    freeBytes: bytes(at.ZeroPageCount) + bytes(at.FreePageCount),
    standbyBytes,
    modifiedBytes: bytes(at.ModifiedPageCount) + bytes(at.ModifiedNoWritePageCount),
  }
}

/** SYSTEM_PAGEFILE_INFORMATION, a chain: all page files together. */
export function parsePageFiles({ view, length }: Block, pageBytes: number): { usedBytes: number; freeBytes: number } {
  const { at, size } = pageFile
  let used = 0
  let total = 0
  for (let start = 0; start + size <= length; ) {
    used += view.getUint32(start + at.TotalInUse, true)
    total += view.getUint32(start + at.TotalSize, true)
    const next = view.getUint32(start + at.NextEntryOffset, true)
    if (next === 0) break
    start += next
  }
  return { usedBytes: used * pageBytes, freeBytes: Math.max(0, total - used) * pageBytes }
}

const usualPageBytes = 4096

/** In use as Task Manager says it: what is neither free nor standby. */
export function readMemory(native: Native): Reading<MemoryReading> {
  const status = whole(native.memoryStatus(), memoryStatus)
  if (isFailure(status)) return absent(whyNot(status))
  const { totalBytes, availableBytes } = parseMemoryStatus(status)
  const performance = whole(native.performanceSummary(), performanceSummary)
  const summary = isFailure(performance) ? undefined : parsePerformanceSummary(performance)
  const pageBytes = summary?.pageBytes || usualPageBytes
  const listed = whole(native.system(systemClass.memoryList), memoryList)
  const lists = isFailure(listed) ? undefined : parsePageLists(listed, pageBytes)
  const files = native.system(systemClass.pageFile)
  // An empty answer: there is no page file.
  const swap = isFailure(files) || files.length === 0 ? undefined : parsePageFiles(files, pageBytes)
  const freeBytes = lists === undefined ? undefined : Math.min(lists.freeBytes, availableBytes)
  return {
    ...nothingOfLinux,
    totalBytes,
    usedBytes: totalBytes - availableBytes,
    freeBytes,
    reclaimableBytes: freeBytes === undefined ? undefined : availableBytes - freeBytes,
    swapUsedBytes: swap?.usedBytes,
    swapFreeBytes: swap?.freeBytes,
    windows: {
      committedBytes: summary?.committedBytes,
      commitLimitBytes: summary?.commitLimitBytes,
      pagedPoolBytes: summary?.pagedPoolBytes,
      nonPagedPoolBytes: summary?.nonPagedPoolBytes,
      standbyBytes: lists?.standbyBytes,
      modifiedBytes: lists?.modifiedBytes,
    },
  }
}

const nothingOfLinux = {
  availableBytes: undefined,
  buffersBytes: undefined,
  cachedBytes: undefined,
  sharedBytes: undefined,
  slabReclaimableBytes: undefined,
  slabUnreclaimableBytes: undefined,
  anonymousBytes: undefined,
  mappedBytes: undefined,
  kernelStackBytes: undefined,
  pageTablesBytes: undefined,
  perCpuBytes: undefined,
  vmallocBytes: undefined,
  dirtyBytes: undefined,
  writebackBytes: undefined,
  committedBytes: undefined,
  commitLimitBytes: undefined,
  hugepagesUsedBytes: undefined,
  hugepagesFreeBytes: undefined,
  zswapStoredBytes: undefined,
  zswapOriginalBytes: undefined,
  zfsArcBytes: undefined,
} as const
