import { readdirSync, readlinkSync } from 'node:fs'
import { createLinuxPlatform } from '../../src/platform/linux/platform.ts'
import { createUnsupportedPlatform } from '../../src/platform/unsupported/platform.ts'
import { fixtureHost, fixtures } from '../fixture-host.ts'
import { liveHost } from '../live-host.ts'
import { platformConformance } from './platform.ts'

const pass = (): undefined => undefined

/** Descriptors of ours that lead into /proc; those of the listing itself are gone when they are looked at. */
function openProcFiles(): number {
  return readdirSync('/proc/self/fd').filter((name) => {
    try {
      return /^\/proc\/(?!\d+\/fd$)/.test(readlinkSync(`/proc/self/fd/${name}`))
    } catch {
      return false
    }
  }).length
}

platformConformance('this machine', () => ({
  platform: createLinuxPlatform(liveHost(), { cgroupLimit: 20 }),
  advance: pass,
  openFiles: openProcFiles,
}))

for (const machine of readdirSync(fixtures).sort()) {
  platformConformance(machine, () => {
    const host = fixtureHost(machine)
    return {
      platform: createLinuxPlatform(host, { cgroupLimit: 100 }),
      advance: host.clock.advance,
      openFiles: () => host.openFiles,
    }
  })
}

platformConformance('a machine without a single file but /proc/loadavg', () => {
  const host = fixtureHost()
  host.put('proc/loadavg', '0.00 0.00 0.00 1/2 3\n')
  return {
    platform: createLinuxPlatform(host, { cgroupLimit: 100 }),
    advance: host.clock.advance,
    openFiles: () => host.openFiles,
  }
})

platformConformance('a system that is not supported', () => ({
  platform: createUnsupportedPlatform('plan9'),
  advance: pass,
  openFiles: () => 0,
}))
