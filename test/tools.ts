import { accessSync, appendFileSync, constants } from 'node:fs'

/**
 * Whether a test can run on this machine: `test.skipIf(!requireTool('ss'))('…')`. What cannot is named with its reason
 * at the end of `npm test`, which says in SYSMON_SKIP_REASONS where the reasons are gathered.
 */

const told = new Set<string>()

/** Programs are named in scripts/house/debian.ts, which installs them where it may. */
export const requireTool = (name: string): boolean => requireThat(Bun.which(name) !== null, `${name} is not installed`)

/** `why`: what the test does that only root may, as in "mounts a filesystem". */
export const requireRoot = (why: string): boolean =>
  requireThat(process.getuid?.() === 0, `not root, and a test ${why}`)

/** `why`: what the test does with the file, as in "is a FUSE server". */
export const requireFile = (path: string, why: string): boolean =>
  requireThat(isReadable(path), `${path} cannot be read, and a test ${why}`)

/** For what has no word of its own here. `reason`: what is missing, and which test needs it. */
export function requireThat(holds: boolean, reason: string): boolean {
  if (!holds && !told.has(reason)) {
    told.add(reason)
    const file = process.env.SYSMON_SKIP_REASONS
    if (file !== undefined) appendFileSync(file, `${reason}\n`)
  }
  return holds
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
