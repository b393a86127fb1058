import type { ProcessRow } from '../api/contract.ts'
import { formatAmount, formatClockTime, formatPercent, formatRate } from './format.ts'
import { meant } from './meant.ts'
import { misuse } from './mistake.ts'
import type { Align } from './output/fit.ts'
import type { Times } from './times.ts'

/** The columns of `ps`: every field of a process row, with the name people type, its header and how it is shown. */
export interface ProcessField {
  readonly name: string
  readonly aliases: readonly string[]
  readonly header: string
  readonly help: string
  readonly kind: 'text' | 'number' | 'ratio' | 'bytes' | 'rate' | 'seconds' | 'moment'
  readonly value: (row: ProcessRow, facts: Facts) => number | string | undefined
  readonly shrinkTo?: number
  readonly spare?: number
}

/** What a column needs to know of the machine. */
export interface Facts {
  readonly memoryBytes: number | undefined
  readonly logicalCpus: number | undefined
}

const field = (
  name: string,
  header: string,
  kind: ProcessField['kind'],
  value: ProcessField['value'],
  help: string,
  more: Partial<Pick<ProcessField, 'aliases' | 'shrinkTo' | 'spare'>> = {},
): ProcessField => ({ aliases: [], ...more, name, header, kind, value, help })

export const processFields: readonly ProcessField[] = [
  field('pid', 'PID', 'number', (row) => row.pid, 'process id'),
  field('ppid', 'PPID', 'number', (row) => row.parentPid, 'process id of the parent', {
    aliases: ['parent', 'parentPid'],
    spare: 2,
  }),
  field('user', 'USER', 'text', (row) => row.user, 'owner', { aliases: ['owner'], shrinkTo: 6, spare: 6 }),
  field(
    'state',
    'S',
    'text',
    (row) => row.state,
    'R running, S sleeping, D uninterruptible, T stopped, Z zombie, I idle',
    { aliases: ['s', 'stat', 'status'], spare: 7 },
  ),
  field('cpu', 'CPU%', 'ratio', cpuOf, 'CPU, 100 % is one core', { aliases: ['cpu%', 'pcpu', '%cpu'] }),
  field('cpuUser', 'USR%', 'ratio', (row) => row.cpuUser, 'CPU in user mode', { aliases: ['usr', 'utime'], spare: 2 }),
  field('cpuSystem', 'SYS%', 'ratio', (row) => row.cpuSystem, 'CPU in the kernel', {
    aliases: ['sys', 'stime'],
    spare: 2,
  }),
  field('wait', 'WAIT%', 'ratio', (row) => row.runQueueWait, 'time the main thread waited for a CPU', {
    aliases: ['runQueueWait', 'runqueue'],
    spare: 2,
  }),
  field('iowait', 'IOWAIT%', 'ratio', (row) => row.ioDelay, 'time spent waiting for storage', {
    aliases: ['ioDelay'],
    spare: 2,
  }),
  field('reaped', 'REAPED%', 'ratio', (row) => row.reapedCpu, 'CPU of ended children it waited for', {
    aliases: ['reapedCpu'],
    spare: 1,
  }),
  field('rss', 'RSS', 'bytes', (row) => row.residentBytes, 'resident memory; shared pages count in every process', {
    aliases: ['mem', 'memory', 'resident', 'residentBytes', 'res'],
  }),
  field(
    'mem%',
    'MEM%',
    'ratio',
    (row, facts) => share(row.residentBytes, facts.memoryBytes),
    'resident memory as a share of the machine’s',
    { aliases: ['pmem', '%mem'], spare: 3 },
  ),
  field('virt', 'VIRT', 'bytes', (row) => row.virtualBytes, 'address space', {
    aliases: ['vsz', 'virtual', 'virtualBytes'],
    spare: 1,
  }),
  field('read', 'READ/s', 'rate', (row) => row.readBytesPerSecond, 'bytes read from storage per second', {
    aliases: ['readBytesPerSecond', 'rd'],
    spare: 4,
  }),
  field('write', 'WRITE/s', 'rate', (row) => row.writtenBytesPerSecond, 'bytes sent to storage per second', {
    aliases: ['written', 'writtenBytesPerSecond', 'wr'],
    spare: 4,
  }),
  field('threads', 'THR', 'number', (row) => row.threads, 'threads', { aliases: ['thr', 'nlwp'], spare: 1 }),
  field('nice', 'NI', 'number', (row) => row.nice, 'nice value', { aliases: ['ni'], spare: 1 }),
  field('minflt', 'MINFLT/s', 'number', (row) => row.minorFaultsPerSecond, 'page faults without I/O per second', {
    aliases: ['minorFaultsPerSecond', 'minorfaults'],
    spare: 1,
  }),
  field(
    'majflt',
    'MAJFLT/s',
    'number',
    (row) => row.majorFaultsPerSecond,
    'page faults that read from disk per second',
    { aliases: ['majorFaultsPerSecond', 'majorfaults'], spare: 1 },
  ),
  field(
    'switches',
    'CSW/s',
    'number',
    (row) => row.contextSwitchesPerSecond,
    'context switches of the main thread per second',
    { aliases: ['contextSwitchesPerSecond', 'csw'], spare: 1 },
  ),
  field('time', 'TIME', 'seconds', (row) => row.cpuSeconds, 'CPU time since it started', {
    aliases: ['cpuSeconds', 'cputime'],
    spare: 3,
  }),
  field('start', 'START', 'moment', (row) => row.startUnixMs, 'when it started', {
    aliases: ['startUnixMs', 'started'],
    spare: 2,
  }),
  field(
    'startTicks',
    'STARTTICKS',
    'number',
    (row) => row.startTicks,
    'start in kernel ticks since boot; with the pid its identity',
    { spare: 1 },
  ),
  field('core', 'ON', 'number', (row) => row.processor, 'CPU the main thread last ran on', {
    aliases: ['processor', 'psr'],
    spare: 1,
  }),
  field('service', 'SERVICE', 'text', (row) => row.service, 'unit or container', {
    aliases: ['unit', 'container'],
    shrinkTo: 10,
    spare: 3,
  }),
  field('cgroup', 'CGROUP', 'text', (row) => row.cgroup, 'control group path', { shrinkTo: 12, spare: 1 }),
  field('name', 'NAME', 'text', (row) => row.name, 'name', { aliases: ['comm'], shrinkTo: 10 }),
  field(
    'command',
    'COMMAND',
    'text',
    (row) => (row.commandLine === '' ? row.name : row.commandLine),
    'command line, secrets redacted; else the name',
    { aliases: ['commandLine', 'cmd', 'args'], shrinkTo: 24 },
  ),
]

export const usualFields: readonly string[] = [
  'pid',
  'user',
  'state',
  'cpu',
  'wait',
  'rss',
  'read',
  'write',
  'threads',
  'time',
  'command',
]

/** For a moment, clock skew can give a process more than all cores (C17): shown no higher than there are cores. */
function cpuOf(row: ProcessRow, facts: Facts): number | undefined {
  if (row.cpu === undefined || facts.logicalCpus === undefined) return row.cpu
  return Math.min(row.cpu, facts.logicalCpus)
}

const share = (part: number | undefined, whole: number | undefined): number | undefined =>
  part === undefined || whole === undefined || whole === 0 ? undefined : part / whole

/** Every name a column answers to, for completion and for the nearest right one. */
export const fieldNames: readonly string[] = processFields.flatMap((each) => [each.name, ...each.aliases])

const columnsKnown = `columns: ${processFields.map((each) => each.name).join(', ')}`

export function fieldNamed(name: string): ProcessField {
  const lower = name.toLowerCase()
  const found = processFields.find((each) =>
    [each.name, ...each.aliases].some((known) => known.toLowerCase() === lower),
  )
  if (found !== undefined) return found
  if (name === '') throw misuse('a column has no name', columnsKnown)
  throw misuse(`unknown column '${name}'`, meant(name, fieldNames) ?? columnsKnown)
}

/** `pid,rss`, `+service,+start` on top of the usual ones, or `all`. */
export function chosenFields(names: readonly string[] | undefined): readonly ProcessField[] {
  if (names === undefined) return usualFields.map(fieldNamed)
  if (names.length === 1 && names[0] === 'all') return processFields
  const added = names.filter((name) => name.startsWith('+')).map((name) => fieldNamed(name.slice(1)))
  const plain = names.filter((name) => !name.startsWith('+')).map(fieldNamed)
  if (added.length === 0) return plain
  const base = plain.length > 0 ? plain : usualFields.map(fieldNamed)
  const last = base.at(-1)
  const before = base.slice(0, -1).filter((each) => !added.includes(each))
  return last === undefined || added.includes(last) ? [...before, ...added] : [...before, ...added, last]
}

export const alignOf = (each: ProcessField): Align => (each.kind === 'text' ? 'left' : 'right')

export const absentMark = '-'

/** A value for people. Absent is `-`, never 0. */
export function formatField(each: ProcessField, row: ProcessRow, facts: Facts, times: Times): string {
  const value = each.value(row, facts)
  if (value === undefined || value === '') return absentMark
  if (typeof value === 'string' || times.isRaw) return String(value)
  switch (each.kind) {
    case 'ratio':
      return formatPercent(value, '')
    case 'bytes':
      return formatAmount(value)
    case 'rate':
      return formatRate(value)
    case 'seconds':
      return formatClockTime(value)
    case 'moment':
      return times.stamp(value)
    default:
      return String(Math.round(value))
  }
}
