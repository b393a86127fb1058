import type { IncidentDto } from '../../api/alert-contract.ts'
import type { CommandContext } from '../command.ts'
import { misuse } from '../mistake.ts'

/** `sysmon alerts ack`: somebody is at it. */
export async function run({ client, out, options, arguments: words, io }: CommandContext): Promise<number> {
  const [id = ''] = words
  if (!/^\d{1,15}$/.test(id)) throw misuse(`'${id}' is no number of an alert`, '`sysmon alerts` shows them')
  const body = { by: io.env.USER ?? '', comment: options.text('comment') ?? '' }
  const incident = await client.send<IncidentDto>('POST', `/api/v1/alerts/${id}/acknowledge`, body)
  if (options.flag('json')) out.json(incident)
  else out.line(`acknowledged: ${incident.summary}`)
  return 0
}
