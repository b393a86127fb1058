import type { AlertDto, AlertsResponse } from '../../api/alert-contract.ts'
import { severitySpan, spanText, stateSpan, valueText } from '../alert-words.ts'
import type { CommandContext } from '../command.ts'
import { faint, strong } from '../output/span.ts'

/** `sysmon alerts`: what is not well now, worst first; what was said of it below. */
export async function run({ client, out, options, times }: CommandContext): Promise<number> {
  const answer = await client.send<AlertsResponse>('GET', '/api/v1/alerts?limit=1')
  if (options.flag('json')) {
    out.json({ unixMs: answer.unixMs, active: answer.active, counts: answer.counts })
    return 0
  }
  const { active, counts, unixMs } = answer
  const watched = `${counts.rules} rules watch ${counts.watched} values`
  if (active.length === 0) {
    out.line(strong('nothing is raised'))
    out.note(faint(counts.rules === 0 ? 'there are no rules' : watched))
    return 0
  }
  out.table(
    [
      { header: 'ID', align: 'right', cell: ({ id }: AlertDto) => id ?? '-' },
      { header: 'STATE', align: 'left', cell: ({ state }) => stateSpan(state) },
      { header: 'SEVERITY', align: 'left', cell: ({ severity }) => severitySpan(severity), spare: 3 },
      { header: 'SINCE', align: 'left', cell: (alert) => times.stamp(alert.sinceUnixMs), spare: 1 },
      { header: 'FOR', align: 'right', cell: (alert) => spanText(unixMs - alert.sinceUnixMs), spare: 2 },
      { header: 'VALUE', align: 'right', cell: ({ value, unit }) => valueText(value, unit) },
      { header: 'RULE', align: 'left', cell: ({ rule }) => rule, spare: 4 },
      { header: 'WHAT', align: 'left', cell: whatOf, shrinkTo: 20 },
    ],
    active,
  )
  for (const { id, explanation } of active) {
    if (explanation === undefined) continue
    const names = explanation.culprits.map(({ name, pid, share }) =>
      [name, pid === undefined ? '' : `(${pid})`, share ?? ''].filter((part) => part !== '').join(' '),
    )
    out.clipped(faint(`${id}: ${explanation.sentence}${names.length === 0 ? '' : ` [${names.join(', ')}]`}`))
  }
  if (out.isTerminal) out.note(faint(watched))
  return 0
}

function whatOf({ summary, acknowledged, silencedBy, isFlapping }: AlertDto): string {
  const marks = [
    acknowledged === undefined ? '' : 'acknowledged',
    silencedBy.length === 0 ? '' : `silenced by ${silencedBy.join(', ')}`,
    isFlapping ? 'comes and goes' : '',
  ].filter((mark) => mark !== '')
  return marks.length === 0 ? summary : `${summary} (${marks.join(', ')})`
}
