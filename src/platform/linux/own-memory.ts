import { type Host, HostError } from '../host.ts'
import type { Libc } from './libc.ts'

/**
 * Gives back the pages of the executable's own code that were touched only at start. They are clean and file-backed:
 * what is needed again is read again from the page cache. Only the code mapping (`r-xp`): the read-only data mapping
 * holds relocations that were applied in memory and would be lost.
 *
 * One line of /proc/self/maps (proc_pid_maps(5)):
 * `01f5c000-0485a000 r-xp 01d5b000 fe:00 131081   /usr/bin/sysmon`
 */
export interface Mapping {
  readonly start: bigint
  readonly bytes: bigint
}

export function parseCodeMappings(maps: string, executable: string): Mapping[] {
  return maps.split('\n').flatMap((line) => {
    const match = /^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ \d+ +(.+)$/.exec(line)
    if (match === null || match[3] !== executable) return []
    const start = BigInt(`0x${match[1]}`)
    return [{ start, bytes: BigInt(`0x${match[2]}`) - start }]
  })
}

/** madvise(2) advice: the pages may go now. asm-generic/mman-common.h */
const dontNeed = 4
/** The range is left out of core dumps; harmless for code, which stands in the executable. */
const dontDump = 16
/**
 * The kernel maps up to 64 KiB of neighbours with each page of a file that is touched, within one mapping. The code that
 * a tick runs through is spread thinly over 80 MB, so that four fifths of what became resident was never used.
 */
const regionBytes = 16n * 1024n

/** Makes every second region a mapping of its own by a flag that means nothing to code, so that neighbours stay out. */
function limitFaultAround({ madvise }: Libc, start: bigint, bytes: bigint): void {
  const end = start + bytes
  for (let at = start; at + regionBytes <= end; at += 2n * regionBytes) {
    if (madvise(at, regionBytes, dontDump) !== 0) return
  }
}

/** Returns how many bytes of mappings were advised; 0 when there was nothing to do. */
export async function releaseCodePages(host: Host, executable: string): Promise<number> {
  const mappings = parseCodeMappings(ownMaps(host), executable)
  if (mappings.length === 0) return 0
  const { openLibc } = await import('./libc.ts')
  const libc: Libc = openLibc()
  let released = 0n
  for (const { start, bytes } of mappings) limitFaultAround(libc, start, bytes)
  for (const { start, bytes } of mappings) {
    if (libc.madvise(start, bytes, dontNeed) === 0) released += bytes
  }
  return Number(released)
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
