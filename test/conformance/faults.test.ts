import { describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { ProcessTable } from '../../src/frame/process-table.ts'
import { HostError } from '../../src/platform/host.ts'
import { createLinuxPlatform } from '../../src/platform/linux/platform.ts'
import { isAbsent } from '../../src/platform/platform.ts'
import { type FixtureHost, fixtureHost, fixtures } from '../fixture-host.ts'
import { readAll, unsound } from './platform.ts'

/**
 * Every file of every recorded machine is broken once in every way, before the start and while it is open. What is read
 * of it must be absent or sound, and nothing may throw.
 */
const ways: Readonly<Record<string, (host: FixtureHost, at: string) => void>> = {
  fails: (host, at) => host.fail(at, at.length % 2 === 0 ? 'EACCES' : 'EIO'),
  'is gone': (host, at) => host.remove(at),
  'is empty': (host, at) => host.put(at, ''),
  'was cut off': (host, at) => host.put(at, textOf(host, at).slice(0, 37)),
  'holds no numbers': (host, at) => host.put(at, 'cpu0 x\nTcp: x\nTcp: y\n: : :\n) ( \u0000\n'),
  'holds huge numbers': (host, at) =>
    host.put(at, textOf(host, at).replaceAll(/(?<=[ :\t])\d+\b/g, '18446744073709551615')),
}

function textOf(host: FixtureHost, at: string): string {
  try {
    return host.readText(`${path.dirname(host.procfs)}/${at}`)
  } catch (error) {
    if (error instanceof HostError) return ''
    throw error
  }
}

/** Without it no process can be looked for at all: the scan fails as a whole, and its collector with it. */
const isNeededByScan = (at: string): boolean => at === 'proc/loadavg'

async function readEverything(host: FixtureHost, breakIt: () => void): Promise<string[]> {
  const platform = createLinuxPlatform(host, { cgroupLimit: 100 })
  const table = new ProcessTable()
  const subject = { platform, advance: host.clock.advance, openFiles: () => host.openFiles }
  const problems: string[] = []
  try {
    for (let round = 0; round < 2; round++) {
      if (round === 1) breakIt()
      for (const [name, reading] of await readAll(subject)) {
        if (isAbsent(reading)) {
          if (reading.absent === '') problems.push(`${name} is absent without a reason`)
        } else problems.push(...unsound(reading, name).filter((problem) => !problem.endsWith(': NaN')))
      }
      table.endTick()
      try {
        platform.processes.scan(table)
      } catch (error) {
        problems.push(`scan: ${error}`)
      }
      for (const pid of [1, 2]) await platform.processes.details({ pid, startTicks: undefined })
      platform.identity()
      host.clock.advance(61_000)
    }
  } finally {
    platform.close()
  }
  if (host.openFiles > 0) problems.push(`${host.openFiles} files are still open`)
  return problems
}

for (const machine of readdirSync(fixtures).sort()) {
  describe(machine, () => {
    const files = fixtureHost(machine).files()
    for (const [what, breakFile] of Object.entries(ways)) {
      test(`a file that ${what}`, async () => {
        for (const [index, at] of files.entries()) {
          const host = fixtureHost(machine)
          const isBrokenAtStart = index % 2 === 0
          if (isBrokenAtStart) breakFile(host, at)
          const problems = await readEverything(host, () => {
            if (!isBrokenAtStart) breakFile(host, at)
          })
          const others = problems.filter((problem) => !(problem.startsWith('scan:') && isNeededByScan(at)))
          expect([at, ...others]).toEqual([at])
        }
      })
    }
  })
}
