import { ApiProblem, RequestAborted } from '../../api/client.ts'
import type { ExportFormat } from '../../api/exchange-contract.ts'
import type { CommandContext } from '../command.ts'
import { formatBytes, formatCount } from '../format.ts'
import { meant } from '../meant.ts'
import { failure, misuse } from '../mistake.ts'
import { faint } from '../output/span.ts'
import { checkFree, PartFile, partOf } from '../part-file.ts'
import { Progress } from '../progress.ts'
import type { RecordFiles } from '../record-files.ts'

/** `sysmon export`: the record as a file, a bundle of a stretch of it, or all of it as a copy. */
const formats: readonly ExportFormat[] = ['csv', 'jsonl', 'parquet']
const usualSpan = '15m'

export async function run(context: CommandContext): Promise<number> {
  const { options, arguments: words } = context
  const file = words[0] ?? '-'
  const kinds = ['bundle', 'backup', 'processes'].filter((name) => options.flag(name))
  if (kinds.length > 1) throw misuse(`--${kinds[0]} and --${kinds[1]} exclude each other`)
  checkOptions(context, kinds[0])
  if (kinds[0] === 'backup') return await backup(context, file)
  if (kinds[0] === 'bundle') return await bundle(context, file)
  return await exportTable(context, file)
}

/** What of the options makes no sense with the kind of export. */
const excluded: Readonly<Record<string, readonly string[]>> = {
  backup: ['metric', 'since', 'until', 'resolution', 'format'],
  bundle: ['metric', 'resolution', 'format'],
  processes: ['metric', 'resolution'],
}

function checkOptions({ options }: CommandContext, kind: string | undefined): void {
  for (const name of excluded[kind ?? ''] ?? []) {
    if (options.list(name) !== undefined) throw misuse(`--${kind} takes no --${name}`)
  }
}

async function exportTable(context: CommandContext, file: string): Promise<number> {
  const { client, io, options, out, times } = context
  const format = formatOf(options.text('format'), file)
  const { start, end } = times.range(usualSpan)
  const resolution = times.resolution()
  if (resolution === 'auto') throw misuse('--resolution takes a duration here, not auto', 'such as 1m or 1h')
  if (file !== '-') checkFree(file, options.flag('overwrite'))
  if (file === '-' && io.isTty && format === 'parquet') throw misuse('Parquet is nothing for a terminal', 'name a file')
  const response = await client.download('/api/v1/export', {
    start,
    end,
    format,
    resolution,
    metric: options.list('metric')?.join(','),
    content: options.flag('processes') ? 'processes' : undefined,
  })
  const expected = Number(response.headers.get('sysmon-expected-rows') ?? Number.NaN)
  const progress = new Progress(io, ({ rows }) => (expected > 0 && rows > 0 ? rows / expected : undefined))
  const sink = file === '-' ? standardOutput(context) : new PartFile(file, options.flag('overwrite'))
  try {
    for await (const bytes of readBody(response, io.interrupted)) {
      sink.write(bytes)
      progress.bytes += bytes.length
      if (format !== 'parquet') progress.rows += lineBreaks(bytes)
      progress.look()
    }
    sink.finish()
  } catch (error) {
    sink.abandon()
    throw error
  } finally {
    progress.end()
  }
  const rows = format === 'csv' ? Math.max(0, progress.rows - 1) : progress.rows
  const counted = format === 'parquet' ? '' : `, ${formatCount(rows)} rows`
  if (file !== '-') out.note(faint(`${file}: ${formatBytes(progress.bytes)}${counted}`))
  return 0
}

function formatOf(named: string | undefined, file: string): ExportFormat {
  const known = formats.find((format) => format === named)
  if (known !== undefined) return known
  if (named !== undefined) {
    throw misuse(`unknown format '${named}'`, meant(named, formats) ?? `one of: ${formats.join(', ')}`)
  }
  return formats.find((format) => file.endsWith(`.${format}`)) ?? 'csv'
}

interface Sink {
  write(bytes: Uint8Array): void
  finish(): void
  abandon(): void
}

const nothing = (): void => undefined

function standardOutput({ io }: CommandContext): Sink {
  return { write: (bytes) => io.stdout.writeBytes(bytes), finish: nothing, abandon: nothing }
}

async function* readBody(response: Response, interrupted: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of response.body ?? []) yield bytes
  } catch (error) {
    if (interrupted.aborted) throw new RequestAborted()
    throw failure('the daemon ended the export before its end', `its log says why (${String(error)})`)
  }
}

function lineBreaks(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++
  return count
}

function recordsOf({ io }: CommandContext): RecordFiles {
  if (io.records === undefined) throw failure('this program cannot read records itself')
  return io.records
}

/** The record of whoever is asked, daemon or not. */
async function dataDirOf({ places }: CommandContext): Promise<string> {
  const { existsSync } = await import('node:fs')
  const all = await places()
  const found = all.find(({ dataDir }) => existsSync(`${dataDir}/data.db`)) ?? all[0]
  if (found === undefined) throw failure('no place is known where a record could be', 'name one: --data-dir DIR')
  return found.dataDir
}

async function backup(context: CommandContext, file: string): Promise<number> {
  if (file === '-') throw misuse('--backup needs a file')
  checkFree(file, context.options.flag('overwrite'))
  const dataDir = await dataDirOf(context)
  const bytes = await inPlace(file, (part) =>
    recordsOf(context).backup({ dataDir, file: part, interrupted: context.io.interrupted }),
  )
  context.out.note(faint(`${file}: ${formatBytes(bytes)}, the whole record of ${dataDir}`))
  return 0
}

async function bundle(context: CommandContext, file: string): Promise<number> {
  const { io, options, out, times } = context
  if (file === '-') throw misuse('--bundle needs a file')
  checkFree(file, options.flag('overwrite'))
  const { start, end } = times.range(usualSpan)
  const dataDir = await dataDirOf(context)
  const facts = await factsOf(context, start, end)
  const bytes = await inPlace(file, (part) =>
    recordsOf(context).bundle({ dataDir, file: part, startMs: start, endMs: end, facts, interrupted: io.interrupted }),
  )
  out.note(faint(`${file}: ${formatBytes(bytes)}; show it with: sysmon open ${file}`))
  return 0
}

/** Written beside its place; takes it at the end, or is taken away. */
async function inPlace(file: string, write: (part: string) => Promise<number>): Promise<number> {
  const { renameSync, rmSync } = await import('node:fs')
  const part = partOf(file)
  try {
    const bytes = await write(part)
    renameSync(part, file)
    return bytes
  } finally {
    rmSync(part, { force: true })
  }
}

/** What a daemon knows beside the record; without one the bundle goes without. */
async function factsOf({ client }: CommandContext, start: number, end: number): Promise<Record<string, unknown>> {
  const asked: Record<string, () => Promise<unknown>> = {
    host: async () => (await client.current({ metrics: ['system.uptime'] })).host,
    health: () => client.health(),
    explain: async () => (await client.download('/api/v1/explain', { start, end })).json(),
  }
  const facts: Record<string, unknown> = {}
  for (const [name, ask] of Object.entries(asked)) {
    try {
      facts[name] = await ask()
    } catch (error) {
      if (error instanceof RequestAborted) throw error
      facts[`${name}Absent`] = error instanceof ApiProblem ? error.problem.detail : String(error)
    }
  }
  return facts
}
