import type { HostFacts } from '../api/contract.ts'
import type { Platform } from '../platform/platform.ts'

/** What the machine is, as the API tells it. */
export function hostFacts(platform: Platform): HostFacts {
  const { memoryBytes, ...identity } = platform.identity()
  return { ...identity, os: platform.os, ...(memoryBytes === undefined ? {} : { memoryBytes }) }
}
