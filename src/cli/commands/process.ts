import { ApiProblem } from '../../api/client.ts'
import type { ProcessHistoryResponse, ProcessResponse, ProcessRow } from '../../api/contract.ts'
import type { CommandContext } from '../command.ts'
import { parsePid } from '../pid.ts'
import { processLines } from '../process-page.ts'

/** `sysmon process PID`: what it is, does and holds, how it went, whose child it is and whose parent. */
const usualSpan = '15m'

export interface ProcessPage extends ProcessResponse {
  readonly history: ProcessHistoryResponse | undefined
  readonly children: readonly ProcessRow[]
}

export async function run(context: CommandContext): Promise<number> {
  const { client, out, options, times } = context
  const pid = parsePid(context.arguments[0] ?? '', 'process')
  const at = times.at()
  const moment = at === undefined ? {} : { at }
  const range = at === undefined ? times.range(usualSpan) : times.rangeUpTo(at, usualSpan)
  const resolution = times.resolution()
  const [response, table, history] = await Promise.all([
    client.process(pid, { ...moment, ...(at === undefined ? { details: true } : {}) }),
    client.processes(moment),
    recorded(client.processHistory(pid, { ...range, ...(resolution === undefined ? {} : { resolution }) })),
  ])
  const children = table.processes.filter((row) => row.parentPid === pid && row.pid !== pid)
  const page: ProcessPage = { ...response, history, children }
  if (options.flag('json')) out.json({ ...page, history: history ?? null })
  else for (const line of processLines(page, times, out.width)) out.clipped(line)
  return 0
}

/** A process that has just begun has no history yet; that is no failure. */
async function recorded(history: Promise<ProcessHistoryResponse>): Promise<ProcessHistoryResponse | undefined> {
  try {
    return await history
  } catch (error) {
    if (error instanceof ApiProblem && error.problem.status === 404) return undefined
    throw error
  }
}
