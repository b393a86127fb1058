import type { MemoryReading } from '../platform.ts'
import { KeyValues } from './key-values.ts'

/**
 * /proc/meminfo (proc_meminfo(5)): `MemAvailable:   24338960 kB`, `HugePages_Total:       0`; some kernels leave no
 * blank behind the colon (M4). kB means 1024 bytes. A key that is missing is absent, not 0 (M3).
 */
const keys = [
  'MemTotal',
  'MemFree',
  'MemAvailable',
  'Buffers',
  'Cached',
  'SwapTotal',
  'SwapFree',
  'Dirty',
  'Writeback',
  'AnonPages',
  'Mapped',
  'Shmem',
  'SReclaimable',
  'SUnreclaim',
  'KernelStack',
  'PageTables',
  'Percpu',
  'VmallocUsed',
  'Committed_AS',
  'CommitLimit',
  'Hugepagesize',
  'Zswap',
  'Zswapped',
  'HugePages_Total',
  'HugePages_Free',
] as const

/** The ZFS cache as it bears on memory: what it holds and what it will not give up. */
export interface ZfsArc {
  readonly sizeBytes: number
  readonly minimumBytes: number
}

export class MeminfoParser {
  readonly #values = new KeyValues(keys)

  /** `undefined` without MemTotal and MemFree, without which nothing can be said. */
  parse(bytes: Uint8Array, arc?: ZfsArc): MemoryReading | undefined {
    const m = this.#values.parse(bytes)
    for (const key of keys) if (!key.startsWith('HugePages_')) m[key] *= 1024
    const total = m.MemTotal
    const free = Math.min(m.MemFree, total)
    if (Number.isNaN(free)) return undefined
    const droppableArc = arc === undefined ? 0 : Math.max(0, arc.sizeBytes - arc.minimumBytes)
    const cached = m.Cached + or0(m.SReclaimable) - or0(m.Shmem)
    const available = clamp(availableOf(m.MemAvailable, free, m.Buffers, cached, total) + droppableArc, total)
    const reclaimable = clamp(available - free, total)
    return {
      totalBytes: total,
      usedBytes: total - free - reclaimable,
      reclaimableBytes: reclaimable,
      freeBytes: free,
      availableBytes: isSane(m.MemAvailable, total) ? m.MemAvailable : undefined,
      buffersBytes: present(m.Buffers),
      cachedBytes: present(cached),
      sharedBytes: present(m.Shmem),
      slabReclaimableBytes: present(m.SReclaimable),
      slabUnreclaimableBytes: present(m.SUnreclaim),
      anonymousBytes: present(m.AnonPages),
      mappedBytes: present(m.Mapped),
      kernelStackBytes: present(m.KernelStack),
      pageTablesBytes: present(m.PageTables),
      perCpuBytes: present(m.Percpu),
      vmallocBytes: present(m.VmallocUsed),
      dirtyBytes: present(m.Dirty),
      writebackBytes: present(m.Writeback),
      committedBytes: present(m.Committed_AS),
      commitLimitBytes: present(m.CommitLimit),
      hugepagesUsedBytes: present((m.HugePages_Total - m.HugePages_Free) * m.Hugepagesize),
      hugepagesFreeBytes: present(m.HugePages_Free * m.Hugepagesize),
      zswapStoredBytes: present(m.Zswap),
      zswapOriginalBytes: present(m.Zswapped),
      zfsArcBytes: arc?.sizeBytes,
      ...swapOf(m.SwapTotal, m.SwapFree),
    }
  }
}

/** MemAvailable, unless it is missing, 0 or above the total, as some containers have it (M2). */
function availableOf(stated: number, free: number, buffers: number, cached: number, total: number): number {
  if (isSane(stated, total)) return stated
  return clamp(free + or0(buffers) + or0(cached), total)
}

const isSane = (available: number, total: number): boolean => available > 0 && available <= total

/** No swap configured is absent, not 0 of 0 (M12). */
function swapOf(total: number, free: number): Pick<MemoryReading, 'swapUsedBytes' | 'swapFreeBytes'> {
  if (Number.isNaN(total) || Number.isNaN(free) || total === 0) {
    return { swapUsedBytes: undefined, swapFreeBytes: undefined }
  }
  return { swapUsedBytes: Math.max(0, total - free), swapFreeBytes: free }
}

const present = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value)
const or0 = (value: number): number => (Number.isNaN(value) ? 0 : value)
const clamp = (value: number, highest: number): number => Math.min(highest, Math.max(0, value))
