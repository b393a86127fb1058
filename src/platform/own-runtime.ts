import { isCompiled } from './own-command.ts'

/**
 * How the runtime is to behave in the daemon, which it takes from its environment only, and only when it starts: no
 * optimising compilers, since what runs a few milliseconds a second never pays for them. docs/decisions/007-memory.md
 */
const settings: Readonly<Record<string, string>> = { BUN_JSC_useDFGJIT: '0', BUN_JSC_useFTLJIT: '0' }

/** Begins the program anew, as the same process, with the runtime set so; returns when it is, or where that cannot be. */
export async function tuneRuntime(): Promise<void> {
  if (process.platform !== 'linux' || !isCompiled() || process.env.BUN_JSC_useDFGJIT !== undefined) return
  const { replaceProcess } = await import('./linux/replace-process.ts')
  replaceProcess(settings)
}
