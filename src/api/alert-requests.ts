import * as v from 'valibot'
import { writtenRuleSchema } from '../rule/rule.ts'
import { end, start, timeInBody, wholeNumber } from './schemas.ts'

/** Requests about alerts: validation, types and the OpenAPI document derive from these. */

const limit = v.optional(wholeNumber(1, 1000, 'How many at most, the latest; left out: 100.', 20))
export const alertsQuery = v.strictObject({ start: v.optional(start), end: v.optional(end), limit })
export const deliveriesQuery = v.strictObject({ limit })
export const ruleBody = writtenRuleSchema
export const ruleName = v.object({
  name: v.pipe(v.string(), v.maxLength(64, 'too long for a name'), v.description('Name of the rule.')),
})
export const anId = v.object({
  id: v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'an id is a number'), v.description('Id, as it was listed.')),
})
export const ruleTestBody = v.strictObject({
  rule: writtenRuleSchema,
  start: v.optional(timeInBody),
  end: v.optional(timeInBody),
})
const pattern = v.pipe(v.string(), v.minLength(1, 'is empty'), v.maxLength(300, 'too long'))
const comment = v.pipe(v.string(), v.maxLength(500, 'too long'))
const timeOfDay = v.pipe(v.string(), v.maxLength(5, 'a time of day like 22:00'))
export const weekly = v.strictObject({
  days: v.pipe(
    v.array(v.picklist(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])),
    v.check((days) => days.length > 0 && days.length <= 7, 'name one to seven days'),
  ),
  from: timeOfDay,
  until: timeOfDay,
  zone: v.pipe(v.string(), v.maxLength(64), v.description('IANA name, e.g. Europe/Berlin.')),
})
export const silenceBody = v.strictObject({
  matchers: v.pipe(
    v.record(v.pipe(v.string(), v.maxLength(64)), pattern),
    v.check((matchers) => Object.keys(matchers).length > 0, 'name at least one: {rule: "*"} silences everything'),
    v.check((matchers) => Object.keys(matchers).length <= 20, 'at most 20'),
  ),
  comment: v.optional(comment, ''),
  start: v.optional(timeInBody),
  end: v.optional(timeInBody),
  weekly: v.optional(weekly),
})
export const acknowledgeBody = v.strictObject({
  by: v.optional(v.pipe(v.string(), v.maxLength(64)), ''),
  comment: v.optional(comment, ''),
})
export const channelTestBody = v.strictObject({ channel: v.pipe(v.string(), v.maxLength(64)) })
