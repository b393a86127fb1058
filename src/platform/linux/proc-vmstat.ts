import type { PagingReading } from '../platform.ts'
import { KeyValues } from './key-values.ts'

/** /proc/vmstat (proc_vmstat(5)), `pgfault 5023114`: counters since boot. pgpgin and pgpgout are in KiB. */
const keys = [
  'pgpgin',
  'pgpgout',
  'pswpin',
  'pswpout',
  'pgfault',
  'pgmajfault',
  'pgscan_kswapd',
  'pgscan_direct',
  'oom_kill',
  'workingset_refault_anon',
  'workingset_refault_file',
] as const

export class VmstatParser {
  readonly #values = new KeyValues(keys)

  parse(bytes: Uint8Array): PagingReading {
    const v = this.#values.parse(bytes)
    return {
      majorFaults: present(v.pgmajfault),
      minorFaults: present(v.pgfault - v.pgmajfault),
      swappedInPages: present(v.pswpin),
      swappedOutPages: present(v.pswpout),
      pagedInBytes: present(v.pgpgin * 1024),
      pagedOutBytes: present(v.pgpgout * 1024),
      oomKills: present(v.oom_kill),
      scannedKswapdPages: present(v.pgscan_kswapd),
      scannedDirectPages: present(v.pgscan_direct),
      refaultsAnonymous: present(v.workingset_refault_anon),
      refaultsFile: present(v.workingset_refault_file),
    }
  }
}

const present = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value)
