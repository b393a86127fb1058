import { ptr } from 'bun:ffi'
import type { Libraries } from './libraries.ts'

/** How many calls there were. */
export interface Counter {
  calls: number
}

/** ERROR_GEN_FAILURE: it failed and nobody says why. */
const someFailure = 31

/** What Windows says about the call before; the runtime may have called in between. */
export const lastError = ({ kernel32 }: Libraries): number => kernel32.GetLastError() || someFailure

/** Of a buffer that lives; the number is good for as long as it does. */
export const addressOf = (bytes: Uint8Array): number => ptr(bytes)
