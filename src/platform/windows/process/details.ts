import { sanitizeText } from '../../../base/text.ts'
import {
  absent,
  type OpenSocket,
  type ProcessDetails,
  type ProcessIdentity,
  type Reading,
  type ThreadDetails,
} from '../../platform.ts'
import { type FileTime, ticksBetween } from '../identity.ts'
import { type Block, isFailure, type Native, whyNot } from '../native.ts'
import { readTcpTable } from '../protocols.ts'
import { systemClass } from '../structures/system.ts'
import {
  emptyRecord,
  firstProcess,
  nextProcess,
  type ProcessRecord,
  parseProcess,
  parseThreadList,
} from './information.ts'

const mostThreads = 1000

/** What is read only when somebody asks about one process. */
export async function readDetails(
  native: Native,
  bootTime: FileTime,
  { pid, startTicks }: ProcessIdentity,
): Promise<Reading<ProcessDetails>> {
  const answer = native.system(systemClass.process)
  if (isFailure(answer)) return absent(whyNot(answer))
  const found = findProcess(answer, pid)
  if (found === undefined) return absent('it has ended')
  const { record, offset } = found
  const start = Math.max(0, ticksBetween(bootTime, record.createLow, record.createHigh))
  if (startTicks !== undefined && startTicks !== start)
    return absent(`it has ended: pid ${pid} belongs to another process now`)
  const threads: ThreadDetails[] = parseThreadList(answer, offset, Math.min(record.threads, mostThreads)).map(
    (thread) => ({ ...thread, name: `thread ${thread.threadId}` }),
  )
  const notes = ['descriptors are the handles of all kinds; Windows does not tell their names to others']
  return {
    pid,
    startTicks: start,
    executable: executableOf(native, pid, notes),
    workingDirectory: undefined,
    proportionalBytes: undefined,
    sharedBytes: undefined,
    swapBytes: undefined,
    fileDescriptors: record.handles,
    // Asking a handle for its name can wait for ever (W8).
    openFiles: absent('asking Windows for the names of handles can hang the one who asks'),
    sockets: socketsOf(native, pid),
    threads,
    limits: absent('Windows has no limits of this kind'),
    notes,
  }
}

function findProcess(block: Block, pid: number): { record: ProcessRecord; offset: number } | undefined {
  const record = emptyRecord()
  for (let offset = firstProcess(block); offset >= 0; offset = nextProcess(block, offset)) {
    parseProcess(block, offset, record)
    if (record.pid === pid) return { record, offset }
  }
  return undefined
}

function executableOf(native: Native, pid: number, notes: string[]): string | undefined {
  const handle = native.process.open(pid, 'look')
  if (isFailure(handle)) {
    notes.push(`program path: ${whyNot(handle)}`)
    return undefined
  }
  try {
    const path = native.process.executable(handle)
    return isFailure(path) ? undefined : sanitizeText(path)
  } finally {
    native.process.close(handle)
  }
}

/** TCP only: datagram sockets have no state to show. */
function socketsOf(native: Native, pid: number): Reading<readonly OpenSocket[]> {
  const table = readTcpTable(native)
  if (table === undefined) return absent('GetExtendedTcpTable does not answer')
  return table
    .filter((connection) => connection.pid === pid)
    .map(({ local, remote, state }, index) => ({
      descriptor: index,
      protocol: 'tcp',
      local,
      remote,
      state: state ?? 'closing',
    }))
}
