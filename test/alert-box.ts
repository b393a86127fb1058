import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AlertEvent, Alerts, type AlertsParts } from '../src/alert/manager.ts'
import { createAlertService } from '../src/alert/service.ts'
import type { AlertService, NotificationBody } from '../src/api/alert-contract.ts'
import { createLogger } from '../src/base/log.ts'
import type { MetricName } from '../src/catalogue/catalogue.ts'
import type { Config } from '../src/config/schema.ts'
import { FrameRing } from '../src/frame/ring.ts'
import { SeriesTable } from '../src/frame/series-table.ts'
import type { Sources } from '../src/query/sources.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'

/** Alerts on a clock that stands still, fed second by second, with one channel whose notifications are read back. */
export class AlertBox {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'sysmon-alert-box-'))
  readonly clock: ManualClock = manualClock(Date.UTC(2026, 0, 5, 9))
  readonly series = new SeriesTable()
  readonly events: AlertEvent[] = []
  readonly log: string[] = []
  readonly file = join(this.dataDir, 'sent.log')
  alerts: Alerts
  #seq = 0

  constructor(
    private config: Partial<Config['alerts']>,
    private readonly parts: Partial<AlertsParts> = {},
  ) {
    this.alerts = this.#open()
  }

  #open(): Alerts {
    const logger = createLogger({ level: 'warn', sink: { write: (line) => this.log.push(line) }, clock: this.clock })
    return new Alerts({
      config: this.#config(),
      dataDir: this.dataDir,
      intervalMs: 1000,
      host: 'box',
      clock: this.clock,
      logger,
      series: this.series,
      sources: { series: this.series, ring: new FrameRing(1) } as Sources,
      onEvent: (event) => this.events.push(event),
      random: () => 0.5,
      ...this.parts,
    })
  }

  #config(): Config['alerts'] {
    return {
      enabled: true,
      hasBuiltIn: false,
      groupWaitMs: 2000,
      rules: [],
      channels: [{ name: 'file', type: 'log', file: this.file }],
      ...this.config,
    }
  }

  get service(): AlertService {
    const sources = { series: this.series, ring: new FrameRing(1) } as Sources
    return createAlertService({ alerts: this.alerts, sources, clock: this.clock, host: 'box' })
  }

  apply(config: Partial<Config['alerts']>): void {
    this.config = { ...this.config, ...config }
    this.alerts.apply(this.#config())
  }

  /** As after a kill: nothing is ended in order. */
  restart(config: Partial<Config['alerts']> = {}): void {
    this.config = { ...this.config, ...config }
    this.alerts.outbox.close()
    this.alerts = this.#open()
  }

  id(metric: MetricName, labels: Readonly<Record<string, string>> = {}): number {
    return this.series.intern(metric, labels as never) as number
  }

  /** One second with these values; those not named stay. */
  second(values: readonly (readonly [id: number, value: number])[] = []): void {
    const sorted = [...values].sort(([a], [b]) => a - b)
    this.alerts.tick({
      seq: this.#seq++,
      unixMs: this.clock.wallMs(),
      elapsedMs: 1000,
      gap: 'none',
      isKey: false,
      ids: Uint32Array.from(sorted, ([id]) => id),
      values: Float64Array.from(sorted, ([, value]) => value),
    })
    this.clock.advance(1000)
  }

  seconds(count: number): void {
    for (let second = 0; second < count; second++) this.second()
  }

  /** What has arrived, once nothing more is on its way. */
  async sent(): Promise<NotificationBody[]> {
    for (let turn = 0; turn < 2000 && this.alerts.outbox.waiting > 0; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    if (!existsSync(this.file)) return []
    const lines = readFileSync(this.file, 'utf8').split('\n')
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as NotificationBody)
  }

  async told(): Promise<string[]> {
    return (await this.sent()).map(({ kind, alerts }) => `${kind} ${alerts.map(({ rule }) => rule).join(' ')}`)
  }

  close(): void {
    this.alerts.close()
    rmSync(this.dataDir, { recursive: true })
  }
}
