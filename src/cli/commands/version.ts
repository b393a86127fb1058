import { ApiProblem, DaemonUnreachable } from '../../api/client.ts'
import type { HealthResponse } from '../../api/contract.ts'
import type { CommandContext } from '../command.ts'
import { NoDaemon } from '../discovery.ts'

/** `sysmon version`: ours, and that of the daemon where one answers. */
export async function run({ io, out, options, client }: CommandContext): Promise<number> {
  const daemon = await daemonVersion(() => client.health())
  if (options.flag('json')) out.json({ sysmon: io.version, sysmond: daemon ?? null, bun: Bun.version })
  else {
    out.line(`sysmon   ${io.version}`)
    out.line(`sysmond  ${daemon ?? 'not running'}`)
    out.line(`bun      ${Bun.version}`)
  }
  return 0
}

async function daemonVersion(health: () => Promise<HealthResponse>): Promise<string | undefined> {
  try {
    return (await health()).version
  } catch (error) {
    if (error instanceof NoDaemon || error instanceof DaemonUnreachable || error instanceof ApiProblem) return undefined
    throw error
  }
}
