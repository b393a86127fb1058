import type { Host } from '../src/platform/host.ts'
import { createLiveHost } from '../src/platform/live-host.ts'

/** This machine. No remote filesystem is asked. */
export const liveHost = (): Host =>
  createLiveHost({
    procfs: '/proc',
    sysfs: '/sys',
    remoteSpace: () => Promise.reject(new Error('tests ask no remote filesystem')),
  })
