import { Database } from 'bun:sqlite'
import { chmodSync, existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { AcknowledgementDto, ExplanationDto, NotificationBody } from '../api/alert-contract.ts'
import type { KeptWatch, Phase } from './engine.ts'
import type { Silence } from './silence.ts'

/**
 * What alerts must not forget, in a file of its own beside the record, drawn in docs/format/alerts.md: states, incidents,
 * rules made by API, silences and the outbox. Written only when something changes; each change is one transaction, so a
 * kill leaves either all of it or nothing.
 */
export const alertsFile = 'alerts.db'

const schemaVersion = 1
const schema = `
CREATE TABLE rule (name TEXT PRIMARY KEY, body TEXT NOT NULL, updated_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE watch (key TEXT PRIMARY KEY, rule TEXT NOT NULL, labels TEXT NOT NULL, phase TEXT NOT NULL,
  is_missing INTEGER NOT NULL, held_ms REAL NOT NULL, since_ms INTEGER NOT NULL, raises TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE incident (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, body TEXT NOT NULL,
  raised_ms INTEGER NOT NULL, cleared_ms INTEGER, told TEXT NOT NULL, told_ms INTEGER NOT NULL);
CREATE INDEX incident_raised ON incident (raised_ms);
CREATE INDEX incident_open ON incident (id) WHERE told NOT IN ('done');
CREATE TABLE silence (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE delivery (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL,
  thread TEXT NOT NULL, body TEXT NOT NULL, created_ms INTEGER NOT NULL, status TEXT NOT NULL,
  attempts INTEGER NOT NULL, next_ms INTEGER NOT NULL, done_ms INTEGER, error TEXT);
CREATE INDEX delivery_waiting ON delivery (channel, seq) WHERE status = 'waiting';
`

/** What was last told of an incident: nothing, raised, no data, its end; `done`: there is nothing more to tell. */
export type Told = 'nothing' | 'raised' | 'no_data' | 'done'

export interface Incident {
  readonly id: number
  readonly key: string
  readonly rule: string
  readonly severity: 'info' | 'warning' | 'critical'
  readonly labels: Readonly<Record<string, string>>
  readonly unit: string | undefined
  readonly raisedMs: number
  readonly value: number | null
  summary: string
  worst: number | null
  clearedMs: number | undefined
  isMissing: boolean
  told: Told
  toldMs: number
  isNotified: boolean
  acknowledged: AcknowledgementDto | undefined
  explanation: ExplanationDto | undefined
}

export interface Kept extends KeptWatch {
  readonly sinceMs: number
  /** When it was raised lately, Unix milliseconds. */
  readonly raises: readonly number[]
}

export interface Delivery {
  readonly seq: number
  readonly id: string
  readonly channel: string
  /** Deliveries of one thread go out in order. */
  readonly thread: string
  readonly body: NotificationBody
  readonly createdMs: number
  readonly status: 'waiting' | 'sent' | 'given_up'
  readonly attempts: number
  readonly nextMs: number
  readonly doneMs: number | undefined
  readonly error: string | undefined
}

export interface OpenedAlerts {
  readonly database: AlertDatabase
  /** Where a damaged file was put; a fresh one has been begun. */
  readonly movedAside: string | undefined
}

/** Throws when the directory cannot be written. */
export function openAlertDatabase(dataDir: string, wallMs: number): OpenedAlerts {
  const path = join(dataDir, alertsFile)
  try {
    return { database: new AlertDatabase(path), movedAside: undefined }
  } catch (error) {
    // SQLITE_CORRUPT and SQLITE_NOTADB (https://www.sqlite.org/rescode.html).
    const code = (error as { errno?: number }).errno ?? 0
    if ((code & 0xff) !== 11 && (code & 0xff) !== 26) throw error
    const aside = `${path}.corrupt-${wallMs}`
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
    }
    return { database: new AlertDatabase(path), movedAside: aside }
  }
}

interface IncidentRow {
  readonly id: number
  readonly key: string
  readonly body: string
  readonly raised_ms: number
  readonly cleared_ms: number | null
  readonly told: Told
  readonly told_ms: number
}
interface DeliveryRow {
  readonly seq: number
  readonly id: string
  readonly channel: string
  readonly thread: string
  readonly body: string
  readonly created_ms: number
  readonly status: Delivery['status']
  readonly attempts: number
  readonly next_ms: number
  readonly done_ms: number | null
  readonly error: string | null
}

export class AlertDatabase {
  readonly #db: Database

  constructor(path: string) {
    const isNew = !existsSync(path)
    this.#db = new Database(path, { create: true, readwrite: true })
    try {
      if (isNew) chmodSync(path, 0o600)
      for (const pragma of ['busy_timeout = 50', 'journal_mode = WAL', 'synchronous = NORMAL', 'cache_size = -256']) {
        this.#db.query(`PRAGMA ${pragma}`).run()
      }
      this.#db.query('PRAGMA journal_size_limit = 1048576').run()
      this.#migrate()
    } catch (error) {
      this.#db.close()
      throw error
    }
  }

  #migrate(): void {
    const { user_version: version } = this.#db.query('PRAGMA user_version').get() as { user_version: number }
    if (version > schemaVersion) throw new Error(`${alertsFile} was written by a newer sysmon (format ${version})`)
    if (version === schemaVersion) return
    this.#db.transaction(() => {
      for (const statement of schema.split(';')) if (statement.trim() !== '') this.#db.query(statement).run()
      this.#db.query(`PRAGMA user_version = ${schemaVersion}`).run()
    })()
  }

  /** All of it or, when it throws or is killed, nothing. */
  together<T>(change: () => T): T {
    return this.#db.transaction(change)()
  }

  rules(): { readonly name: string; readonly body: string }[] {
    return this.#db.query<{ name: string; body: string }, []>('SELECT name, body FROM rule ORDER BY name').all()
  }
  putRule(name: string, body: string, nowMs: number): void {
    this.#db.query('INSERT OR REPLACE INTO rule VALUES (?, ?, ?)').run(name, body, nowMs)
  }
  removeRule(name: string): void {
    this.#db.query('DELETE FROM rule WHERE name = ?').run(name)
  }

  watches(): Kept[] {
    return this.#db
      .query<
        {
          key: string
          rule: string
          labels: string
          phase: Phase
          is_missing: number
          held_ms: number
          since_ms: number
          raises: string
        },
        []
      >('SELECT * FROM watch')
      .all()
      .map((row) => ({
        key: row.key,
        rule: row.rule,
        labels: JSON.parse(row.labels),
        phase: row.phase,
        isMissing: row.is_missing === 1,
        heldMs: row.held_ms,
        sinceMs: row.since_ms,
        raises: JSON.parse(row.raises),
      }))
  }
  putWatch(kept: Kept): void {
    this.#db
      .query('INSERT OR REPLACE INTO watch VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        kept.key,
        kept.rule,
        JSON.stringify(kept.labels),
        kept.phase,
        kept.isMissing ? 1 : 0,
        kept.heldMs,
        kept.sinceMs,
        JSON.stringify(kept.raises),
      )
  }
  removeWatch(key: string): void {
    this.#db.query('DELETE FROM watch WHERE key = ?').run(key)
  }

  /** The id it was given. */
  addIncident(incident: Omit<Incident, 'id'>): number {
    const { lastInsertRowid } = this.#db
      .query('INSERT INTO incident (key, body, raised_ms, cleared_ms, told, told_ms) VALUES (?, ?, ?, ?, ?, ?)')
      .run(incident.key, bodyOf(incident), incident.raisedMs, null, incident.told, incident.toldMs)
    return Number(lastInsertRowid)
  }
  putIncident(incident: Incident): void {
    this.#db
      .query('UPDATE incident SET body = ?, cleared_ms = ?, told = ?, told_ms = ? WHERE id = ?')
      .run(bodyOf(incident), incident.clearedMs ?? null, incident.told, incident.toldMs, incident.id)
  }
  /** Those about which something may still have to be told. */
  openIncidents(): Incident[] {
    return this.#db
      .query<IncidentRow, []>("SELECT * FROM incident WHERE told NOT IN ('done') ORDER BY id")
      .all()
      .map(incidentOf)
  }
  incident(id: number): Incident | undefined {
    const row = this.#db.query<IncidentRow, [number]>('SELECT * FROM incident WHERE id = ?').get(id)
    return row === null ? undefined : incidentOf(row)
  }
  /** Newest first. */
  incidents(startMs: number, endMs: number, limit: number): Incident[] {
    return this.#db
      .query<IncidentRow, [number, number, number]>(
        'SELECT * FROM incident WHERE raised_ms BETWEEN ? AND ? ORDER BY raised_ms DESC, id DESC LIMIT ?',
      )
      .all(startMs, endMs, limit)
      .map(incidentOf)
  }

  silences(): Silence[] {
    return this.#db
      .query<{ id: number; body: string }, []>('SELECT id, body FROM silence ORDER BY id')
      .all()
      .map(({ id, body }) => ({ ...(JSON.parse(body) as Omit<Silence, 'id'>), id: String(id) }))
  }
  addSilence(silence: Omit<Silence, 'id'>): string {
    const { lastInsertRowid } = this.#db.query('INSERT INTO silence (body) VALUES (?)').run(JSON.stringify(silence))
    return String(lastInsertRowid)
  }
  removeSilence(id: string): void {
    this.#db.query('DELETE FROM silence WHERE id = ?').run(Number(id))
  }

  addDelivery(delivery: Pick<Delivery, 'id' | 'channel' | 'thread' | 'body' | 'createdMs'>): void {
    this.#db
      .query(
        "INSERT INTO delivery (id, channel, thread, body, created_ms, status, attempts, next_ms) VALUES (?, ?, ?, ?, ?, 'waiting', 0, ?)",
      )
      .run(
        delivery.id,
        delivery.channel,
        delivery.thread,
        JSON.stringify(delivery.body),
        delivery.createdMs,
        delivery.createdMs,
      )
  }
  /** The next of the channel that is due and has none of its thread before it. */
  dueDelivery(channel: string, nowMs: number): Delivery | undefined {
    const row = this.#db
      .query<DeliveryRow, [string, number, number]>(
        `SELECT * FROM delivery AS d WHERE channel = ? AND status = 'waiting' AND (next_ms <= ? OR next_ms > ? + 900000) AND NOT EXISTS
         (SELECT 1 FROM delivery AS e WHERE e.channel = d.channel AND e.status = 'waiting' AND e.thread = d.thread AND e.seq < d.seq)
         ORDER BY seq LIMIT 1`,
      )
      .get(channel, nowMs, nowMs)
    return row === null ? undefined : deliveryOf(row)
  }
  /** Channels with something waiting, and when the first of it is due. */
  waitingChannels(): { readonly channel: string; readonly nextMs: number; readonly count: number }[] {
    return this.#db
      .query<{ channel: string; nextMs: number; count: number }, []>(
        "SELECT channel, min(next_ms) AS nextMs, count(*) AS count FROM delivery WHERE status = 'waiting' GROUP BY channel",
      )
      .all()
  }
  settleDelivery(
    seq: number,
    outcome: Pick<Delivery, 'status' | 'attempts' | 'nextMs'> & { readonly doneMs?: number; readonly error?: string },
  ): void {
    this.#db
      .query('UPDATE delivery SET status = ?, attempts = ?, next_ms = ?, done_ms = ?, error = ? WHERE seq = ?')
      .run(outcome.status, outcome.attempts, outcome.nextMs, outcome.doneMs ?? null, outcome.error ?? null, seq)
  }
  /** Newest first. */
  deliveries(limit: number): Delivery[] {
    return this.#db
      .query<DeliveryRow, [number]>('SELECT * FROM delivery ORDER BY seq DESC LIMIT ?')
      .all(limit)
      .map(deliveryOf)
  }
  oldestWaiting(channel: string): Delivery | undefined {
    const row = this.#db
      .query<DeliveryRow, [string]>(
        "SELECT * FROM delivery WHERE channel = ? AND status = 'waiting' ORDER BY seq LIMIT 1",
      )
      .get(channel)
    return row === null ? undefined : deliveryOf(row)
  }

  /** Bounds what is kept of the past: deliveries that are done, incidents that are over. */
  trim(mostDeliveries: number, mostIncidents: number): void {
    this.#db
      .query("DELETE FROM delivery WHERE status <> 'waiting' AND seq <= (SELECT max(seq) FROM delivery) - ?")
      .run(mostDeliveries)
    this.#db
      .query("DELETE FROM incident WHERE told = 'done' AND id <= (SELECT max(id) FROM incident) - ?")
      .run(mostIncidents)
  }

  close(): void {
    this.#db.close()
  }
}

type IncidentBody = Omit<Incident, 'id' | 'key' | 'raisedMs' | 'clearedMs' | 'told' | 'toldMs'>

function bodyOf(incident: Omit<Incident, 'id'>): string {
  const { rule, severity, labels, unit, value, summary, worst, isMissing, isNotified, acknowledged, explanation } =
    incident
  const body: IncidentBody = {
    rule,
    severity,
    labels,
    unit,
    value,
    summary,
    worst,
    isMissing,
    isNotified,
    acknowledged,
    explanation,
  }
  return JSON.stringify(body)
}

const incidentOf = (row: IncidentRow): Incident => ({
  ...(JSON.parse(row.body) as IncidentBody),
  id: row.id,
  key: row.key,
  raisedMs: row.raised_ms,
  clearedMs: row.cleared_ms ?? undefined,
  told: row.told,
  toldMs: row.told_ms,
})

const deliveryOf = (row: DeliveryRow): Delivery => ({
  seq: row.seq,
  id: row.id,
  channel: row.channel,
  thread: row.thread,
  body: JSON.parse(row.body),
  createdMs: row.created_ms,
  status: row.status,
  attempts: row.attempts,
  nextMs: row.next_ms,
  doneMs: row.done_ms ?? undefined,
  error: row.error ?? undefined,
})
