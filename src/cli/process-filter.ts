import type { ProcessRow } from '../api/contract.ts'
import { misuse } from './mistake.ts'
import { type Facts, fieldNamed, type ProcessField } from './process-fields.ts'

/**
 * The filter of `ps`: words that must all hold. A plain word is looked for in name, command line, service and user,
 * whatever its case; a comparison (`user=root`, `cpu>50%`, `rss>=1G`, `name~^kworker`) is with one column.
 */
export type RowTest = (row: ProcessRow) => boolean

const comparison = /^([A-Za-z%][\w%/]*)(>=|<=|!=|!~|=|>|<|~)(.*)$/s

export function parseFilter(expressions: readonly string[], facts: Facts): RowTest {
  const tests = expressions.flatMap((expression) => wordsOf(expression)).map((word) => testOf(word, facts))
  return (row) => tests.every((test) => test(row))
}

const wordsOf = (expression: string): string[] => expression.split(/\s+/).filter((word) => word !== '')

function testOf(word: string, facts: Facts): RowTest {
  const parts = comparison.exec(word)
  if (parts === null) return containing(word)
  const [, name = '', operator = '', wanted = ''] = parts
  const field = fieldNamed(name)
  if (wanted === '') throw misuse(`filter '${word}' compares with nothing`)
  if (operator === '~' || operator === '!~') return matching(field, operator === '~', pattern(word, wanted), facts)
  return field.kind === 'text'
    ? textTest(field, operator, wanted, word, facts)
    : numberTest(field, operator, wanted, word, facts)
}

function containing(word: string): RowTest {
  const wanted = word.toLowerCase()
  return (row) =>
    [row.name, row.commandLine, row.service ?? '', row.user].some((text) => text.toLowerCase().includes(wanted))
}

function pattern(word: string, source: string): RegExp {
  try {
    return new RegExp(source, 'i')
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw misuse(`filter '${word}' is no regular expression: ${error.message.split(': ').at(-1)}`)
  }
}

const matching =
  (field: ProcessField, yes: boolean, expression: RegExp, facts: Facts): RowTest =>
  (row) =>
    expression.test(String(field.value(row, facts) ?? '')) === yes

function textTest(field: ProcessField, operator: string, wanted: string, word: string, facts: Facts): RowTest {
  if (operator !== '=' && operator !== '!=') {
    throw misuse(`filter '${word}': '${field.name}' is text, which has no ${operator}`, 'use =, != or ~')
  }
  const lower = wanted.toLowerCase()
  return (row) => (String(field.value(row, facts) ?? '').toLowerCase() === lower) === (operator === '=')
}

const compare: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '=': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '>': (left, right) => left > right,
  '<': (left, right) => left < right,
  '>=': (left, right) => left >= right,
  '<=': (left, right) => left <= right,
}

/** What is absent matches no comparison: not known is neither more nor less. */
function numberTest(field: ProcessField, operator: string, wanted: string, word: string, facts: Facts): RowTest {
  const bound = parseAmount(field, wanted, word)
  const holds = compare[operator] ?? (() => false)
  return (row) => {
    const value = field.value(row, facts)
    return typeof value === 'number' && holds(value, bound)
  }
}

const factors: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }

/** `50%` and `50` of a percent column are 0.5; `1.5G` and `1.5GiB` are bytes. */
function parseAmount(field: ProcessField, text: string, word: string): number {
  const parts = /^(-?\d+(?:\.\d+)?)(?:([kmgt]?)(?:i?b)?(?:\/s)?|(%))$/i.exec(text)
  if (parts === null) throw misuse(`filter '${word}': '${text}' is no number`, 'such as 10, 50% or 1.5G')
  const value = Number(parts[1]) * (factors[(parts[2] ?? '').toLowerCase()] ?? 1)
  return field.kind === 'ratio' ? value / 100 : value
}
