import { dlopen, FFIType } from 'bun:ffi'

/**
 * The few calls of the C library that the runtime does not offer. Opened only when first needed: `bun:ffi` costs 2.9 MB
 * of resident memory. glibc and musl name the library differently.
 */
const symbols = {
  execve: { args: [FFIType.ptr, FFIType.ptr, FFIType.ptr], returns: FFIType.i32 },
  madvise: { args: [FFIType.u64, FFIType.u64, FFIType.i32], returns: FFIType.i32 },
  prctl: { args: [FFIType.i32, FFIType.u64, FFIType.u64, FFIType.u64, FFIType.u64], returns: FFIType.i32 },
} as const

const names = ['libc.so.6', 'libc.musl-x86_64.so.1', 'libc.musl-aarch64.so.1', 'libc.so']

export type Libc = ReturnType<typeof dlopen<typeof symbols>>['symbols']
let opened: Libc | undefined
let openedName: string | undefined

/** Throws when no C library can be opened. */
export function openLibc(): Libc {
  opened ??= openFirst()
  return opened
}

function openFirst(): Libc {
  const failures: string[] = []
  for (const name of names) {
    try {
      const library = dlopen(name, symbols).symbols
      openedName = name
      return library
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new Error(`no C library could be opened: ${failures.join('; ')}`)
}

/** The name under which the C library could be opened. */
export function libcName(): string {
  openLibc()
  return openedName as string
}

/** include/uapi/linux/prctl.h */
const PR_SET_PDEATHSIG = 1
const SIGKILL = 9

/** The kernel ends this process when the one that started it ends, however that ends (prctl(2)). */
export function endWithParent(): void {
  openLibc().prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
}
