import { readdirSync, readFileSync } from 'node:fs'

/** CPU and memory of a process and its descendants, from /proc: what a person would see in `ps`. */
export interface Usage {
  readonly cpuSeconds: number
  readonly residentBytes: number
  readonly anonymousBytes: number
  readonly proportionalBytes: number
  readonly processes: number
}

/** USER_HZ of every Linux that Bun runs on. */
const ticksPerSecond = 100

export function usageOf(root: number): Usage {
  const total = { cpuSeconds: 0, residentBytes: 0, anonymousBytes: 0, proportionalBytes: 0, processes: 0 }
  for (const pid of [root, ...descendantsOf(root)]) {
    const stat = readQuietly(`/proc/${pid}/stat`)
    if (stat === undefined) continue
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    total.cpuSeconds += (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
    const status = readQuietly(`/proc/${pid}/status`) ?? ''
    total.residentBytes += kibibytes(status, 'VmRSS')
    total.anonymousBytes += kibibytes(status, 'RssAnon')
    total.proportionalBytes += kibibytes(readQuietly(`/proc/${pid}/smaps_rollup`) ?? '', 'Pss')
    total.processes++
  }
  return total
}

const kibibytes = (text: string, key: string): number =>
  1024 * Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0)

export function descendantsOf(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = readQuietly(`/proc/${name}/stat`)
    if (stat === undefined) continue
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const found: number[] = []
  const todo = [...(children.get(root) ?? [])]
  for (let pid = todo.pop(); pid !== undefined; pid = todo.pop()) {
    found.push(pid)
    todo.push(...(children.get(pid) ?? []))
  }
  return found
}

/** A process may end between being listed and being read. */
function readQuietly(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}

/** CPU over a window, as a share of one core, and memory at its end. */
export async function measureCost(pid: number, seconds: number): Promise<Usage & { readonly cores: number }> {
  const before = usageOf(pid)
  const startMs = performance.now()
  await Bun.sleep(seconds * 1000)
  const after = usageOf(pid)
  return { ...after, cores: (after.cpuSeconds - before.cpuSeconds) / ((performance.now() - startMs) / 1000) }
}
