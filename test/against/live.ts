import { ProcessTable } from '../../src/frame/process-table.ts'
import type { Platform } from '../../src/platform/platform.ts'
import { livePlatform } from './live-platform.ts'

/**
 * The live platform beside the system's own tools. Counters are read by the tool before and after us: what we read lies
 * between. Levels that somebody else may move at any time are compared again until the machine held still.
 */

/** Output of a program, in the C locale. */
export function run(...command: readonly string[]): string {
  const { stdout, stderr, exitCode } = Bun.spawnSync([...command], {
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  })
  if (exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${exitCode}: ${stderr.toString()}`)
  return stdout.toString()
}

/** Lines as lists of words. */
export const words = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/))

/** What differs, in words; `undefined` when ours lies between the two, give or take the tolerance. */
export function outside(
  what: string,
  before: number,
  ours: number | undefined,
  after: number,
  tolerance = 0,
): string | undefined {
  const [low, high] = [Math.min(before, after) - tolerance, Math.max(before, after) + tolerance]
  if (ours !== undefined && ours >= low && ours <= high) return undefined
  return `${what}: ${ours} is not within ${before} … ${after} ± ${tolerance}`
}

/** What differs when the system has none of it and we do. */
export const invented = (what: string, ours: number | undefined): string | undefined =>
  ours === undefined ? undefined : `${what}: ${ours}, and the system has none`

const subjectOf = (line: string): string => line.slice(0, line.indexOf(': '))

/** Compares until each subject has fitted once; what never did is told. A line is `subject: what differs`. */
export async function differences(
  compare: () => (string | undefined)[] | Promise<(string | undefined)[]>,
  tries = 20,
): Promise<string[]> {
  let never: string[] | undefined
  for (let left = tries; left > 0 && never?.length !== 0; left--) {
    if (never !== undefined) await Bun.sleep(100)
    const found = (await compare()).filter((line) => line !== undefined)
    const subjects = new Set(never?.map(subjectOf))
    never = never === undefined ? found : found.filter((line) => subjects.has(subjectOf(line)))
  }
  return never ?? []
}

/** A process table of its own, and rows of it by pid. */
export async function freshTable(procfs?: string): Promise<LiveTable> {
  return new LiveTable(await livePlatform(procfs))
}

export class LiveTable {
  readonly table = new ProcessTable()

  constructor(readonly platform: Platform) {}

  close(): void {
    this.platform.close()
  }

  scan(): ReturnType<Platform['processes']['scan']> {
    this.table.endTick()
    return this.platform.processes.scan(this.table)
  }

  slotOf(pid: number): number | undefined {
    return this.slots().find((slot) => this.table.numbers.pid[slot] === pid)
  }

  slots(): number[] {
    return Array.from({ length: this.table.slots }, (_, slot) => slot).filter((slot) => this.table.alive[slot] === 1)
  }

  /** The columns of one process. Throws when it is not in the table. */
  row(pid: number): Record<keyof ProcessTable['numbers'], number> & Record<keyof ProcessTable['texts'], string> {
    const slot = this.slotOf(pid)
    if (slot === undefined) throw new Error(`process ${pid} is not in the table`)
    const { numbers, texts } = this.table
    const columns = [...Object.entries(numbers), ...Object.entries(texts)].map(([name, column]) => [name, column[slot]])
    return Object.fromEntries(columns)
  }
}

export const ticksPerSecond = Number(run('getconf', 'CLK_TCK'))
