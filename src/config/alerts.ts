import * as v from 'valibot'
import { type Channel, channelSchema } from '../rule/channel.ts'
import { type Rule, ruleSchema } from '../rule/rule.ts'
import { type Kind, show } from './setting.ts'

/** What the settings of alerts can be, and what of them does not go together. */

const mostRules = 10_000
const mostChannels = 50

const fromJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return text
  }
}

/** A list of things with names, each name once. */
function named<T extends { readonly name: string }>(
  label: string,
  schema: v.GenericSchema<unknown, T>,
  most: number,
  format: (one: T) => string,
): Kind<readonly T[]> {
  return {
    label,
    schema: v.pipe(
      v.array(schema, ({ input }) => `${show(input)} is not a list: begin each with "- name:"`),
      v.maxLength(most, `at most ${most}`),
      v.rawCheck(({ dataset, addIssue }) => {
        if (!dataset.typed) return
        const seen = new Set<string>()
        for (const [index, { name }] of dataset.value.entries()) {
          if (seen.has(name)) {
            const path: [v.ArrayPathItem] = [
              { type: 'array', origin: 'value', input: dataset.value, key: index, value: dataset.value[index] },
            ]
            addIssue({ message: `the name "${name}" stands there twice`, path })
          }
          seen.add(name)
        }
      }),
    ),
    fromText: fromJson,
    format: (values) => `[${values.map(format).join(', ')}]`,
  }
}

export const alertRules: Kind<readonly Rule[]> = named('list of rules', ruleSchema, mostRules, ({ written }) =>
  JSON.stringify(written),
)

/** Addresses may be secret; only name and kind are shown. */
export const alertChannels: Kind<readonly Channel[]> = named(
  'list of channels, each email, webhook or log',
  channelSchema,
  mostChannels,
  ({ name, type }) => `{name: ${name}, type: ${type}}`,
)

/** A rule that names a channel which does not exist would never be heard. */
export function alertsMistake({
  rules,
  channels,
}: {
  readonly rules: readonly Rule[]
  readonly channels: readonly Channel[]
}): { readonly key: string; readonly what: string } | undefined {
  const known = new Set(channels.map(({ name }) => name))
  for (const rule of rules) {
    const unknown = rule.channels?.find((name) => !known.has(name))
    if (unknown === undefined) continue
    const there = known.size === 0 ? 'alerts.channels names none' : `there are ${[...known].join(', ')}`
    return { key: 'alerts.rules', what: `rule "${rule.name}" names a channel "${unknown}", but ${there}` }
  }
  return undefined
}
