import { statSync } from 'node:fs'
import type { ImportFormat, ImportReport } from '../../api/exchange-contract.ts'
import { errnoCode } from '../../base/errors.ts'
import type { CommandContext } from '../command.ts'
import { formatCount } from '../format.ts'
import { meant } from '../meant.ts'
import { failure, misuse } from '../mistake.ts'
import { Progress } from '../progress.ts'

/** `sysmon import`: samples of the past into the record, or a copy of a record into an empty place. */
const formats: readonly ImportFormat[] = ['csv', 'jsonl', 'parquet', 'openmetrics']

export async function run(context: CommandContext): Promise<number> {
  const { client, io, options, out } = context
  const file = context.arguments[0] ?? '-'
  if (options.flag('restore')) return await restore(context, file)
  const format = formatOf(options.text('format'), file)
  const total = file === '-' ? Number.NaN : sizeOf(file)
  const progress = new Progress(io, ({ bytes }) => (total > 0 ? bytes / total : undefined))
  const source = file === '-' ? Bun.stdin.stream() : Bun.file(file).stream()
  const isDryRun = options.flag('dryRun')
  let report: ImportReport
  try {
    const body = watched(source, progress)
    report = await client.upload('/api/v1/import', { format, dry_run: isDryRun ? true : undefined }, body)
  } finally {
    progress.end()
  }
  if (options.flag('json')) out.json(report)
  else for (const line of linesOf(context, file, report)) out.line(line)
  return 0
}

function formatOf(named: string | undefined, file: string): ImportFormat {
  const known = formats.find((format) => format === named)
  if (known !== undefined) return known
  if (named !== undefined) {
    throw misuse(`unknown format '${named}'`, meant(named, formats) ?? `one of: ${formats.join(', ')}`)
  }
  const extension = file.split('.').at(-1) ?? ''
  const byExtension: Readonly<Record<string, ImportFormat>> = {
    csv: 'csv',
    jsonl: 'jsonl',
    ndjson: 'jsonl',
    parquet: 'parquet',
    prom: 'openmetrics',
    om: 'openmetrics',
    txt: 'openmetrics',
  }
  const found = byExtension[extension]
  if (found === undefined) throw misuse(`what ${file} is, its name does not say`, `--format ${formats.join('|')}`)
  return found
}

function sizeOf(file: string): number {
  try {
    const stat = statSync(file)
    if (stat.isDirectory()) throw failure(`${file} is a folder`)
    return stat.size
  } catch (error) {
    const code = errnoCode(error)
    if (code === undefined) throw error
    throw failure(`${file} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : code}`)
  }
}

function watched(source: ReadableStream<Uint8Array>, progress: Progress): ReadableStream<Uint8Array> {
  const reader = source.getReader()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await reader.read()
        if (done) return controller.close()
        progress.bytes += value.length
        progress.look()
        controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 1 },
  )
}

function linesOf({ times }: CommandContext, file: string, report: ImportReport): readonly string[] {
  const { ticks, series, newSeries, values, startUnixMs, endUnixMs, expiredTicks, soonRolledUpTicks } = report
  const count = (value: number, what: string): string => `${formatCount(value)} ${what}`
  const lines = [
    `${file}: ${count(ticks, 'ticks')} of ${count(series, 'series')}, ${times.stamp(startUnixMs)} to ${times.stamp(endUnixMs)}`,
    `  ${count(values.added, report.dryRun ? 'values would be added' : 'values added')}, ${count(values.known, 'known already')}`,
  ]
  if (newSeries.length > 0) lines.push(`  ${count(newSeries.length, 'series are new to the record')}`)
  if (values.different > 0)
    lines.push(`  ${count(values.different, 'are other than recorded: the record keeps its own')}`)
  if (values.settled > 0) lines.push(`  ${count(values.settled, 'are of a time rolled up long ago: left out')}`)
  if (expiredTicks > 0) lines.push(`  ${count(expiredTicks, 'ticks are older than anything that is kept: left out')}`)
  if (soonRolledUpTicks > 0)
    lines.push(`  ${count(soonRolledUpTicks, 'ticks are older than retention.seconds: only their minutes will stay')}`)
  if (report.dryRun) lines.push('  nothing was kept: --dry-run')
  return lines
}

async function restore({ io, options, out, places }: CommandContext, file: string): Promise<number> {
  if (options.flag('dryRun') || options.text('format') !== undefined) {
    throw misuse('--restore takes neither --dry-run nor --format')
  }
  if (io.records === undefined) throw failure('this program cannot write records itself')
  const place = (await places())[0]
  if (place === undefined) throw failure('no place is known for the record', 'name one: --data-dir DIR')
  await io.records.restore({ file, dataDir: place.dataDir })
  out.line(`${file} is the record of ${place.dataDir} now; start it: sysmond --data-dir ${place.dataDir}`)
  return 0
}
