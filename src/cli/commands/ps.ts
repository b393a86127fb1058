import type { CpuAccounting, ProcessesResponse, ProcessRow } from '../../api/contract.ts'
import type { CommandContext } from '../command.ts'
import { formatPercent } from '../format.ts'
import { faint, type Text } from '../output/span.ts'
import type { TableColumn } from '../output/table.ts'
import { alignOf, chosenFields, type Facts, fieldNamed, formatField, type ProcessField } from '../process-fields.ts'
import { parseFilter } from '../process-filter.ts'
import { type TreeRow, treeOf } from '../process-tree.ts'

/** `sysmon ps`: the process table, now or at any recorded second. */
export async function run(context: CommandContext): Promise<number> {
  const { options, out, client, times } = context
  const fields = chosenFields(options.list('columns'))
  const order = orderOf(options.text('sort') ?? 'cpu')
  const limit = options.count('limit') ?? Number.POSITIVE_INFINITY
  const filter = options.repeated('filter')
  parseFilter(filter, { memoryBytes: undefined, logicalCpus: undefined })
  const at = times.at()
  const moment = at === undefined ? {} : { at }
  const [response, current] = await Promise.all([
    client.processes(moment),
    client.current({ metrics: ['system.memory.limit'], ...moment }),
  ])
  const facts: Facts = { memoryBytes: current.host.memoryBytes, logicalCpus: current.host.logicalCpus }
  const wanted = parseFilter(filter, facts)
  const sorted = [...response.processes].sort((left, right) => order(left, right, facts))
  const rows = options.flag('tree')
    ? treeOf(sorted, wanted).slice(0, limit)
    : sorted
        .filter(wanted)
        .slice(0, limit)
        .map((row): TreeRow => ({ row, stem: '' }))
  if (options.flag('json')) out.json({ ...response, processes: rows.map(({ row }) => row) })
  else showTable(context, fields, rows, facts, response)
  return 0
}

function showTable(
  { out, times, options }: CommandContext,
  fields: readonly ProcessField[],
  rows: readonly TreeRow[],
  facts: Facts,
  response: ProcessesResponse,
): void {
  const isChosen = options.text('columns') !== undefined
  out.table(
    fields.map(
      (each): TableColumn<TreeRow> => ({
        header: times.isRaw ? each.header.replace('%', '') : each.header,
        align: alignOf(each),
        cell: ({ row, stem }) => cellOf(each, row, stem, facts, times),
        ...(each.shrinkTo === undefined ? {} : { shrinkTo: each.shrinkTo }),
        ...(each.spare === undefined || isChosen ? {} : { spare: each.spare }),
      }),
    ),
    rows,
  )
  if (out.isTerminal) for (const line of footer(response, rows.length, times.stamp(response.unixMs))) out.clipped(line)
}

function cellOf(each: ProcessField, row: ProcessRow, stem: string, facts: Facts, times: CommandContext['times']): Text {
  const text = formatField(each, row, facts, times)
  if (each.name === 'command' || each.name === 'name') return stem === '' ? text : [faint(stem), text]
  return text === '-' ? faint(text) : text
}

type Order = (left: ProcessRow, right: ProcessRow, facts: Facts) => number

/** Numbers most first, pids and text least first; `-NAME` the other way. Absent values stand last either way. */
function orderOf(wish: string): Order {
  const isTurned = wish.startsWith('-')
  const field = fieldNamed(isTurned ? wish.slice(1) : wish)
  const isAscending = (field.kind === 'text' || field.name === 'pid' || field.name === 'ppid') !== isTurned
  return (left, right, facts) => {
    const one = field.value(left, facts)
    const other = field.value(right, facts)
    if (one === undefined || other === undefined)
      return Number(one === undefined) - Number(other === undefined) || left.pid - right.pid
    const difference =
      typeof one === 'number' && typeof other === 'number' ? one - other : compareTexts(String(one), String(other))
    return (isAscending ? difference : -difference) || left.pid - right.pid
  }
}

const compareTexts = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

function footer(response: ProcessesResponse, shown: number, when: string): readonly Text[] {
  const of = shown === response.total ? `${shown} processes` : `${shown} of ${response.total} processes`
  const lines: Text[] = [faint(`${of}, ${when}. CPU: 100 % is one core.`)]
  const account = accountLine(response.accounting)
  if (account !== undefined) lines.push(faint(account))
  if (response.limitedView !== undefined) lines.push(`Limited view: ${response.limitedView}`)
  return lines
}

/** Where the host’s CPU time went, what is not in the table included (C18). */
export function accountLine({ hostBusy, processes, reaped, unattributed }: CpuAccounting): string | undefined {
  if (hostBusy === null) return undefined
  const parts = [
    ['listed', processes],
    ['ended in between', reaped],
    ['not attributable', unattributed],
  ] as const
  const said = parts
    .filter(([, cpus]) => cpus !== null)
    .map(([name, cpus]) => `${name} ${formatPercent(cpus ?? 0, '')}`)
  return `Busy ${formatPercent(hostBusy)}${said.length === 0 ? '' : `: ${said.join(', ')}`}`
}
