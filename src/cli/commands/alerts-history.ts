import type { AlertsResponse, DeliveriesResponse, DeliveryDto, IncidentDto } from '../../api/alert-contract.ts'
import { severitySpan, spanText, valueText } from '../alert-words.ts'
import type { CommandContext } from '../command.ts'
import { faint, type Span, span } from '../output/span.ts'

/** `sysmon alerts history`: what was raised, oldest first; or what was sent. */
const usualSpan = '7d'
const usualLimit = 100

export async function run(context: CommandContext): Promise<number> {
  return context.options.flag('deliveries') ? await deliveries(context) : await incidents(context)
}

async function incidents({ client, out, options, times }: CommandContext): Promise<number> {
  const { start, end } = times.range(usualSpan)
  const limit = options.count('limit') ?? usualLimit
  const answer = await client.send<AlertsResponse>('GET', `/api/v1/alerts?start=${start}&end=${end}&limit=${limit}`)
  if (options.flag('json')) out.json({ history: answer.history })
  else if (answer.history.length === 0) {
    out.note(faint(`nothing was raised from ${times.stamp(start)} to ${times.stamp(end)}`))
  } else {
    out.table(
      [
        { header: 'ID', align: 'right', cell: ({ id }: IncidentDto) => id },
        { header: 'RAISED', align: 'left', cell: (one) => times.stamp(one.raisedUnixMs) },
        {
          header: 'FOR',
          align: 'right',
          cell: (one) =>
            one.clearedUnixMs === undefined ? span('warn', 'lasts') : spanText(one.clearedUnixMs - one.raisedUnixMs),
        },
        { header: 'SEVERITY', align: 'left', cell: ({ severity }) => severitySpan(severity), spare: 2 },
        { header: 'WORST', align: 'right', cell: ({ worst, unit }) => valueText(worst, unit), spare: 1 },
        { header: 'TOLD', align: 'left', cell: ({ isNotified }) => (isNotified ? 'yes' : 'no'), spare: 3 },
        { header: 'WHAT', align: 'left', cell: ({ summary }) => summary, shrinkTo: 20 },
      ],
      [...answer.history].reverse(),
    )
  }
  return 0
}

async function deliveries({ client, out, options, times }: CommandContext): Promise<number> {
  const limit = options.count('limit') ?? usualLimit
  const answer = await client.send<DeliveriesResponse>('GET', `/api/v1/alerts/deliveries?limit=${limit}`)
  if (options.flag('json')) out.json(answer)
  else if (answer.deliveries.length === 0) out.note(faint('nothing was sent yet'))
  else {
    out.table(
      [
        { header: 'TIME', align: 'left', cell: (one: DeliveryDto) => times.stamp(one.createdUnixMs) },
        { header: 'CHANNEL', align: 'left', cell: ({ channel }) => channel },
        { header: 'STATUS', align: 'left', cell: statusOf },
        { header: 'TRIES', align: 'right', cell: ({ attempts }) => String(attempts), spare: 1 },
        { header: 'WHAT', align: 'left', cell: whatOf, shrinkTo: 20 },
      ],
      [...answer.deliveries].reverse(),
    )
  }
  return 0
}

const statusOf = ({ status }: DeliveryDto): Span =>
  span(status === 'sent' ? 'good' : status === 'waiting' ? 'warn' : 'bad', status.replace('_', ' '))

const whatOf = ({ title, error, status }: DeliveryDto): string =>
  error === undefined || status === 'sent' ? title : `${title}: ${error}`
