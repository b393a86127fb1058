import type { Candidate } from './finding.ts'
import type { Usage } from './usage.ts'

/**
 * Shortages come together: a fork storm fills the CPUs, a machine that thrashes reads its disk to death. The cause is to
 * stand first, so its severity is raised to just above that of what it causes.
 */
export function rankCauses(
  all: readonly Candidate[],
  usageOf: (candidate: Candidate) => Usage | undefined,
): Candidate[] {
  const candidates = all.filter((one) => !isOfGroup(one, all))
  const of = (resource: Candidate['resource'], instance?: string): Candidate | undefined =>
    candidates.find((one) => one.resource === resource && (instance === undefined || one.instance === instance))
  const raised = new Map<Candidate, number>()
  const raise = (cause: Candidate | undefined, effect: Candidate | undefined): void => {
    if (cause === undefined || effect === undefined || !together(cause, effect)) return
    raised.set(cause, Math.max(raised.get(cause) ?? cause.severity, Math.min(1, effect.severity + 0.01)))
  }
  const cpu = candidates.find(({ resource, instance }) => resource === 'cpu' && instance !== 'steal')
  const forks = candidates.find(({ resource, instance }) => resource === 'processes' && instance === undefined)
  if (forks !== undefined && isMostlyChildren(usageOf(forks))) raise(forks, cpu)
  const memory = of('memory')
  if (memory !== undefined && memory.kind !== 'utilization') {
    for (const disk of candidates) if (disk.resource === 'disk') raise(memory, disk)
    raise(memory, of('swap'))
  }
  for (const group of candidates) {
    // A kill at a group's own limit is no want of memory of the machine.
    if (group.resource === 'cgroup' && group.kind === 'errors') raise(group, memory)
    if (group.resource === 'cgroup' && group.kind === 'saturation') raise(group, of('cpu'))
  }
  // What throws packets away does so for want of CPU time, but the flood is the cause.
  for (const network of candidates) if (network.resource === 'network' && network.kind === 'errors') raise(network, cpu)
  raise(of('cpu', 'steal'), cpu)
  return candidates
    .map((candidate) => ({ ...candidate, severity: raised.get(candidate) ?? candidate.severity }))
    .sort((a, b) => b.severity - a.severity)
    .map((candidate) => ({ ...candidate, severity: Math.min(1, candidate.severity) }))
}

const killMetric = 'system.linux.memory.oom_kills'

/** The kernel counts kills at a group's own limit with those of the machine: without any other sign its memory was not short. */
function isOfGroup({ resource, evidence, episode }: Candidate, all: readonly Candidate[]): boolean {
  if (resource !== 'memory' || evidence.some(({ metric }) => metric !== killMetric)) return false
  return all.some(
    (one) =>
      one.resource === 'cgroup' &&
      one.evidence[0]?.labels.type === 'oom_kill' &&
      one.episode.startMs <= episode.endMs + 2000 &&
      episode.startMs <= one.episode.endMs + 2000,
  )
}

const together = (a: Candidate, b: Candidate): boolean =>
  a.episode.startMs <= b.episode.endMs + 2000 && b.episode.startMs <= a.episode.endMs + 2000

/** From this share on the CPUs are busy with processes that nobody sees. */
const leastChildrenShare = 0.3

function isMostlyChildren(usage: Usage | undefined): boolean {
  if (usage === undefined) return false
  const children = usage.processes().reduce((sum, use) => sum + use.childrenCpuSeconds, usage.reapedSeconds)
  return children >= leastChildrenShare * Math.max(usage.cpuSeconds + usage.reapedSeconds, 1e-9)
}
