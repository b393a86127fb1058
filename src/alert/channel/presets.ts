import type { NotificationBody, NotifiedAlert } from '../../api/alert-contract.ts'
import type { Preset } from '../../rule/channel.ts'
import { fillTemplate } from '../../rule/template.ts'

/** The same notification in the words of each service. */
export interface Message {
  readonly contentType: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** https://developer.pagerduty.com/docs/events-api-v2-overview */
export const pagerDutyUrl = 'https://events.pagerduty.com/v2/enqueue'

const marks = { info: 'ℹ️', warning: '⚠️', critical: '🔴' } as const
const colours = { info: 0x3b82f6, warning: 0xf59e0b, critical: 0xdc2626, cleared: 0x16a34a } as const
/** More than a person reads; the rest is counted. */
const mostListed = 20

const json = (value: unknown): Message => ({
  contentType: 'application/json',
  body: JSON.stringify(value),
  headers: {},
})

export function messageFor(preset: Preset, body: NotificationBody, token: string | undefined): Message {
  switch (preset) {
    case 'slack':
      return json({ text: `${markOf(body)} *${forSlack(body.title)}*\n${linesOf(body).map(forSlack).join('\n')}` })
    case 'discord':
      return json({
        allowed_mentions: { parse: [] },
        embeds: [
          {
            title: body.title.slice(0, 256),
            description: linesOf(body).join('\n').slice(0, 4000),
            color: colourOf(body),
          },
        ],
      })
    case 'teams':
      return json(teamsCard(body))
    case 'ntfy':
      return ntfy(body, token)
    case 'pagerduty':
      return json(pagerDuty(body, token ?? ''))
    case 'json':
      return json(body)
  }
}

const isOver = (body: NotificationBody): boolean => body.kind === 'cleared'
const markOf = (body: NotificationBody): string => (isOver(body) ? '✅' : marks[body.severity])
const colourOf = (body: NotificationBody): number => (isOver(body) ? colours.cleared : colours[body.severity])

/** https://api.slack.com/reference/surfaces/formatting#escaping */
const forSlack = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** One line an alert, what was to blame below it. */
export function linesOf({ alerts, omitted = 0 }: NotificationBody): string[] {
  const lines = alerts.slice(0, mostListed).flatMap(alertLines)
  const more = Math.max(0, alerts.length - mostListed) + omitted
  return more > 0 ? [...lines, `and ${more} more`] : lines
}

function alertLines({ summary, state, explanation }: NotifiedAlert): string[] {
  const word = state === 'cleared' ? 'over: ' : state === 'no_data' ? 'no data: ' : ''
  if (explanation === undefined) return [`${word}${summary}`]
  const culprits = explanation.culprits.map(({ name, pid, share }) =>
    [name, pid === undefined ? '' : `(pid ${pid})`, share ?? ''].filter((part) => part !== '').join(' '),
  )
  return [
    `${word}${summary}`,
    explanation.sentence,
    ...(culprits.length === 0 ? [] : [`Most used by ${culprits.join(', ')}`]),
  ]
}

/** https://adaptivecards.io/explorer/ by an incoming webhook workflow. */
const teamsCard = (body: NotificationBody) => ({
  type: 'message',
  attachments: [
    {
      contentType: 'application/vnd.microsoft.card.adaptive',
      content: {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        type: 'AdaptiveCard',
        version: '1.4',
        body: [
          { type: 'TextBlock', weight: 'bolder', wrap: true, text: `${markOf(body)} ${body.title}` },
          ...linesOf(body).map((text) => ({ type: 'TextBlock', wrap: true, text })),
        ],
      },
    },
  ],
})

/** https://docs.ntfy.sh/publish/: the text as body, the rest as headers. */
function ntfy(body: NotificationBody, token: string | undefined): Message {
  const priorities = { info: '3', warning: '4', critical: '5' } as const
  const title = body.title.replaceAll(/[^\x20-\x7e]/g, '?')
  return {
    contentType: 'text/plain; charset=utf-8',
    body: linesOf(body).join('\n'),
    headers: {
      title,
      priority: isOver(body) ? '3' : priorities[body.severity],
      tags: isOver(body) ? 'white_check_mark' : 'warning',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  }
}

/** One event an alert: the outbox gives them one by one. */
function pagerDuty(body: NotificationBody, routingKey: string) {
  const [alert] = body.alerts
  const summary = fillTemplate(alert?.summary ?? body.title, {}, {})
  return {
    routing_key: routingKey,
    event_action: isOver(body) ? 'resolve' : 'trigger',
    dedup_key: `sysmon-${body.host}-${alert?.id ?? body.id}`,
    payload: {
      summary: summary.slice(0, 1024),
      source: body.host,
      severity: body.severity,
      timestamp: new Date(body.unixMs).toISOString(),
      class: alert?.rule ?? 'test',
      custom_details: {
        labels: alert?.labels ?? {},
        value: alert?.value ?? '',
        explanation: alert?.explanation?.sentence ?? '',
      },
    },
  }
}
