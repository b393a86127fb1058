import type { Host } from './host.ts'
import type { Platform } from './platform.ts'

export interface PlatformOptions {
  /** Most control groups read. */
  readonly cgroupLimit: number
}

/** The only switch on the operating system. What belongs to another is not even loaded. */
export async function choosePlatform(host: Host, options: PlatformOptions): Promise<Platform> {
  switch (process.platform) {
    case 'linux':
      return (await import('./linux/platform.ts')).createLinuxPlatform(host, options)
    case 'win32':
      return await windowsPlatform(host)
    default:
      return (await import('./unsupported/platform.ts')).createUnsupportedPlatform(process.platform)
  }
}

/** Where the libraries of Windows cannot be called, the rest of the product runs and says so. */
async function windowsPlatform(host: Host): Promise<Platform> {
  const { createLiveNative } = await import('./windows/live-native.ts')
  const { createWindowsPlatform } = await import('./windows/platform.ts')
  try {
    return createWindowsPlatform(host, createLiveNative())
  } catch (error) {
    const { createUnsupportedPlatform } = await import('./unsupported/platform.ts')
    return createUnsupportedPlatform(`Windows without foreign function calls (${String(error)})`)
  }
}
