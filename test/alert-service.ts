import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Alerts } from '../src/alert/manager.ts'
import { createAlertService } from '../src/alert/service.ts'
import type { AlertService } from '../src/api/alert-contract.ts'
import type { Clock } from '../src/base/clock.ts'
import { createLogger } from '../src/base/log.ts'
import type { Sources } from '../src/query/sources.ts'
import { ruleOf } from './alert-series.ts'

export interface ServedAlerts {
  readonly service: AlertService
  close(): void
}

/** The alerts over a record, with one rule that is raised (incident 1), one by API, one silence and a channel. */
export function servedAlerts(sources: Sources, clock: Clock): ServedAlerts {
  const dataDir = mkdtempSync(join(tmpdir(), 'sysmon-alerts-'))
  const alerts = new Alerts({
    config: {
      enabled: true,
      hasBuiltIn: true,
      groupWaitMs: 0,
      channels: [{ name: 'file', type: 'log', file: join(dataDir, 'alerts.log') }],
      rules: [ruleOf({ name: 'always', value: 'system.memory.limit', raise: '1B' })],
    },
    dataDir,
    intervalMs: 1000,
    host: 'box',
    clock,
    logger: createLogger({ level: 'error', sink: { write: () => undefined }, clock }),
    series: sources.series,
    sources,
    onEvent: () => undefined,
  })
  const { ring, series } = sources
  const last = ring.length - 1
  alerts.tick({
    seq: 1,
    unixMs: ring.unixMsAt(last),
    elapsedMs: 1000,
    gap: 'none',
    isKey: true,
    ids: Uint32Array.from({ length: series.size }, (_, id) => id),
    values: Float64Array.from({ length: series.size }, (_, id) => ring.valueAt(id, last)),
  })
  alerts.settle()
  const service = createAlertService({ alerts, sources, clock, host: 'box' })
  service.putRule({ name: 'mine', value: 'system.cpu.utilization', raise: '90%' })
  service.addSilence({ matchers: { rule: 'none' }, comment: '' }, { startMs: clock.wallMs(), endMs: undefined })
  return {
    service,
    close: () => {
      alerts.close()
      rmSync(dataDir, { recursive: true })
    },
  }
}
