import type { CollectorHealth, HealthResponse } from '../api/contract.ts'
import type { Clock } from '../base/clock.ts'
import { version } from '../base/version.ts'
import type { CollectorState, Registry } from '../collect/registry.ts'
import type { Platform } from '../platform/platform.ts'
import type { Store } from '../store/store.ts'
import type { WriteBuffer } from '../store/write-buffer.ts'

export interface HealthParts {
  readonly clock: Clock
  readonly startedMs: number
  readonly dataDir: string
  readonly platform: Platform
  readonly store: Store
  readonly buffer: WriteBuffer
  readonly registry: Registry
  /** Beside those of the platform. */
  readonly limitations?: () => HealthResponse['limitations']
  /** What else is wrong: features that have failed by themselves. */
  readonly otherProblems?: () => readonly string[]
}

const mebibyte = 2 ** 20

/** How the daemon does, for `GET /health`. A collector without data is not ill; one that fails is. */
export function createHealth(parts: HealthParts): () => HealthResponse {
  const { clock, store, buffer, registry, platform } = parts
  return () => {
    const states = registry.states()
    const { oldestMs, newestMs } = store.stats()
    const problems = [...storeProblems(buffer), ...states.flatMap(collectorProblem), ...(parts.otherProblems?.() ?? [])]
    return {
      status: problems.length === 0 ? 'healthy' : 'degraded',
      problems,
      version,
      uptime_seconds: Math.round((clock.monotonicMs() - parts.startedMs) / 1000),
      collector_status: Object.fromEntries(states.map((state) => [state.name, collectorHealth(state)])),
      db_connection: buffer.degraded === undefined ? 'ok' : 'degraded',
      db_buffered_frames: buffer.waiting,
      db_dropped_frames: buffer.dropped,
      memory_mb: Math.round(((platform.system.self().residentBytes ?? 0) / mebibyte) * 10) / 10,
      metrics_collected: registry.runs,
      ...(oldestMs === undefined ? {} : { oldest_unix_ms: oldestMs }),
      ...(newestMs === undefined ? {} : { newest_unix_ms: newestMs }),
      data_dir: parts.dataDir,
      pid: process.pid,
      limitations: [...platform.limitations(), ...(parts.limitations?.() ?? [])],
    }
  }
}

function storeProblems({ degraded, waiting, dropped }: WriteBuffer): string[] {
  if (degraded === undefined) return []
  const lost = dropped === 0 ? '' : `, ${dropped} were dropped`
  return [`the store cannot write: ${degraded}; ${waiting} ticks wait in memory${lost}`]
}

const collectorProblem = ({ name, status, why }: CollectorState): string[] =>
  status === 'failing' || status === 'backing_off' ? [`the collector ${name} fails: ${why ?? 'no reason given'}`] : []

const collectorHealth = ({ status, why, failures, durationSeconds }: CollectorState): CollectorHealth => ({
  status,
  ...(why === undefined ? {} : { why }),
  failures,
  ...(durationSeconds === undefined ? {} : { duration_ms: Math.round(durationSeconds * 1_000_000) / 1000 }),
})
