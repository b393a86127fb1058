import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type {
  ExchangeService,
  ExportAnswer,
  ExportRequest,
  ImportAnswer,
  ImportRequest,
} from '../api/exchange-contract.ts'
import type { Sources } from '../query/sources.ts'
import { readCsv } from './csv-reading.ts'
import { readJsonLines } from './json-reading.ts'
import { readOpenMetrics } from './openmetrics-reading.ts'
import { processTable } from './process-rows.ts'
import { Refused } from './refusal.ts'
import { sampleTable } from './sample-table.ts'
import { Staging } from './staging.ts'
import type { Table } from './table.ts'
import { csvOf, jsonLinesOf } from './text-formats.ts'

/**
 * exchange/ brings the record out of the house and back in. It promises bounded memory and that no tick is late for it;
 * what is read in counts all or not at all. It knows no HTTP, and is loaded when somebody asks.
 */
export interface ExchangeParts {
  readonly sources: Sources
  readonly retention: () => { readonly secondsMs: number; readonly hoursMs: number }
  /** Where a file that cannot be read as it comes is put meanwhile. */
  readonly dataDir: string
}

const mediaTypes = {
  csv: 'text/csv; charset=utf-8; header=present',
  jsonl: 'application/jsonl',
  parquet: 'application/vnd.apache.parquet',
} as const

export function createExchange(parts: ExchangeParts): ExchangeService {
  let isImporting = false
  return {
    export: async (request) => exported(parts.sources, request),
    import: async (request) => {
      if (isImporting) return undefined
      isImporting = true
      try {
        return await imported(parts, request)
      } finally {
        isImporting = false
        Bun.gc(true)
      }
    },
  }
}

async function exported(sources: Sources, request: ExportRequest): Promise<ExportAnswer> {
  const { content, metrics, startMs, endMs, stepMs, format } = request
  const range = { startMs, endMs }
  const table =
    content === 'processes' ? processTable(sources.store, range) : sampleTable(sources, { metrics, range, stepMs })
  return {
    mediaType: mediaTypes[format],
    fileName: `sysmon-${content}-${new Date(startMs).toISOString().replace(/[:-]|\.\d+/g, '')}.${format}`,
    expectedRows: content === 'samples' ? expectedRows(sources, request) : undefined,
    bytes: tidied(await written(table, format)),
  }
}

/** What the making took is given back at once: the daemon is small otherwise. */
async function* tidied(bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } finally {
    Bun.gc(true)
  }
}

async function written(table: Table, format: ExportRequest['format']): Promise<AsyncGenerator<Uint8Array>> {
  if (format === 'csv') return csvOf(table)
  if (format === 'jsonl') return jsonLinesOf(table)
  const { parquetOf } = await import('./parquet-writing.ts')
  return parquetOf(table)
}

function expectedRows({ store, intervalMs }: Sources, { startMs, endMs, stepMs }: ExportRequest): number {
  const { oldestMs = Number.POSITIVE_INFINITY, newestMs = 0 } = store.stats()
  const oldest = stepMs === undefined ? oldestMs : Math.min(oldestMs, store.oldestMs('1m') ?? oldestMs)
  const spanMs = Math.min(endMs, newestMs) - Math.max(startMs, oldest)
  return Math.max(0, Math.round(spanMs / (stepMs ?? intervalMs)) + 1)
}

async function imported(parts: ExchangeParts, request: ImportRequest): Promise<ImportAnswer> {
  const { sources } = parts
  const staging = new Staging({
    store: sources.store,
    series: sources.series,
    nowMs: sources.now(),
    isTrial: request.isDryRun,
    retention: parts.retention(),
  })
  try {
    for await (const _ of reading(parts, request, staging)) await staging.flush()
    await staging.flush(true)
    const staged = staging.commit()
    const { startUnixMs = 0, endUnixMs = 0 } = staged
    return { ...staged, dryRun: request.isDryRun, startUnixMs, endUnixMs }
  } catch (error) {
    staging.abandon()
    if (error instanceof Refused) return { refused: error.problems }
    throw error
  }
}

function reading(parts: ExchangeParts, { format, body }: ImportRequest, staging: Staging): AsyncGenerator<void> {
  if (format === 'csv') return readCsv(body, staging)
  if (format === 'jsonl') return readJsonLines(body, staging)
  if (format === 'openmetrics') return readOpenMetrics(body, staging)
  return readSpooled(parts.dataDir, body, staging)
}

/** Parquet is read from its end: it must be there whole first. */
async function* readSpooled(dataDir: string, body: AsyncIterable<Uint8Array>, staging: Staging): AsyncGenerator<void> {
  const folder = join(dataDir, spoolFolder)
  // What a daemon that was killed has left there.
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  try {
    const path = join(folder, 'import.parquet')
    const writer = Bun.file(path).writer()
    for await (const part of body) {
      writer.write(part)
      await writer.flush()
    }
    await writer.end()
    const file = Bun.file(path)
    const { readParquet } = await import('./parquet-reading.ts')
    const slice = (start: number, end?: number): Promise<ArrayBuffer> => file.slice(start, end).arrayBuffer()
    yield* readParquet({ byteLength: file.size, slice }, staging)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const spoolFolder = 'import.tmp'
