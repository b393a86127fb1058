import { ProcessTable } from '../src/frame/process-table.ts'
import { wideBytes } from '../src/platform/windows/growing-buffer.ts'
import type { Block, Native } from '../src/platform/windows/native.ts'
import { createWindowsProcesses } from '../src/platform/windows/process/monitor.ts'
import { processInformation, threadInformation } from '../src/platform/windows/structures/process.ts'
import { manualClock } from './manual-clock.ts'
import { block, bytesOf, denied, fakeNative, joined } from './windows-native.ts'

/** Processes of a Windows that is made up: answers as the kernel gives them, and a monitor that reads them. */

export const address = 0x7fff_0000
const bootTime = { low: 0, high: 0x01dc_0000 }
const bootFileTime = BigInt(bootTime.high) * 2n ** 32n
/** FILETIME so many ticks of 100 ns after boot. */
export const after = (ticks: number): bigint => bootFileTime + BigInt(ticks)

export interface Made {
  readonly pid: number
  readonly parent?: number
  readonly name?: string
  readonly start?: number
  readonly members?: Record<string, number | bigint>
  readonly threads?: readonly { readonly state: number; readonly reason?: number; readonly switches?: number }[]
}

/** An answer of NtQuerySystemInformation(SystemProcessInformation) with these processes, names behind the threads. */
export function answerOf(...made: readonly Made[]): Block {
  const parts: Uint8Array[] = []
  let offset = 0
  for (const [index, { pid, parent = 0, name = '', start = 0, members = {}, threads = [] }] of made.entries()) {
    const text = wideBytes(name)
    const head = processInformation.size + threads.length * threadInformation.size
    const size = Math.ceil((head + text.length) / 8) * 8
    parts.push(
      bytesOf(processInformation, {
        NextEntryOffset: index === made.length - 1 ? 0 : size,
        NumberOfThreads: threads.length,
        CreateTime: after(start),
        nameLength: name.length * 2,
        nameMaximumLength: text.length,
        nameBuffer: name === '' ? 0 : address + offset + head,
        UniqueProcessId: pid,
        InheritedFromUniqueProcessId: parent,
        ...members,
      }),
      ...threads.map(({ state, reason = 0, switches = 0 }, thread) =>
        bytesOf(threadInformation, {
          ThreadState: state,
          WaitReason: reason,
          ContextSwitches: switches,
          UniqueThread: pid + thread + 1,
          UserTime: 10_000_000,
        }),
      ),
      joined(text, new Uint8Array(size - head - text.length)),
    )
    offset += size
  }
  return block(joined(...parts), address)
}

/** The value, once something was done. */
export const having = <T>(_done: unknown, value: T): T => value

export const waiting = { state: 5 }
export const running = { state: 2 }

export function monitorOf(
  answers: readonly (Block | ReturnType<typeof denied>)[],
  process: Partial<Native['process']> = {},
) {
  let tick = 0
  const clock = manualClock()
  const native = fakeNative({
    system: () => answers[Math.min(tick, answers.length - 1)] ?? denied('none'),
    process,
  })
  const monitor = createWindowsProcesses(native, clock, bootTime, 4000)
  const table = new ProcessTable(8)
  const scan = () => {
    table.endTick()
    const result = monitor.scan(table)
    tick++
    return result
  }
  const row = (pid: number) => {
    for (let slot = 0; slot < table.slots; slot++)
      if (table.alive[slot] === 1 && table.numbers.pid[slot] === pid) return slot
    throw new Error(`no ${pid}`)
  }
  return {
    scan,
    table,
    clock,
    monitor,
    number: (pid: number, column: keyof typeof table.numbers) => table.numbers[column][row(pid)],
    text: (pid: number, column: keyof typeof table.texts) => table.texts[column][row(pid)],
    row,
  }
}
