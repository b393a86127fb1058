import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fixtures } from './fixture-host.ts'
import { loadMachine } from './fixture-tree.ts'

/** A recorded machine as real files in a folder of its own, for a program that is pointed at it. */
export interface FixtureFolder {
  readonly folder: string
  readonly procfs: string
  readonly sysfs: string
  remove(): void
}

export function fixtureFolder(machine: string): FixtureFolder {
  const folder = mkdtempSync(path.join(tmpdir(), 'sysmon-machine-'))
  const { tree, facts } = loadMachine(path.join(fixtures, machine))
  const place = (at: string): string => {
    const full = path.join(folder, at)
    mkdirSync(path.dirname(full), { recursive: true })
    return full
  }
  for (const at of ['proc', 'sys', ...(facts.folders ?? [])]) mkdirSync(path.join(folder, at), { recursive: true })
  for (const at of tree.files()) {
    const found = tree.find(at, false)
    if (found?.node.kind === 'file') writeFileSync(place(at), found.node.bytes)
  }
  for (const [at, target] of Object.entries(facts.links ?? {})) symlinkSync(target, place(at))
  return {
    folder,
    procfs: path.join(folder, 'proc'),
    sysfs: path.join(folder, 'sys'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
