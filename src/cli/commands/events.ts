import type { EventDto } from '../../api/contract.ts'
import { eventKinds } from '../../catalogue/events.ts'
import type { CommandContext } from '../command.ts'
import { meant } from '../meant.ts'
import { misuse } from '../mistake.ts'
import { faint, type Span, type Style, span } from '../output/span.ts'

/** `sysmon events`: what happened, oldest first, so that the newest stands where the eye is. */
const severities = ['info', 'warning', 'error'] as const
const styles: Readonly<Record<EventDto['severity'], Style>> = { info: 'plain', warning: 'warn', error: 'bad' }
const usualSpan = '24h'
/** What the API gives at most in one answer. */
const mostEvents = 10_000

export async function run({ client, out, options, times }: CommandContext): Promise<number> {
  const least = leastSeverity(options.text('severity') ?? 'info')
  const kind = options.text('kind')
  const limit = options.count('limit')
  const isFiltered = kind !== undefined || least > 0
  const { start, end } = times.range(usualSpan)
  const { events } = await client.events({
    start,
    end,
    ...(isFiltered ? { limit: mostEvents } : limit === undefined ? {} : { limit }),
  })
  if (kind !== undefined && !events.some((event) => event.kind === kind)) checkKind(kind)
  const found = events
    .filter((event) => severities.indexOf(event.severity) >= least && (kind === undefined || event.kind === kind))
    .sort((left, right) => left.unixMs - right.unixMs)
    .slice(limit === undefined ? 0 : -limit)
  if (options.flag('json')) out.json({ events: found })
  else if (found.length === 0) out.note(faint(`no events from ${times.stamp(start)} to ${times.stamp(end)}`))
  else {
    out.table(
      [
        { header: 'TIME', align: 'left', cell: (event) => times.stamp(event.unixMs) },
        { header: 'SEVERITY', align: 'left', cell: severityOf, spare: 2 },
        { header: 'KIND', align: 'left', cell: (event) => event.kind, spare: 1 },
        { header: 'WHAT', align: 'left', cell: (event) => event.message, shrinkTo: 20 },
      ],
      found,
    )
  }
  return 0
}

/** A newer daemon may know kinds that are not listed here. */
function checkKind(kind: string): void {
  if ((eventKinds as readonly string[]).includes(kind)) return
  throw misuse(`unknown kind '${kind}'`, meant(kind, eventKinds) ?? `there are: ${eventKinds.join(', ')}`)
}

const severityOf = ({ severity }: EventDto): Span => span(styles[severity], severity)

function leastSeverity(word: string): number {
  const index = (severities as readonly string[]).indexOf(word)
  if (index >= 0) return index
  throw misuse(`unknown severity '${word}'`, meant(word, severities) ?? `one of: ${severities.join(', ')}`)
}
