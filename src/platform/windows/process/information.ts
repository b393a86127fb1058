import { wideText } from '../growing-buffer.ts'
import type { Block } from '../native.ts'
import {
  processInformation,
  runnableStates,
  suspendedReason,
  threadInformation,
  waitingState,
} from '../structures/process.ts'
import { counter64, seconds64, unsigned64 } from '../structures/structure.ts'

/** One process of an answer. The same object is filled for each: a tick makes no garbage. */
export interface ProcessRecord {
  pid: number
  parentPid: number
  createLow: number
  createHigh: number
  userSeconds: number
  kernelSeconds: number
  hardFaults: number
  faults: number
  threads: number
  handles: number
  workingSetBytes: number
  privateBytes: number
  virtualBytes: number
  readBytes: number
  writtenBytes: number
  contextSwitches: number
  runnableThreads: number
  state: string
}

export const emptyRecord = (): ProcessRecord => ({
  pid: 0,
  parentPid: 0,
  createLow: 0,
  createHigh: 0,
  userSeconds: 0,
  kernelSeconds: 0,
  hardFaults: 0,
  faults: 0,
  threads: 0,
  handles: 0,
  workingSetBytes: 0,
  privateBytes: 0,
  virtualBytes: 0,
  readBytes: 0,
  writtenBytes: 0,
  contextSwitches: 0,
  runnableThreads: 0,
  state: 'S',
})

const { at, size } = processInformation
const thread = threadInformation.at

/** Where the next process begins; -1 behind the last, or where the answer ends in the middle of one. */
export function nextProcess({ view, length }: Block, offset: number): number {
  const next = view.getUint32(offset + at.NextEntryOffset, true)
  return next < size || offset + next + size > length ? -1 : offset + next
}

export const firstProcess = ({ length }: Block): number => (length < size ? -1 : 0)

/** SYSTEM_PROCESS_INFORMATION at the offset, which the two above gave. */
export function parseProcess({ view, length }: Block, offset: number, into: ProcessRecord): void {
  into.pid = view.getUint32(offset + at.UniqueProcessId, true)
  into.parentPid = view.getUint32(offset + at.InheritedFromUniqueProcessId, true)
  into.createLow = view.getUint32(offset + at.CreateTime, true)
  into.createHigh = view.getUint32(offset + at.CreateTime + 4, true)
  into.userSeconds = seconds64(view, offset + at.UserTime)
  into.kernelSeconds = seconds64(view, offset + at.KernelTime)
  into.hardFaults = view.getUint32(offset + at.HardFaultCount, true)
  into.faults = view.getUint32(offset + at.PageFaultCount, true)
  into.threads = view.getUint32(offset + at.NumberOfThreads, true)
  into.handles = view.getUint32(offset + at.HandleCount, true)
  into.workingSetBytes = unsigned64(view, offset + at.WorkingSetSize)
  into.privateBytes = unsigned64(view, offset + at.PagefileUsage)
  into.virtualBytes = unsigned64(view, offset + at.VirtualSize)
  into.readBytes = counter64(view, offset + at.ReadTransferCount)
  into.writtenBytes = counter64(view, offset + at.WriteTransferCount)
  parseThreads(view, offset + size, length, into)
}

/** Threads follow their process: R when any has or wants a CPU, T when all are suspended, Z when none is left. */
function parseThreads(view: DataView, start: number, length: number, into: ProcessRecord): void {
  let switches = 0
  let runnable = 0
  let suspended = 0
  const end = Math.min(start + into.threads * threadInformation.size, length - threadInformation.size + 1)
  for (let offset = start; offset < end; offset += threadInformation.size) {
    switches += view.getUint32(offset + thread.ContextSwitches, true)
    const state = view.getUint32(offset + thread.ThreadState, true)
    if (runnableStates.includes(state)) runnable++
    else if (state === waitingState && view.getUint32(offset + thread.WaitReason, true) === suspendedReason) suspended++
  }
  into.contextSwitches = switches
  into.runnableThreads = runnable
  into.state = stateOf(into, runnable, suspended)
}

/** A process without threads has ended and is held by somebody's handle; those of the kernel that never had any hold nothing. */
function stateOf({ threads, handles, workingSetBytes }: ProcessRecord, runnable: number, suspended: number): string {
  if (threads === 0) return handles === 0 && workingSetBytes > 0 ? 'S' : 'Z'
  if (runnable > 0) return 'R'
  return suspended === threads ? 'T' : 'S'
}

const idlePid = 0
const systemPid = 4

/** File name of the program; the kernel's own have none or their own (Registry, Memory Compression). */
export function processName(block: Block, offset: number): string {
  const { view, length, address } = block
  const start = unsigned64(view, offset + at.nameBuffer) - address
  const bytes = view.getUint16(offset + at.nameLength, true)
  if (bytes > 0 && start >= 0 && start + bytes <= length) return wideText(view, start, bytes)
  const pid = view.getUint32(offset + at.UniqueProcessId, true)
  return pid === idlePid ? 'System Idle Process' : pid === systemPid ? 'System' : ''
}

export interface ThreadFacts {
  readonly threadId: number
  readonly state: string
  readonly cpuSeconds: number
}

/** KTHREAD_STATE by number, as letters of states. */
const threadStates: readonly string[] = ['S', 'R', 'R', 'R', 'X', 'S', 'S', 'R', 'S', 'S']

export function parseThreadList({ view, length }: Block, offset: number, threads: number): ThreadFacts[] {
  const found: ThreadFacts[] = []
  for (let index = 0; index < threads; index++) {
    const start = offset + size + index * threadInformation.size
    if (start + threadInformation.size > length) break
    const state = view.getUint32(start + thread.ThreadState, true)
    const isSuspended = state === waitingState && view.getUint32(start + thread.WaitReason, true) === suspendedReason
    found.push({
      threadId: view.getUint32(start + thread.UniqueThread, true),
      state: isSuspended ? 'T' : (threadStates[state] ?? 'S'),
      cpuSeconds: seconds64(view, start + thread.UserTime) + seconds64(view, start + thread.KernelTime),
    })
  }
  return found
}
