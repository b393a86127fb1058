import { dlopen, FFIType } from 'bun:ffi'
import { wideBytes } from './growing-buffer.ts'

const { i32, u32, ptr, u64_fast } = FFIType
const symbols = {
  ConvertStringSecurityDescriptorToSecurityDescriptorW: { args: [ptr, u32, ptr, ptr], returns: i32 },
  SetFileSecurityW: { args: [ptr, u32, u64_fast], returns: i32 },
} as const
const freeing = { LocalFree: { args: [u64_fast], returns: u64_fast } } as const

/** SDDL_REVISION_1 (sddl.h) */
const revision = 1
/** DACL_SECURITY_INFORMATION with PROTECTED_DACL_SECURITY_INFORMATION: nothing comes from the folder above. */
const protectedList = 0x80000004

/**
 * The access list of a file: its owner, the system, and administrators, who could take it anyway. In security
 * descriptor definition language: https://learn.microsoft.com/windows/win32/secauthz/ace-strings
 */
export function accessList(kind: 'file' | 'folder'): string {
  const inherited = kind === 'folder' ? 'OICI' : ''
  return `D:P${['OW', 'SY', 'BA'].map((who) => `(A;${inherited};FA;;;${who})`).join('')}`
}

/** Throws when Windows does not do it: a secret is not written into a file that others may read. */
export function keepForOwner(path: string, kind: 'file' | 'folder'): void {
  const advapi32 = dlopen('advapi32.dll', symbols)
  const kernel32 = dlopen('kernel32.dll', freeing)
  const descriptor = new BigUint64Array(1)
  try {
    const convert = advapi32.symbols.ConvertStringSecurityDescriptorToSecurityDescriptorW
    if (convert(wideBytes(accessList(kind)), revision, descriptor, null) === 0)
      throw new Error(`${path}: no access list could be made`)
    const isDone = advapi32.symbols.SetFileSecurityW(wideBytes(path), protectedList, Number(descriptor[0])) !== 0
    kernel32.symbols.LocalFree(Number(descriptor[0]))
    if (!isDone) throw new Error(`${path}: others' right to read it could not be taken away`)
  } finally {
    advapi32.close()
    kernel32.close()
  }
}
