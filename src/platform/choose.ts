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
    default:
      return (await import('./unsupported/platform.ts')).createUnsupportedPlatform(process.platform)
  }
}
