import { sanitizeText, textOfBytes } from '../../../base/text.ts'
import { type Host, HostError } from '../../host.ts'
import {
  absent,
  type OpenFile,
  type OpenSocket,
  type ProcessDetails,
  type ProcessIdentity,
  type Reading,
  type ResourceLimit,
  type ThreadDetails,
} from '../../platform.ts'
import { Cursor } from '../bytes.ts'
import { parseSocketTable, type SocketFacts } from './sockets.ts'
import { emptyStat, nameBytes, parseStat } from './stat.ts'

/** Most open files and threads listed; the counts are of all. */
const mostListed = 1000
const pageBytes = 4096
const ticksPerSecond = 100

/** What is read only when somebody asks about one process. The environment is never read. */
export async function readDetails(host: Host, { pid, startTicks }: ProcessIdentity): Promise<Reading<ProcessDetails>> {
  const folder = `${host.procfs}/${pid}`
  const stat = emptyStat()
  try {
    if (!parseStat(new Cursor().of(host.read(`${folder}/stat`)), stat)) return absent('its stat file is not readable')
  } catch (error) {
    if (error instanceof HostError) return absent('it has ended')
    throw error
  }
  if (startTicks !== undefined && startTicks !== stat.startTicks) {
    return absent(`it has ended: pid ${pid} belongs to another process now`)
  }
  const notes: string[] = []
  const rollup = await readRollup(host, folder, notes)
  const descriptors = await readDescriptors(host, folder)
  if (!('absent' in descriptors) && descriptors.count > mostListed)
    notes.push(`open files: the first ${mostListed} of ${descriptors.count}`)
  const statm = await tried(() => host.readTextSlowly(`${folder}/statm`))
  const threads = await readThreads(host, folder)
  const limits = await tried(() => host.readTextSlowly(`${folder}/limits`))
  return {
    pid,
    startTicks: stat.startTicks,
    executable: link(host, `${folder}/exe`),
    workingDirectory: link(host, `${folder}/cwd`),
    proportionalBytes: kibibytes(rollup, 'Pss'),
    swapBytes: kibibytes(rollup, 'Swap'),
    sharedBytes: statm === undefined ? undefined : Number(statm.split(' ')[2]) * pageBytes,
    fileDescriptors: 'absent' in descriptors ? undefined : descriptors.count,
    openFiles: 'absent' in descriptors ? descriptors : descriptors.files,
    sockets: 'absent' in descriptors ? descriptors : await readSockets(host, folder, descriptors.sockets),
    threads,
    limits: limits === undefined ? absent('only its owner or root may read them') : parseLimits(limits),
    notes,
  }
}

/** Linux 4.14; ESRCH for what has no memory of its own (proc_pid_smaps_rollup(5)). */
async function readRollup(host: Host, folder: string, notes: string[]): Promise<string | undefined> {
  try {
    return await host.readTextSlowly(`${folder}/smaps_rollup`)
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    notes.push(`exact memory (PSS): ${whyNoRollup[error.code] ?? 'only its owner or root may read it'}`)
    return undefined
  }
}

const whyNoRollup: Readonly<Record<string, string>> = {
  ESRCH: 'a kernel thread or a zombie has none',
  ENOENT: 'this kernel does not tell it',
}

interface Descriptors {
  readonly count: number
  readonly files: readonly OpenFile[]
  /** Descriptor by socket inode. */
  readonly sockets: ReadonlyMap<string, number>
}

async function readDescriptors(host: Host, folder: string): Promise<Reading<Descriptors>> {
  const names = await tried(() => host.listSlowly(`${folder}/fd`))
  if (names === undefined) return absent('only its owner or root may see them')
  const files: OpenFile[] = []
  const sockets = new Map<string, number>()
  for (const name of names.slice(0, mostListed)) {
    const target = link(host, `${folder}/fd/${name}`)
    if (target === undefined) continue
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
    if (inode !== undefined) sockets.set(inode, Number(name))
    else files.push({ descriptor: Number(name), path: target })
  }
  return { count: names.length, files, sockets }
}

async function readSockets(
  host: Host,
  folder: string,
  inodes: ReadonlyMap<string, number>,
): Promise<readonly OpenSocket[]> {
  if (inodes.size === 0) return []
  const found: OpenSocket[] = []
  for (const protocol of ['tcp', 'tcp6', 'udp', 'udp6', 'unix'] as const) {
    const table = await tried(() => host.readTextSlowly(`${folder}/net/${protocol}`))
    const facts: readonly SocketFacts[] = table === undefined ? [] : parseSocketTable(protocol, table)
    for (const { inode, ...socket } of facts) {
      const descriptor = inodes.get(inode)
      if (descriptor !== undefined) found.push({ descriptor, ...socket })
    }
  }
  return found.sort((a, b) => a.descriptor - b.descriptor)
}

async function readThreads(host: Host, folder: string): Promise<Reading<readonly ThreadDetails[]>> {
  const names = await tried(() => host.listSlowly(`${folder}/task`))
  if (names === undefined) return absent('they cannot be listed')
  const stat = emptyStat()
  const cursor = new Cursor()
  const threads: ThreadDetails[] = []
  for (const name of names.slice(0, mostListed)) {
    const bytes = quiet(() => host.read(`${folder}/task/${name}/stat`))
    if (bytes === undefined || !parseStat(cursor.of(bytes), stat)) continue
    threads.push({
      threadId: Number(name),
      name: textOfBytes(nameBytes(bytes)),
      state: String.fromCharCode(stat.stateByte),
      cpuSeconds: (stat.userTicks + stat.systemTicks) / ticksPerSecond,
    })
  }
  return threads
}

/** /proc/PID/limits: `Max open files            1024                 524288               files     ` */
export function parseLimits(text: string): ResourceLimit[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, name, soft, hard, unit] = /^(.+?) {2,}(\S+) +(\S+)(?: +(\S+))?\s*$/.exec(line) ?? []
      return name === undefined || soft === undefined || hard === undefined
        ? []
        : [{ name, soft, hard, unit: unit ?? '' }]
    })
}

/** `Pss:               1234 kB` of smaps_rollup (Linux 4.14). */
function kibibytes(text: string | undefined, key: string): number | undefined {
  const found = text === undefined ? undefined : new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]
  return found === undefined ? undefined : Number(found) * 1024
}

const link = (host: Host, path: string): string | undefined => quiet(() => sanitizeText(host.readLink(path)))

function quiet<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof HostError) return undefined
    throw error
  }
}

async function tried<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof HostError) return undefined
    throw error
  }
}
