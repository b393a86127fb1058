import type { Actor } from '../../api/explain-contract.ts'
import type { TimeRange } from '../../store/store.ts'
import type { Attribution } from './actors.ts'
import { count } from './phrases.ts'

/** Descriptors are not recorded by process: who has most of them now is asked when the window reaches up to now. */
export interface DescriptorOwner {
  readonly pid: number
  readonly startTicks: number
  readonly name: string
  readonly command: string
  readonly descriptors: number
  /** Soft limit of the process, where it is known. */
  readonly limit?: number
}
export type OpenDescriptors = () => Promise<readonly DescriptorOwner[]>

/** A window that ended longer ago is the past. */
const recentMs = 30_000
const mostActors = 5

export async function attributeDescriptors(
  open: OpenDescriptors | undefined,
  nowMs: number,
  { endMs }: TimeRange,
): Promise<Attribution> {
  if (open === undefined || nowMs - endMs > recentMs) {
    return {
      culprits: [],
      waiters: [],
      unattributedShare: 1,
      attribution: 'descriptors are not recorded by process, and the window is over',
    }
  }
  const owners = [...(await open())].sort((a, b) => b.descriptors - a.descriptors)
  const all = owners.reduce((sum, { descriptors }) => sum + descriptors, 0)
  const culprits = owners.slice(0, mostActors).map(
    ({ pid, startTicks, name, command, descriptors, limit }): Actor => ({
      pid,
      startTicks,
      name,
      ...(command === '' ? {} : { command }),
      share: all === 0 ? 0 : descriptors / all,
      amount: descriptors,
      unit: '{file_descriptor}',
      sentence: `${name} (pid ${pid}) has ${count(descriptors)} open${limit === undefined ? '' : ` of the ${count(limit)} it may have`}`,
    }),
  )
  return { culprits, waiters: [], attribution: 'by what each process has open now' }
}
