import { dlopen, FFIType } from 'bun:ffi'

/**
 * Signals through a pidfd (pidfd_open(2), Linux 5.3): the descriptor names the process that had the pid when it was
 * opened, so between looking whose pid it is and signalling nobody else can get it. Loaded only when somebody signals.
 */

/** signal(7), numbers of x86 and arm. */
export const signalNumbers: Readonly<Record<string, number>> = {
  TERM: 15,
  KILL: 9,
  INT: 2,
  HUP: 1,
  STOP: 19,
  CONT: 18,
  QUIT: 3,
  USR1: 10,
  USR2: 12,
  ABRT: 6,
  ALRM: 14,
  WINCH: 28,
  TSTP: 20,
}

/** System call numbers, the same on x86-64 and arm64: asm-generic/unistd.h */
const SYS_pidfd_send_signal = 424
const SYS_pidfd_open = 434

/** errno(3) values that say something to a person. */
const errnoNames: Readonly<Record<number, string>> = { 1: 'EPERM', 3: 'ESRCH', 22: 'EINVAL', 38: 'ENOSYS' }

const symbols = {
  syscall: {
    args: [FFIType.i64_fast, FFIType.i64_fast, FFIType.i64_fast, FFIType.i64_fast, FFIType.i64_fast],
    returns: FFIType.i64_fast,
  },
  __errno_location: { args: [], returns: FFIType.ptr },
  kill: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  close: { args: [FFIType.i32], returns: FFIType.i32 },
} as const

export type SendOutcome = 'sent' | 'gone' | 'denied' | 'replaced' | 'failed'

/** `isSame` looks again whose pid it is once nobody else can get it. */
export async function sendSignal(
  library: string,
  pid: number,
  signal: number,
  isSame: () => boolean,
): Promise<SendOutcome> {
  const { read } = await import('bun:ffi')
  const libc = dlopen(library, symbols).symbols
  const errno = (): string => {
    const location = libc.__errno_location()
    return location === null ? 'EINVAL' : (errnoNames[read.i32(location, 0)] ?? 'EINVAL')
  }
  const outcomeOf = (code: string): SendOutcome => (code === 'ESRCH' ? 'gone' : code === 'EPERM' ? 'denied' : 'failed')

  const descriptor = Number(libc.syscall(SYS_pidfd_open, pid, 0, 0, 0))
  if (descriptor < 0) {
    const code = errno()
    if (code !== 'ENOSYS') return outcomeOf(code)
    if (!isSame()) return 'replaced'
    return libc.kill(pid, signal) === 0 ? 'sent' : outcomeOf(errno())
  }
  try {
    if (!isSame()) return 'replaced'
    return Number(libc.syscall(SYS_pidfd_send_signal, descriptor, signal, 0, 0)) === 0 ? 'sent' : outcomeOf(errno())
  } finally {
    libc.close(descriptor)
  }
}
