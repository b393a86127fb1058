import type { ChannelTestResponse } from '../../api/alert-contract.ts'
import { exitCodes } from '../../base/errors.ts'
import type { CommandContext } from '../command.ts'
import { span } from '../output/span.ts'

/** `sysmon alerts test`: sends one now; what came of it. */
export async function run({ client, out, options, arguments: words }: CommandContext): Promise<number> {
  const [channel = ''] = words
  const outcome = await client.send<ChannelTestResponse>('POST', '/api/v1/alerts/test', { channel })
  if (options.flag('json')) out.json(outcome)
  else if (outcome.isSent) out.line([span('good', 'sent'), ` to ${channel} in ${outcome.durationMs} ms`])
  else out.line([span('bad', 'not sent'), ` to ${channel}: ${outcome.error ?? 'no reason given'}`])
  return outcome.isSent ? exitCodes.ok : exitCodes.failed
}
