import { addressOf, type Counter, lastError } from './foreign-call.ts'
import { GrowingBuffer, wideText } from './growing-buffer.ts'
import type { Libraries } from './libraries.ts'
import type { Answer, NativeProcesses, ProcessHandle, Result } from './native.ts'
import { processTimes, unicodeString } from './structures/process.ts'

/** winnt.h */
const queryLimitedInformation = 0x1000
const terminateRight = 0x0001
const tokenQuery = 0x0008
/** PROCESSINFOCLASS ProcessCommandLineInformation (phnt ntpsapi.h) */
const commandLineClass = 60
/** TOKEN_INFORMATION_CLASS */
const tokenUserClass = 1
const tokenElevationClass = 20
/** A command line has 32767 characters at most. */
const commandLineBytes = unicodeString.size + 4096

/** One process at a time; every handle is closed by who opened it. */
export class LiveProcesses implements NativeProcesses {
  readonly #times = new GrowingBuffer('GetProcessTimes', processTimes.size, addressOf)
  readonly #commandLine = new GrowingBuffer('ProcessCommandLineInformation', commandLineBytes, addressOf)
  readonly #user = new GrowingBuffer('TokenUser', 128, addressOf)
  readonly #path = new GrowingBuffer('QueryFullProcessImageNameW', 1024, addressOf)
  readonly #names = [new Uint16Array(256), new Uint16Array(256)] as const
  readonly #sizes = [new Uint32Array(1), new Uint32Array(1)] as const
  readonly #number = new Uint32Array(1)

  constructor(
    private readonly libraries: Libraries,
    private readonly counter: Counter,
  ) {}

  open(pid: number, purpose: 'look' | 'terminate'): Result<ProcessHandle> {
    this.counter.calls++
    const rights = purpose === 'look' ? queryLimitedInformation : queryLimitedInformation | terminateRight
    const handle = Number(this.libraries.kernel32.OpenProcess(rights, 0, pid))
    return handle === 0 ? this.#failed('OpenProcess') : (handle as ProcessHandle)
  }

  close(handle: ProcessHandle): void {
    this.counter.calls++
    this.libraries.kernel32.CloseHandle(handle)
  }

  times(handle: ProcessHandle): Answer {
    return this.#times.fill((bytes) => {
      this.counter.calls++
      const start = addressOf(bytes)
      const { ExitTime, KernelTime, UserTime } = processTimes.at
      const done = this.libraries.kernel32.GetProcessTimes(
        handle,
        bytes,
        start + ExitTime,
        start + KernelTime,
        start + UserTime,
      )
      return { code: done === 0 ? lastError(this.libraries) : 0, bytes: bytes.length }
    })
  }

  commandLine(handle: ProcessHandle): Answer {
    return this.#commandLine.fill((bytes) => {
      this.counter.calls++
      const { ntdll } = this.libraries
      const code = ntdll.NtQueryInformationProcess(handle, commandLineClass, bytes, bytes.length, this.#number)
      return { code, bytes: this.#number[0] as number }
    })
  }

  user(handle: ProcessHandle): Answer {
    const { advapi32, kernel32 } = this.libraries
    const token = tokenOf(this.libraries, handle)
    this.counter.calls += 2
    if (token === undefined) return this.#failed('OpenProcessToken')
    try {
      return this.#user.fill((bytes) => {
        this.counter.calls++
        const done = advapi32.GetTokenInformation(token, tokenUserClass, bytes, bytes.length, this.#number)
        return { code: done === 0 ? lastError(this.libraries) : 0, bytes: this.#number[0] as number }
      })
    } finally {
      kernel32.CloseHandle(token)
    }
  }

  executable(handle: ProcessHandle): Result<string> {
    const answer = this.#path.fill((bytes) => {
      this.counter.calls++
      this.#number[0] = bytes.length / 2
      const done = this.libraries.kernel32.QueryFullProcessImageNameW(handle, 0, bytes, this.#number)
      return { code: done === 0 ? lastError(this.libraries) : 0, bytes: (this.#number[0] as number) * 2 }
    })
    return 'failed' in answer ? answer : wideText(answer.view, 0, answer.length)
  }

  isCritical(handle: ProcessHandle): boolean {
    this.counter.calls++
    this.#number[0] = 0
    this.libraries.kernel32.IsProcessCritical?.(handle, this.#number)
    return this.#number[0] !== 0
  }

  terminate(handle: ProcessHandle): Result<true> {
    this.counter.calls++
    return this.libraries.kernel32.TerminateProcess(handle, 1) !== 0 || this.#failed('TerminateProcess')
  }

  accountOf(sid: Uint8Array): Result<string> {
    this.counter.calls++
    const [name, domain] = this.#names
    const [nameSize, domainSize] = this.#sizes
    nameSize[0] = name.length
    domainSize[0] = domain.length
    const { advapi32 } = this.libraries
    const done = advapi32.LookupAccountSidW(null, sid, name, nameSize, domain, domainSize, this.#number)
    if (done === 0) return this.#failed('LookupAccountSidW')
    const text = (units: Uint16Array, size: Uint32Array): string =>
      wideText(new DataView(units.buffer), 0, (size[0] as number) * 2)
    return domainSize[0] === 0 ? text(name, nameSize) : `${text(domain, domainSize)}\\${text(name, nameSize)}`
  }

  #failed(failed: string): { failed: string; code: number } {
    return { failed, code: lastError(this.libraries) }
  }
}

function tokenOf({ advapi32 }: Libraries, handle: number): number | undefined {
  const slot = new BigInt64Array(1)
  return advapi32.OpenProcessToken(handle, tokenQuery, slot) === 0 ? undefined : Number(slot[0])
}

/** Of sysmon itself: whether it may look at what belongs to others. */
export function isElevated(libraries: Libraries): boolean {
  const { kernel32, advapi32 } = libraries
  const token = tokenOf(libraries, Number(kernel32.GetCurrentProcess()))
  if (token === undefined) return false
  const elevation = new Uint32Array(1)
  const written = new Uint32Array(1)
  try {
    return advapi32.GetTokenInformation(token, tokenElevationClass, elevation, 4, written) !== 0 && elevation[0] !== 0
  } finally {
    kernel32.CloseHandle(token)
  }
}
