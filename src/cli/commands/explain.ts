import type { Actor, ExplainFinding, ExplainResponse, Level, ResourceUse } from '../../api/explain-contract.ts'
import type { CommandContext } from '../command.ts'
import { formatPercent, formatTimeSpan, formatValue } from '../format.ts'
import { misuse } from '../mistake.ts'
import { wrap } from '../output/fit.ts'
import { faint, head, type Span, type Style, span, strong } from '../output/span.ts'
import type { TableColumn } from '../output/table.ts'

/** `sysmon explain`: what was short, since when, who used it up, who waited. Calm: what hurt most stands first, whole. */
const usualSpan = '10m'
/** Of a pipe or a wide terminal: longer lines are hard to read. */
const widest = 100
/** From here on an answer takes long enough to say so. */
const longMs = 3 * 3_600_000

export async function run(context: CommandContext): Promise<number> {
  const { client, out, options, times } = context
  const asked = windowAsked(context)
  const against = times.of('against')
  if (out.isTerminal && 'start' in asked && asked.end - asked.start >= longMs)
    out.note(faint(`looking through ${formatTimeSpan((asked.end - asked.start) / 1000)} of the record …`))
  const answer = await client.explain({ ...asked, ...(against === undefined ? {} : { against_start: against }) })
  if (options.flag('json')) out.json(answer)
  else if (answer.coverage.share === 0 && answer.isQuiet) await tellNothing(context, answer)
  else show(context, answer)
  return 0
}

type Asked = { readonly at: number } | { readonly start: number; readonly end: number }

function windowAsked({ options, times }: CommandContext): Asked {
  const at = times.at()
  const named = ['since', 'until', 'start', 'end'].filter((name) => options.text(name) !== undefined)
  if (at !== undefined) {
    if (named.length > 0) throw misuse(`--at and --${named[0]} exclude each other`, '--at takes the minute around it')
    return { at }
  }
  for (const [one, other] of [
    ['since', 'start'],
    ['until', 'end'],
  ] as const) {
    if (named.includes(one) && named.includes(other)) throw misuse(`--${one} and --${other} are the same: give one`)
  }
  return times.range(usualSpan, { start: times.of('start'), end: times.of('end') })
}

async function tellNothing({ client, out, times }: CommandContext, { window }: ExplainResponse): Promise<void> {
  const { oldest_unix_ms: oldest, newest_unix_ms: newest } = await client.health()
  out.note(`nothing is recorded from ${times.stamp(window.startMs)} to ${times.stamp(window.endMs)}`)
  if (oldest !== undefined && newest !== undefined)
    out.note(faint(`the record reaches from ${times.stamp(oldest)} to ${times.stamp(newest)}`))
}

function show(context: CommandContext, answer: ExplainResponse): void {
  const { out, times, options } = context
  const { window, findings, isQuiet } = answer
  const length = formatTimeSpan((window.endMs - window.startMs) / 1000)
  out.line(faint(`${times.stamp(window.startMs)} to ${times.stamp(window.endMs)}, ${length}`))
  out.line()
  if (isQuiet) out.line(strong(answer.summary))
  for (const finding of findings) showFinding(context, finding)
  if (isQuiet || options.flag('all')) showResources(context, answer.resources)
  showChanges(context, answer)
  showAgainst(context, answer)
  showCoverage(context, answer)
}

const severityStyle = (severity: number): Style => (severity >= 0.7 ? 'bad' : severity >= 0.3 ? 'warn' : 'plain')

/** Column in which what is said of a finding begins. */
const labelWidth = 12
const indent = '   '

function showFinding(context: CommandContext, finding: ExplainFinding): void {
  const { out, times } = context
  const { rank, resource, instance, severity, kind, sinceMs, isOlder } = finding
  const name = instance === undefined ? resource : `${resource} ${instance}`
  out.line([
    span(severityStyle(severity), `${String(rank).padEnd(indent.length)}${name}`),
    faint(`  ${kind}, ${isOlder ? 'since before' : 'since'} ${times.stamp(sinceMs)}`),
  ])
  for (const line of wrapped(context, finding.sentence, indent.length)) out.line(`${indent}${line}`)
  tell(context, 'used by', finding.culprits.slice(1).map(actorText))
  const left = finding.unattributedShare
  if (left !== undefined && left >= 0.05)
    tell(context, 'by nobody', [`${formatPercent(left)} of it is not accounted for`])
  const [, ...others] = finding.waiters
  tell(context, 'waited', others.slice(0, 3).map(actorText))
  tell(
    context,
    'also',
    finding.evidence.slice(1, 5).map(({ sentence }) => sentence),
  )
  if (finding.unusualness !== undefined) tell(context, 'compared', [finding.unusualness.sentence])
  else tell(context, 'compared', ['there is no past to compare with'])
  if (finding.attribution !== undefined && finding.culprits.length > 0) tell(context, 'measured', [finding.attribution])
  out.line()
}

const actorText = ({ sentence, service }: Actor): string =>
  service === undefined ? sentence : `${sentence} (${service})`

/** A label, and lines beside it. */
function tell(context: CommandContext, label: string, texts: readonly string[]): void {
  let shown = label
  for (const text of texts) {
    for (const line of wrapped(context, text, indent.length + labelWidth)) {
      context.out.line([indent, faint(shown.padEnd(labelWidth)), line])
      shown = ''
    }
  }
}

const wrapped = ({ out }: CommandContext, text: string, taken: number): string[] =>
  wrap(text, Math.max(20, Math.min(out.width ?? widest, widest) - taken))

function showResources({ out }: CommandContext, resources: readonly ResourceUse[]): void {
  const cell =
    (of: (use: ResourceUse) => Level | undefined) =>
    (use: ResourceUse): string | Span => {
      const level = of(use)
      return level === undefined
        ? faint('-')
        : `${formatValue(level.mean, level.unit)}, ${formatValue(level.peak, level.unit)}`
    }
  const columns: readonly TableColumn<ResourceUse>[] = [
    {
      header: 'RESOURCE',
      align: 'left',
      cell: ({ resource, instance, isShort }) =>
        span(isShort ? 'warn' : 'plain', instance === undefined ? resource : `${resource} ${instance}`),
      shrinkTo: 16,
    },
    { header: 'USED, MOST', align: 'right', cell: cell(({ used }) => used) },
    { header: 'SATURATED, MOST', align: 'right', cell: cell(({ saturated }) => saturated), spare: 2 },
    { header: 'ERRORS, MOST', align: 'right', cell: cell(({ errors }) => errors), spare: 1 },
  ]
  const worth = resources.filter(({ used, saturated, errors }) => used ?? saturated ?? errors)
  if (worth.length === 0) return
  out.line()
  out.table(columns, worth)
  out.line()
}

/** Changes shown; the rest is in --json. */
const mostChanges = 12

function showChanges(context: CommandContext, { changes }: ExplainResponse): void {
  const { out, times } = context
  if (changes.length === 0) return
  out.line(head('What else changed'))
  for (const { unixMs, sentence } of changes.slice(0, mostChanges)) {
    const stamp = times.stamp(unixMs)
    let first = true
    for (const line of wrapped(context, sentence, stamp.length + 4)) {
      out.line([faint(`  ${first ? stamp : ' '.repeat(stamp.length)}  `), line])
      first = false
    }
  }
  if (changes.length > mostChanges) out.line(faint(`  and ${changes.length - mostChanges} more: see --json`))
  out.line()
}

function showAgainst(context: CommandContext, { against }: ExplainResponse): void {
  if (against === undefined) return
  const { out, times } = context
  out.line(head(`Against ${times.stamp(against.window.startMs)} to ${times.stamp(against.window.endMs)}`))
  for (const line of [against.summary, ...against.differences.map(({ sentence }) => sentence)])
    for (const part of wrapped(context, line, 2)) out.line(`  ${part}`)
  out.line()
}

function showCoverage(context: CommandContext, { coverage }: ExplainResponse): void {
  const { out, times } = context
  const { share, gaps, missing, processesShare } = coverage
  const lines = [
    ...gaps.slice(0, 3).map(({ startMs, endMs, reason }) => {
      const length = formatTimeSpan((endMs - startMs) / 1000)
      return `no ticks for ${length} from ${times.stamp(startMs)}: ${reason}`
    }),
    ...(share < 1 && gaps.length > 3 ? [`${formatPercent(1 - share)} of the time is missing in all`] : []),
    ...(processesShare > 0 && processesShare < 1
      ? [`of the record of processes ${formatPercent(processesShare)} was read, spread over the time`]
      : []),
    ...missing.map(({ what, reason }) => `not looked at: ${what} (${reason})`),
  ]
  for (const line of lines) for (const part of wrapped(context, line, 0)) out.line(faint(part))
}
