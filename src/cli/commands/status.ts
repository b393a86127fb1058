import type { CommandContext } from '../command.ts'
import { statusOf } from '../status/model.ts'
import { statusLines } from '../status/screen.ts'

/** `sysmon status`: the machine on one screen, now or at any recorded second. */
const topProcesses = 5

export async function run({ client, out, options, times }: CommandContext): Promise<number> {
  const at = times.at()
  const moment = at === undefined ? {} : { at }
  const [current, byCpu, byMemory, health] = await Promise.all([
    client.current(moment),
    client.processes({ ...moment, sort: 'cpu', limit: topProcesses }),
    client.processes({ ...moment, sort: 'residentBytes', limit: topProcesses }),
    client.health(),
  ])
  const status = statusOf({ current, byCpu, byMemory, health })
  if (options.flag('json')) out.json(status)
  else for (const line of statusLines(status, times, out.width)) out.clipped(line)
  return 0
}
