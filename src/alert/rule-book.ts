import * as v from 'valibot'
import type { Logger } from '../base/log.ts'
import type { Config } from '../config/schema.ts'
import { type Rule, ruleSchema, type WrittenRule } from '../rule/rule.ts'
import { AlertError } from './alert-error.ts'
import { checkedBuiltIns } from './built-in.ts'
import type { AlertDatabase } from './database.ts'

export type RuleOrigin = 'built_in' | 'config' | 'api'
export interface KnownRule {
  readonly rule: Rule
  readonly from: RuleOrigin
}

/** All rules together; the same as in the config file. */
const mostRules = 10_000

/** Every rule there is, from wherever: what the config says stands before what was made by API, and that before ours. */
export class RuleBook {
  #known: ReadonlyMap<string, KnownRule> = new Map()
  #enabled: readonly Rule[] = []
  /** Taken away, but something of theirs may still have to be told. */
  readonly #retired = new Map<string, Rule>()
  #builtIns: readonly Rule[] | undefined

  constructor(
    private readonly database: AlertDatabase,
    private readonly logger: Logger,
  ) {}

  set(config: Config['alerts']): void {
    const known = new Map<string, KnownRule>()
    if (config.hasBuiltIn) {
      this.#builtIns ??= checkedBuiltIns()
      for (const rule of this.#builtIns) known.set(rule.name, { rule, from: 'built_in' })
    }
    for (const rule of this.#fromApi()) known.set(rule.name, { rule, from: 'api' })
    for (const rule of config.rules) known.set(rule.name, { rule, from: 'config' })
    for (const [name, { rule }] of this.#known) if (!known.has(name)) this.#retired.set(name, rule)
    this.#known = known
    this.#enabled = [...known.values()].map(({ rule }) => rule).filter(({ isEnabled }) => isEnabled)
  }

  /** Enabled ones. */
  all(): readonly Rule[] {
    return this.#enabled
  }
  known(): readonly KnownRule[] {
    return [...this.#known.values()]
  }
  get(name: string): KnownRule | undefined {
    return this.#known.get(name)
  }
  find(name: string): Rule | undefined {
    return this.#known.get(name)?.rule ?? this.#retired.get(name)
  }

  /** Throws AlertError. Takes effect with the next `set`. */
  put(written: unknown, channels: readonly string[], nowMs: number): Rule {
    const rule = checkedRule(written, channels)
    const known = this.#known.get(rule.name)
    if (known?.from === 'config') throw readOnly(rule.name)
    if (known === undefined && this.#known.size >= mostRules) {
      throw new AlertError('too_much', `there are ${mostRules} rules already`)
    }
    this.database.putRule(rule.name, JSON.stringify(rule.written), nowMs)
    return rule
  }

  /** Throws AlertError. */
  remove(name: string): void {
    const known = this.#known.get(name)
    if (known === undefined) throw new AlertError('no_such_rule', `there is no rule "${name}"`)
    if (known.from !== 'api') throw readOnly(name, known.from)
    this.database.removeRule(name)
  }

  #fromApi(): Rule[] {
    return this.database.rules().flatMap(({ name, body }) => {
      const result = v.safeParse(ruleSchema, JSON.parse(body) as WrittenRule)
      if (result.success) return [result.output]
      // Of a metric that this version has no more: kept, and said.
      const why = result.issues[0].message
      this.logger.warn('an alert rule cannot be used', { rule: name, why })
      return []
    })
  }
}

/** Throws AlertError that names the key. */
export function checkedRule(written: unknown, channels: readonly string[]): Rule {
  const result = v.safeParse(ruleSchema, written)
  if (!result.success) {
    const [issue] = result.issues
    const key = issue.path?.map((part) => String(part.key)).join('.')
    throw new AlertError('invalid_rule', `${key === undefined ? '' : `${key}: `}${issue.message}`)
  }
  const unknown = result.output.channels?.find((name) => !channels.includes(name))
  if (unknown !== undefined) {
    const there = channels.length === 0 ? 'the config names none' : `there are ${channels.join(', ')}`
    throw new AlertError('invalid_rule', `channels: there is no channel "${unknown}"; ${there}`)
  }
  return result.output
}

const readOnly = (name: string, from: RuleOrigin = 'config'): AlertError =>
  from === 'config'
    ? new AlertError('rule_read_only', `"${name}" stands in the config file`, 'Change it there and send SIGHUP.')
    : new AlertError(
        'rule_read_only',
        `"${name}" comes with sysmon`,
        'Put a rule of the same name with enabled: false, or set alerts.built_in to false.',
      )
