import { sanitizeText } from '../../../base/text.ts'

/**
 * /proc/PID/cgroup (cgroups(7)), `hierarchy:controllers:path`: `0::/system.slice/ssh.service` on v2; on v1 one line a
 * hierarchy, `4:memory:/docker/3f2a…`. The v2 path, unless all that matters is on v1: then the named hierarchy's, then
 * the first that is not the root.
 */
export function parseMembership(text: string): string | undefined {
  let unified: string | undefined
  let named: string | undefined
  let first: string | undefined
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    const second = line.indexOf(':', colon + 1)
    if (colon < 0 || second < 0) continue
    const controllers = line.slice(colon + 1, second)
    const path = sanitizeText(line.slice(second + 1))
    if (controllers === '') unified = path
    else if (controllers.startsWith('name=')) named ??= path === '/' ? undefined : path
    else first ??= path === '/' ? undefined : path
  }
  if (unified !== undefined && unified !== '/') return unified
  return named ?? first ?? unified
}
