import type { SilenceBody, SilenceDto, SilencesResponse, WeeklyWindow } from '../../api/alert-contract.ts'
import { parseDuration } from '../../base/duration.ts'
import { labelText } from '../alert-words.ts'
import type { CommandContext } from '../command.ts'
import { misuse } from '../mistake.ts'
import { faint, span } from '../output/span.ts'

/** `sysmon alerts silence`: lists, makes and ends silences. */
export async function run(context: CommandContext): Promise<number> {
  const { client, out, options, io } = context
  const ended = options.text('end')
  if (ended !== undefined) {
    if (!/^\d+$/.test(ended)) throw misuse(`--end takes the id of a silence, not '${ended}'`)
    await client.send('DELETE', `/api/v1/alerts/silences/${ended}`)
    if (options.flag('json')) out.json({ ended })
    else out.line(`silence ${ended} is over`)
    return 0
  }
  const matchers = matchersOf(context)
  if (Object.keys(matchers).length === 0) return await list(context)
  const span = options.text('for')
  const forMs = span === undefined ? undefined : parseDuration(span)
  if (span !== undefined && forMs === undefined) throw misuse(`--for takes a duration such as 2h, not '${span}'`)
  const weekly = options.text('weekly')
  const body: SilenceBody = {
    matchers,
    comment: options.text('comment') ?? '',
    ...(forMs === undefined ? {} : { end: Math.round(io.now() + forMs) }),
    ...(weekly === undefined ? {} : { weekly: windowOf(weekly) }),
  }
  const made = await client.send<SilenceDto>('POST', '/api/v1/alerts/silences', body)
  if (options.flag('json')) out.json(made)
  else out.line(`silence ${made.id} holds back ${labelText(made.matchers)} ${untilOf(context, made)}`)
  return 0
}

function matchersOf({ options }: CommandContext): Record<string, string> {
  const rule = options.text('rule')
  const matchers: Record<string, string> = rule === undefined ? {} : { rule }
  for (const pair of options.repeated('label')) {
    const at = pair.indexOf('=')
    if (at < 1) throw misuse(`--label takes key=pattern, not '${pair}'`)
    matchers[pair.slice(0, at)] = pair.slice(at + 1)
  }
  const isAsked = ['for', 'weekly', 'comment'].some((name) => options.text(name) !== undefined)
  if (isAsked && Object.keys(matchers).length === 0)
    throw misuse('of what? Name --rule or --label', "--rule '*' is all")
  return matchers
}

/** `sat,sun 22:00-06:00 Europe/Berlin` */
function windowOf(text: string): WeeklyWindow {
  const [, days = '', from = '', until = '', zone = ''] =
    /^\s*([a-z]{3}(?:,[a-z]{3})*)\s+(\d\d:\d\d)-(\d\d:\d\d)\s+(\S+)\s*$/i.exec(text) ?? []
  if (days === '') throw misuse(`--weekly '${text}' cannot be read`, 'such as "sat,sun 22:00-06:00 Europe/Berlin"')
  return { days: days.toLowerCase().split(',') as WeeklyWindow['days'], from, until, zone }
}

function untilOf({ times }: CommandContext, { endUnixMs, weekly }: SilenceDto): string {
  const each = weekly === undefined ? '' : `${weekly.days.join(',')} ${weekly.from}-${weekly.until} ${weekly.zone} `
  return `${each}${endUnixMs === undefined ? 'until it is ended' : `until ${times.stamp(endUnixMs)}`}`
}

async function list(context: CommandContext): Promise<number> {
  const { client, out, options, times } = context
  const answer = await client.send<SilencesResponse>('GET', '/api/v1/alerts/silences')
  if (options.flag('json')) out.json(answer)
  else if (answer.silences.length === 0) out.note(faint('there are no silences'))
  else {
    out.table(
      [
        { header: 'ID', align: 'right', cell: ({ id }: SilenceDto) => id },
        { header: 'NOW', align: 'left', cell: ({ isActive }) => (isActive ? span('warn', 'silent') : 'not') },
        { header: 'OF', align: 'left', cell: ({ matchers }) => labelText(matchers), shrinkTo: 16 },
        { header: 'FROM', align: 'left', cell: ({ startUnixMs }) => times.stamp(startUnixMs), spare: 1 },
        { header: 'WHEN', align: 'left', cell: (silence) => untilOf(context, silence), shrinkTo: 20 },
        { header: 'WHY', align: 'left', cell: ({ comment }) => comment, shrinkTo: 10 },
      ],
      answer.silences,
    )
  }
  return 0
}
