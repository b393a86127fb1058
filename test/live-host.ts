import { type Host, HostError } from '../src/platform/host.ts'
import { createLiveHost } from '../src/platform/live-host.ts'

/** This machine. A remote filesystem is not asked: it is as if it did not answer. */
export const liveHost = (): Host =>
  createLiveHost({
    procfs: '/proc',
    sysfs: '/sys',
    remoteSpace: (path) => Promise.reject(new HostError('ETIMEDOUT', path)),
  })
