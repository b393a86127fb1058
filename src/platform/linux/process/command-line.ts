import { sanitizeText, textOfBytes } from '../../../base/text.ts'
import { redactArguments } from '../../redact-command-line.ts'

/** Longest command line kept, bytes. */
export const commandLineLimitBytes = 4096

/**
 * /proc/PID/cmdline (proc_pid_cmdline(5)): arguments ended by NUL, `sleep\0` `86400\0`. A process may write over it
 * with blanks, or with one string without a NUL at the end (R10). Secrets are taken out.
 */
export function parseCommandLine(bytes: Uint8Array): { readonly program: string; readonly commandLine: string } {
  const end = lastNonNul(bytes)
  const args = splitNul(bytes.subarray(0, Math.min(end, commandLineLimitBytes)))
  const program = args[0] ?? ''
  return { program, commandLine: sanitizeText(redactArguments(args).join(' ')).trimEnd() }
}

function lastNonNul(bytes: Uint8Array): number {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return end
}

function splitNul(bytes: Uint8Array): string[] {
  if (bytes.length === 0) return []
  const args: string[] = []
  let start = 0
  for (;;) {
    const end = bytes.indexOf(0, start)
    args.push(textOfBytes(bytes.subarray(start, end < 0 ? bytes.length : end)))
    if (end < 0) return args
    start = end + 1
  }
}

/** Longest name the kernel keeps, bytes. include/linux/sched.h TASK_COMM_LEN less the NUL */
const kernelNameBytes = 15

/**
 * The kernel's 15 bytes, or the program's file name where they are its beginning (R9). A name that the process gave
 * itself stays.
 */
export function fullName(kernelName: string, program: string, kernelBytes: number): string {
  if (kernelBytes < kernelNameBytes) return kernelName
  const words = program.split(' ', 1)[0] ?? ''
  const base = words.slice(words.lastIndexOf('/') + 1)
  return base.startsWith(kernelName) ? base : kernelName
}
