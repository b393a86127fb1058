import type { Channel } from '../../rule/channel.ts'
import type { Sender } from './sender.ts'
import type { WebhookParts } from './webhook.ts'

/** What carries the notifications of a channel; only the code for its kind is loaded. */
export async function openSender(channel: Channel, parts: WebhookParts): Promise<Sender> {
  switch (channel.type) {
    case 'email':
      return (await import('./email.ts')).createEmail(channel)
    case 'webhook':
      return (await import('./webhook.ts')).createWebhook(channel, parts)
    case 'log':
      return (await import('./log-file.ts')).createLogFile(channel)
  }
}
