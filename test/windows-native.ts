import { type Answer, type Block, type Failure, isFailure, type Native } from '../src/platform/windows/native.ts'
import type { MemberType, Structure } from '../src/platform/windows/structures/structure.ts'

/** Windows as tests want it: structures with chosen members, calls that answer what a test says, recorded machines. */

export type Members = Readonly<Record<string, number | bigint | string | readonly number[]>>

const writers: Readonly<Record<MemberType, (view: DataView, at: number, value: number | bigint) => void>> = {
  u8: (view, at, value) => view.setUint8(at, Number(value)),
  u16: (view, at, value) => view.setUint16(at, Number(value), true),
  u32: (view, at, value) => view.setUint32(at, Number(value), true),
  i32: (view, at, value) => view.setInt32(at, Number(value), true),
  u64: (view, at, value) => view.setBigUint64(at, BigInt(value), true),
  i64: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  pointer: (view, at, value) => view.setBigUint64(at, BigInt(value), true),
}
const widths: Readonly<Record<MemberType, number>> = { u8: 1, u16: 2, u32: 4, i32: 4, u64: 8, i64: 8, pointer: 8 }

/** The structure with these members, the others 0; text goes into members of 16-bit units. */
export function bytesOf<N extends string>(
  structure: Structure<N>,
  members: { [K in N]?: Members[string] },
): Uint8Array {
  const bytes = new Uint8Array(structure.size)
  const view = new DataView(bytes.buffer)
  for (const [name, value] of Object.entries(members) as [N, Members[string]][]) {
    const [offset, type] = structure.members[name]
    const list =
      typeof value === 'string' ? [...value].flatMap(unitsOf) : typeof value === 'object' ? [...value] : [value]
    for (const [index, each] of list.entries()) writers[type](view, offset + index * widths[type], each)
  }
  return bytes
}
const unitsOf = (character: string): number[] =>
  Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

/** An answer, as if it lay at the address. */
export function block(bytes: Uint8Array, address = 0x10000): Block {
  const whole = new Uint8Array(bytes)
  return { view: new DataView(whole.buffer), length: whole.length, address }
}

export const denied = (failed: string): Failure => ({ failed, code: 5 })
const unsupported = (failed: string): Failure => ({ failed, code: 50 })

type Overrides = Partial<Omit<Native, 'process'>> & { readonly process?: Partial<Native['process']> }

/** Every call fails but those that are given. */
export function fakeNative({ process = {}, ...calls }: Overrides = {}): Native {
  const fail = (name: string) => () => unsupported(name)
  return {
    calls: 0,
    system: fail('NtQuerySystemInformation'),
    groups: () => 1,
    uptimeMs: () => 3_600_000,
    bootNumber: () => undefined,
    memoryStatus: fail('GlobalMemoryStatusEx'),
    performanceSummary: fail('GetPerformanceInfo'),
    version: fail('RtlGetVersion'),
    interfaceTable: fail('GetIfTable2'),
    protocolStatistics: fail('GetTcpStatisticsEx2'),
    tcpTable: fail('GetExtendedTcpTable'),
    processorPower: fail('NtPowerInformation'),
    powerStatus: fail('GetSystemPowerStatus'),
    drive: (number) => ({ failed: `PhysicalDrive${number}`, code: 2 }),
    closeDrives: () => undefined,
    volumes: fail('FindFirstVolumeW'),
    volumePaths: fail('GetVolumePathNamesForVolumeNameW'),
    driveLetters: () => [],
    driveType: () => 3,
    volumeInformation: fail('GetVolumeInformationW'),
    isElevated: () => false,
    raisePriority: () => false,
    close: () => undefined,
    ...calls,
    process: {
      open: (pid) => (pid < 2 ** 20 ? denied('OpenProcess') : { failed: 'OpenProcess', code: 87 }),
      close: () => undefined,
      times: fail('GetProcessTimes'),
      commandLine: fail('ProcessCommandLineInformation'),
      user: fail('OpenProcessToken'),
      executable: fail('QueryFullProcessImageNameW'),
      isCritical: () => false,
      terminate: fail('TerminateProcess'),
      accountOf: fail('LookupAccountSidW'),
      ...process,
    },
  }
}

/** Answers by call and arguments, in the order in which they came. */
export type Recording = Readonly<Record<string, readonly unknown[]>>
interface RecordedBlock {
  readonly bytes: string
  readonly address: number
}

const isBlock = (value: unknown): value is Block => typeof value === 'object' && value !== null && 'view' in value
const isRecordedBlock = (value: unknown): value is RecordedBlock =>
  typeof value === 'object' && value !== null && 'bytes' in value
const keyOf = (name: string, args: readonly unknown[]): string =>
  [name, ...args.map((argument) => (argument instanceof Uint8Array ? argument.toHex() : String(argument)))].join(' ')

/** Passes every call on and writes down what came back. */
export function recordNative(native: Native): { readonly native: Native; readonly recording: Recording } {
  const recording: Record<string, unknown[]> = {}
  const keep = (key: string, value: unknown): void => {
    recording[key] ??= []
    const list = recording[key]
    if (!isBlock(value)) list.push(value ?? null)
    else {
      const bytes = Buffer.from(value.view.buffer as ArrayBuffer, 0, value.length).toString('base64')
      list.push({ bytes, address: value.address } satisfies RecordedBlock)
    }
  }
  return {
    native: intercept(native, (call, key) => {
      const value = call()
      keep(key, value)
      return value
    }),
    recording,
  }
}

/** The machine of the recording; its last answers are given again when they run out. */
export function replayNative(recording: Recording): Native {
  const given = new Map<string, number>()
  return intercept(fakeNative(), (call, key) => {
    const list = recording[key]
    if (list === undefined) return call()
    const turn = given.get(key) ?? 0
    given.set(key, turn + 1)
    const value = list[Math.min(turn, list.length - 1)] ?? undefined
    return isRecordedBlock(value) ? block(new Uint8Array(Buffer.from(value.bytes, 'base64')), value.address) : value
  })
}

function intercept(native: Native, around: (call: () => unknown, key: string) => unknown): Native {
  const wrap = <T extends object>(target: T, prefix: string): T =>
    new Proxy(target, {
      get: (object, name: string) => {
        const value = Reflect.get(object, name) as unknown
        if (name === 'process') return wrap(value as object, 'process.')
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => around(() => value.apply(object, args), keyOf(prefix + name, args))
      },
    })
  return wrap(native, '')
}

/** The block of an answer that a test knows to be one. */
export function answered(answer: Answer): Block {
  if (isFailure(answer)) throw new Error(`${answer.failed}: ${answer.code}`)
  return answer
}
