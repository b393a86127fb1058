import { derived, metrics } from '../../src/catalogue/catalogue.ts'
import { processColumns } from '../../src/catalogue/process-columns.ts'

/**
 * golden/catalogue.lock.json remembers every id that was ever given away: ids are on disks and on the wire, so an id
 * means one name for ever, and a name keeps its id. What is no longer measured stays in the catalogue, deprecated.
 */
export type LockGroup = Readonly<Record<string, number>>
export interface CatalogueLock {
  readonly metrics: LockGroup
  readonly derived: LockGroup
  readonly processColumns: LockGroup
}

export const lockFile = 'golden/catalogue.lock.json'

const ids = (entries: Readonly<Record<string, { readonly id: number }>>): LockGroup =>
  Object.fromEntries(
    Object.entries(entries)
      .map(([name, { id }]): [string, number] => [name, id])
      .sort(([, a], [, b]) => a - b),
  )

export const currentLock = (): CatalogueLock => ({
  metrics: ids(metrics),
  derived: ids(derived),
  processColumns: ids(processColumns),
})

export const formatLock = (lock: CatalogueLock): string => `${JSON.stringify(lock, null, 2)}\n`

/** What the catalogue must not have done to the lock, and what it does to itself. */
export function compareLocks(locked: CatalogueLock, current: CatalogueLock): string[] {
  return (['metrics', 'derived', 'processColumns'] as const).flatMap((group) => [
    ...duplicates(group, current[group]),
    ...broken(group, locked[group], current[group]),
  ])
}

function duplicates(group: string, entries: LockGroup): string[] {
  const owners = new Map<number, string>()
  return Object.entries(entries).flatMap(([name, id]) => {
    const owner = owners.get(id)
    owners.set(id, name)
    return owner === undefined ? [] : [`${group}: id ${id} is given to ${owner} and to ${name}`]
  })
}

function broken(group: string, locked: LockGroup, current: LockGroup): string[] {
  const nameOf = new Map(Object.entries(locked).map(([name, id]) => [id, name]))
  const lost = Object.entries(locked).flatMap(([name, id]) => {
    if (current[name] === undefined) return [`${group}: ${name} (id ${id}) is gone: keep it, with \`deprecated\``]
    return current[name] === id ? [] : [`${group}: ${name} had id ${id} and has ${current[name]} now`]
  })
  const reused = Object.entries(current).flatMap(([name, id]) => {
    const owner = nameOf.get(id)
    return owner === undefined || owner === name ? [] : [`${group}: id ${id} of ${owner} is given to ${name}`]
  })
  return [...lost, ...reused]
}
