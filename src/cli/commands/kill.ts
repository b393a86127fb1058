import { RequestAborted } from '../../api/client.ts'
import type { ProcessRow } from '../../api/contract.ts'
import type { CommandContext } from '../command.ts'
import { formatAmount, formatPercent } from '../format.ts'
import { misuse } from '../mistake.ts'
import { strong, type Text } from '../output/span.ts'
import { parsePid } from '../pid.ts'
import { absentMark } from '../process-fields.ts'
import { parseSignal } from '../signals.ts'

/** `sysmon kill`: shows whom it would hit, asks, and sends to that very process or to none (R2). */
export async function run(context: CommandContext): Promise<number> {
  const { out, options, client } = context
  const signal = parseSignal(options.text('signal') ?? 'TERM')
  const pids = [...new Set(context.arguments.map((word) => parsePid(word, 'kill')))]
  const rows: ProcessRow[] = []
  for (const pid of pids) rows.push((await client.process(pid)).process)
  if (!options.flag('yes') && !(await confirmed(context, rows, signal))) {
    out.note('nothing was sent')
    return 1
  }
  const sent: object[] = []
  for (const { pid, startTicks, name } of rows) {
    await client.signal(pid, { signal, startTicks })
    sent.push({ pid, startTicks, name, signal })
    if (!options.flag('json')) out.line(`${signal} sent to ${pid} ${name}`)
  }
  if (options.flag('json')) out.json({ sent })
  return 0
}

async function confirmed({ io, out }: CommandContext, rows: readonly ProcessRow[], signal: string): Promise<boolean> {
  for (const row of rows) out.note(description(row))
  const whom = rows.length === 1 ? `${rows[0]?.pid}` : `these ${rows.length}`
  const answer = await io.ask(`Send ${signal} to ${whom}? [y/N] `)
  if (io.interrupted.aborted) throw new RequestAborted()
  if (answer === undefined) throw misuse('nobody can be asked here', 'add --yes to send without asking')
  return /^y(es)?$/i.test(answer.trim())
}

const description = (row: ProcessRow): Text => [
  strong(String(row.pid).padStart(7)),
  `  ${row.user}  CPU ${row.cpu === undefined ? absentMark : formatPercent(row.cpu)}  RSS ${row.residentBytes === undefined ? absentMark : formatAmount(row.residentBytes)}  `,
  strong(row.commandLine === '' ? row.name : row.commandLine),
]
