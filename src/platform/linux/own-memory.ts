import { type Host, HostError } from '../host.ts'
import type { Libc } from './libc.ts'

/**
 * Gives back the pages of the executable that were touched only at start or once in a while. They are file-backed: what
 * is needed again is read again from the page cache.
 *
 * Lines of /proc/self/maps (proc_pid_maps(5)), the three segments an ELF executable is loaded in (elf(5)):
 * `00200000-01a39000 r--p 00000000 fe:00 131081   /usr/bin/sysmon` constants, never written
 * `01a40000-06849000 r-xp 01838000 fe:00 131081   /usr/bin/sysmon` code, never written
 * `06867000-06f64000 rw-p 0665e000 fe:00 131081   /usr/bin/sysmon` data; our own modules are in it
 * Another `r--p`, not at the file's beginning, holds relocations that were applied in memory: it is left alone.
 */
export interface Mapping {
  readonly what: 'code' | 'constants' | 'data'
  readonly start: bigint
  readonly bytes: bigint
}

export function parseOwnMappings(maps: string, executable: string): Mapping[] {
  return maps.split('\n').flatMap((line) => {
    const match = /^([0-9a-f]+)-([0-9a-f]+) (r\S)(\S)p ([0-9a-f]+) \S+ \d+ +(.+)$/.exec(line)
    if (match === null || match[6] !== executable) return []
    const what = segmentOf(`${match[3]}${match[4]}`, Number.parseInt(match[5] as string, 16))
    if (what === undefined) return []
    const start = BigInt(`0x${match[1]}`)
    return [{ what, start, bytes: BigInt(`0x${match[2]}`) - start }]
  })
}

function segmentOf(access: string, fileOffset: number): Mapping['what'] | undefined {
  if (access === 'r-x') return 'code'
  if (access === 'rw-') return 'data'
  return access === 'r--' && fileOffset === 0 ? 'constants' : undefined
}

/** madvise(2) advice, by the names of asm-generic/mman-common.h. */
const advice = {
  /** Will be wanted: read into the page cache, not mapped. */
  willNeed: 3,
  /** The pages may go now; what was written to them is lost. */
  dontNeed: 4,
  /** The range is left out of core dumps; harmless for what stands in the executable. */
  dontDump: 16,
  /** The pages may go now; what was written to them is kept. Linux 5.4, else EINVAL. */
  pageOut: 21,
} as const
/**
 * The kernel maps up to 64 KiB of neighbours with each page of a file that is touched, within one mapping. The code that
 * a tick runs through is spread thinly over 80 MB, so that four fifths of what became resident was never used.
 */
const regionBytes = 16n * 1024n

/** Makes every second region a mapping of its own by a flag that means nothing to code, so that neighbours stay out. */
function limitFaultAround({ madvise }: Libc, { start, bytes }: Mapping): void {
  const end = start + bytes
  for (let at = start; at + regionBytes <= end; at += 2n * regionBytes) {
    if (madvise(at, regionBytes, advice.dontDump) !== 0) return
  }
}

/** Whether the kernel took the advice. */
function release({ madvise }: Libc, { what, start, bytes }: Mapping): boolean {
  if (what !== 'data') return madvise(start, bytes, advice.dontNeed) === 0
  const isOut = madvise(start, bytes, advice.pageOut) === 0
  if (isOut) madvise(start, bytes, advice.willNeed)
  return isOut
}

/** The executable's pages in memory. */
export class OwnPages {
  /** As they were before they were split, which hides where a segment begins. */
  #mappings: readonly Mapping[] | undefined

  constructor(
    private readonly host: Host,
    private readonly executable: string,
  ) {}

  /** Returns how many bytes of mappings were advised; 0 when there was nothing to do. */
  async release(): Promise<number> {
    const isFirst = this.#mappings === undefined
    this.#mappings ??= parseOwnMappings(ownMaps(this.host), this.executable)
    if (this.#mappings.length === 0) return 0
    const { openLibc } = await import('./libc.ts')
    const libc: Libc = openLibc()
    let bytes = 0n
    for (const mapping of this.#mappings) {
      if (isFirst && mapping.what !== 'data') limitFaultAround(libc, mapping)
      // What is paged out is read from the disk again: once, not every few minutes.
      if ((isFirst || mapping.what !== 'data') && release(libc, mapping)) bytes += mapping.bytes
    }
    return Number(bytes)
  }
}

/** Empty where it may not be read. */
function ownMaps(host: Host): string {
  try {
    return host.readText(`${host.procfs}/self/maps`)
  } catch (error) {
    if (error instanceof HostError) return ''
    throw error
  }
}
