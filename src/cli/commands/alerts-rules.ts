import { readFileSync } from 'node:fs'
import type { RuleBody, RuleDto, RulesResponse, RuleTestResponse } from '../../api/alert-contract.ts'
import { errnoCode } from '../../base/errors.ts'
import { labelText, spanText, valueText } from '../alert-words.ts'
import type { CommandContext } from '../command.ts'
import { failure, misuse } from '../mistake.ts'
import { faint, strong } from '../output/span.ts'

/** `sysmon alerts rules`: lists, tries, makes and removes. */
const usualSpan = '1d'

export async function run(context: CommandContext): Promise<number> {
  const { options } = context
  const asked = ['add', 'try', 'remove'].filter((name) => options.text(name) !== undefined)
  if (asked.length > 1) throw misuse(`--${asked[0]} and --${asked[1]} exclude each other`)
  const [add, tried, remove] = [options.text('add'), options.text('try'), options.text('remove')]
  if (add !== undefined) return await put(context, readRule(add))
  if (tried !== undefined) return await tryRule(context, readRule(tried))
  if (remove !== undefined) return await removeRule(context, remove)
  return await list(context)
}

async function list({ client, out, options }: CommandContext): Promise<number> {
  const answer = await client.send<RulesResponse>('GET', '/api/v1/alerts/rules')
  if (options.flag('json')) {
    out.json(answer)
    return 0
  }
  out.table(
    [
      { header: 'RULE', align: 'left', cell: ({ rule }: RuleDto) => rule.name },
      { header: 'FROM', align: 'left', cell: ({ from }) => from.replace('_', '-'), spare: 3 },
      { header: 'SEVERITY', align: 'left', cell: ({ rule }) => rule.severity ?? 'warning', spare: 2 },
      { header: 'NOW', align: 'left', cell: statesOf },
      { header: 'WHEN', align: 'left', cell: whenOf, shrinkTo: 24 },
    ],
    answer.rules,
  )
  if (answer.channels.length === 0) out.note(faint('nobody is told: alerts.channels names no channel'))
  return 0
}

function statesOf({ rule, states }: RuleDto): string {
  if (rule.enabled === false) return 'off'
  const parts = Object.entries(states).map(([state, count]) => `${count} ${state.replace('_', ' ')}`)
  return parts.length === 0 ? '-' : parts.join(', ')
}

function whenOf({ rule }: RuleDto): string {
  const level =
    rule.runs_out_within !== undefined
      ? ` runs out within ${rule.runs_out_within}`
      : rule.raise !== undefined
        ? ` ${String(rule.raise).startsWith('below') ? '' : '≥ '}${rule.raise}`
        : ''
  const labels = rule.labels === undefined ? '' : ` {${labelText(rule.labels)}}`
  return `${rule.value}${labels}${level}${rule.for === undefined ? '' : ` for ${rule.for}`}`
}

async function put({ client, out, options }: CommandContext, rule: RuleBody): Promise<number> {
  const path = `/api/v1/alerts/rules/${encodeURIComponent(rule.name)}`
  const made = await client.send<RuleDto>('PUT', path, rule)
  if (options.flag('json')) out.json(made)
  else out.line(`rule ${rule.name} is watched from now on`)
  return 0
}

async function removeRule({ client, out, options }: CommandContext, name: string): Promise<number> {
  await client.send('DELETE', `/api/v1/alerts/rules/${encodeURIComponent(name)}`)
  if (options.flag('json')) out.json({ removed: name })
  else out.line(`rule ${name} is removed`)
  return 0
}

async function tryRule({ client, out, options, times }: CommandContext, rule: RuleBody): Promise<number> {
  const { start, end } = times.range(usualSpan)
  const tried = await client.send<RuleTestResponse>('POST', '/api/v1/alerts/rules/test', { rule, start, end })
  if (options.flag('json')) {
    out.json(tried)
    return 0
  }
  const { raised, labelSets, startUnixMs, endUnixMs } = tried
  const often = raised === 0 ? 'never' : raised === 1 ? 'once' : `${raised} times`
  out.line(strong(`would have been raised ${often} in ${spanText(endUnixMs - startUnixMs)}`))
  if (labelSets === 0) out.note('nothing that it looks at is in the record of that time')
  if (raised > 0) {
    out.table(
      [
        { header: 'RAISED', align: 'left', cell: (one) => times.stamp(one.raisedUnixMs) },
        {
          header: 'FOR',
          align: 'right',
          cell: (one) => (one.clearedUnixMs === undefined ? 'lasts' : spanText(one.clearedUnixMs - one.raisedUnixMs)),
        },
        { header: 'VALUE', align: 'right', cell: ({ value }) => valueText(value, undefined) },
        { header: 'LABELS', align: 'left', cell: ({ labels }) => labelText(labels), shrinkTo: 20 },
      ],
      tried.times,
    )
  }
  return 0
}

/** YAML, and with it JSON; standard input for `-`. What makes no sense in it the daemon says. */
function readRule(file: string): RuleBody {
  const text = textOf(file)
  let rule: unknown
  try {
    rule = Bun.YAML.parse(text)
  } catch (error) {
    throw failure(`${file} is neither YAML nor JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  const one: unknown = Array.isArray(rule) && rule.length === 1 ? rule[0] : rule
  if (typeof one !== 'object' || one === null || !('name' in one) || typeof one.name !== 'string') {
    throw failure(`${file} holds no rule`, 'begin it with name: and value:')
  }
  return one as RuleBody
}

function textOf(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw failure(`${file} cannot be read (${errnoCode(error) ?? 'unknown'})`)
  }
}
