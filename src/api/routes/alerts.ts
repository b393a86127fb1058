import type { Hono } from 'hono'
import { AlertError } from '../../alert/alert-error.ts'
import type { AlertService, RuleBody, SilenceBody } from '../alert-contract.ts'
import {
  acknowledgeBody,
  alertsQuery,
  anId,
  channelTestBody,
  deliveriesQuery,
  ruleBody,
  ruleName,
  ruleTestBody,
  silenceBody,
} from '../alert-requests.ts'
import { describe } from '../openapi/describe.ts'
import { ApiError, type ProblemCode } from '../problems.ts'
import { check, onlyJson } from '../request-check.ts'

export interface AlertRouteParts {
  /** Loaded at the first question. Throws ApiError. */
  readonly alerts: () => Promise<AlertService>
  readonly parseTime: (text: string) => number
  readonly now: () => number
}

const tag = 'alerts'
const dayMs = 86_400_000
const usualLimit = 100
const base: readonly ProblemCode[] = ['invalid_request', 'alerts_unavailable']
const writing: readonly ProblemCode[] = [...base, 'body_too_large', 'unsupported_media']

/** Reads for everybody who may log in; what changes something is for admins, as everywhere. */
export function alertRoutes(app: Hono, parts: AlertRouteParts): void {
  stateRoutes(app, parts)
  ruleRoutes(app, parts)
  ruleWriteRoutes(app, parts)
  silenceRoutes(app, parts)
  channelRoutes(app, parts)
}

/** Errors of the alerts as the API tells them. */
async function asked<T>({ alerts }: AlertRouteParts, ask: (service: AlertService) => T | Promise<T>): Promise<T> {
  try {
    return await ask(await alerts())
  } catch (error) {
    if (error instanceof AlertError) throw new ApiError(error.code, error.message, error.cure)
    throw error
  }
}

function range(
  { parseTime, now }: AlertRouteParts,
  start: string | number | undefined,
  end: string | number | undefined,
  spanMs: number,
): { startMs: number; endMs: number } {
  const endMs = end === undefined ? now() : parseTime(String(end))
  const startMs = start === undefined ? endMs - spanMs : parseTime(String(start))
  if (startMs >= endMs) throw new ApiError('invalid_time', 'the start is not before the end')
  return { startMs, endMs }
}

function stateRoutes(app: Hono, parts: AlertRouteParts): void {
  app.get(
    '/api/v1/alerts',
    describe({
      tag,
      operationId: 'listAlerts',
      summary: 'What is not well now, worst first, and what was',
      description: 'History is of the last seven days where no start is named.',
      answer: 'Alerts',
      problems: [...base, 'invalid_time'],
    }),
    check('query', alertsQuery),
    async (c) => {
      const { start, end, limit = usualLimit } = c.req.valid('query')
      const span = range(parts, start, end, 7 * dayMs)
      return c.json(await asked(parts, (service) => service.list({ ...span, limit })))
    },
  )
  app.post(
    '/api/v1/alerts/:id/acknowledge',
    describe({
      tag,
      operationId: 'acknowledgeAlert',
      summary: 'Somebody is at it: no more reminders',
      answer: 'Incident',
      problems: [...writing, 'no_such_alert'],
    }),
    onlyJson,
    check('param', anId),
    check('json', acknowledgeBody),
    async (c) => {
      const { by, comment } = c.req.valid('json')
      return c.json(await asked(parts, (service) => service.acknowledge(c.req.valid('param').id, by, comment)))
    },
  )
}

function ruleRoutes(app: Hono, parts: AlertRouteParts): void {
  app.get(
    '/api/v1/alerts/rules',
    describe({
      tag,
      operationId: 'listRules',
      summary: 'Every rule and where it is from',
      answer: 'AlertRules',
      problems: base,
    }),
    async (c) => c.json(await asked(parts, (service) => service.rules())),
  )
  app.post(
    '/api/v1/alerts/rules/test',
    describe({
      tag,
      operationId: 'testRule',
      summary: 'What a rule would have done over the record',
      description: 'The last day where no start is named, two days at most. Nothing is raised or sent.',
      answer: 'AlertRuleTest',
      problems: [...writing, 'invalid_time', 'invalid_rule', 'too_much', 'store_unavailable'],
    }),
    onlyJson,
    check('json', ruleTestBody),
    async (c) => {
      const { rule, start, end } = c.req.valid('json')
      const span = range(parts, start, end, dayMs)
      return c.json(await asked(parts, (service) => service.testRule(rule as RuleBody, span)))
    },
  )
  app.get(
    '/api/v1/alerts/rules/:name',
    describe({
      tag,
      operationId: 'oneRule',
      summary: 'One rule',
      answer: 'AlertRule',
      problems: [...base, 'no_such_rule'],
    }),
    check('param', ruleName),
    async (c) => c.json(await asked(parts, (service) => service.rule(c.req.valid('param').name))),
  )
}

function ruleWriteRoutes(app: Hono, parts: AlertRouteParts): void {
  app.put(
    '/api/v1/alerts/rules/:name',
    describe({
      tag,
      operationId: 'putRule',
      summary: 'Make a rule, or change one that was made here',
      answer: 'AlertRule',
      problems: [...writing, 'invalid_rule', 'rule_read_only', 'too_much'],
    }),
    onlyJson,
    check('param', ruleName),
    check('json', ruleBody),
    async (c) => {
      const rule = c.req.valid('json') as RuleBody
      if (rule.name !== c.req.valid('param').name) {
        throw new ApiError('invalid_request', 'name: the rule has another name than the address')
      }
      return c.json(await asked(parts, (service) => service.putRule(rule)))
    },
  )
  app.delete(
    '/api/v1/alerts/rules/:name',
    describe({
      tag,
      operationId: 'removeRule',
      summary: 'Remove a rule that was made here',
      answer: undefined,
      problems: [...base, 'no_such_rule', 'rule_read_only'],
    }),
    check('param', ruleName),
    async (c) => {
      await asked(parts, (service) => service.removeRule(c.req.valid('param').name))
      return c.body(null, 204)
    },
  )
}

function silenceRoutes(app: Hono, parts: AlertRouteParts): void {
  app.get(
    '/api/v1/alerts/silences',
    describe({
      tag,
      operationId: 'listSilences',
      summary: 'When nobody wants to be told of what',
      answer: 'Silences',
      problems: base,
    }),
    async (c) => c.json(await asked(parts, (service) => service.silences())),
  )
  app.post(
    '/api/v1/alerts/silences',
    describe({
      tag,
      operationId: 'addSilence',
      summary: 'Hold back notifications, once or each week',
      description: 'Alerts are raised and shown all the same; what lasts when the silence ends is told then.',
      answer: 'Silence',
      problems: [...writing, 'invalid_time', 'too_much'],
    }),
    onlyJson,
    check('json', silenceBody),
    async (c) => {
      const { start, end, ...body } = c.req.valid('json')
      const startMs = start === undefined ? parts.now() : futureTime(parts, start)
      const endMs = end === undefined ? undefined : futureTime(parts, end)
      return c.json(await asked(parts, (service) => service.addSilence(body as SilenceBody, { startMs, endMs })))
    },
  )
  app.delete(
    '/api/v1/alerts/silences/:id',
    describe({
      tag,
      operationId: 'removeSilence',
      summary: 'End a silence',
      answer: undefined,
      problems: [...base, 'no_such_silence'],
    }),
    check('param', anId),
    async (c) => {
      await asked(parts, (service) => service.removeSilence(c.req.valid('param').id))
      return c.body(null, 204)
    },
  )
}

/** Silences are about the future, which other times may not be in: Unix milliseconds or RFC 3339. */
function futureTime({ parseTime, now }: AlertRouteParts, text: string | number): number {
  const ahead = /^\+(.+)$/.exec(String(text))?.[1]
  if (ahead !== undefined) return now() + (now() - parseTime(ahead))
  const unixMs = typeof text === 'number' ? text : /^\d{12,15}$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isNaN(unixMs)) throw new ApiError('invalid_time', `"${text}" is no time like 2026-11-24T06:00:00Z or +2h`)
  return unixMs
}

function channelRoutes(app: Hono, parts: AlertRouteParts): void {
  app.get(
    '/api/v1/alerts/deliveries',
    describe({
      tag,
      operationId: 'listDeliveries',
      summary: 'What was sent where, and what waits',
      answer: 'Deliveries',
      problems: base,
    }),
    check('query', deliveriesQuery),
    async (c) => c.json(await asked(parts, (service) => service.deliveries(c.req.valid('query').limit ?? usualLimit))),
  )
  app.post(
    '/api/v1/alerts/test',
    describe({
      tag,
      operationId: 'testChannel',
      summary: 'Send a test notification, and say whether it was taken',
      answer: 'ChannelTest',
      problems: [...writing, 'no_such_channel'],
    }),
    onlyJson,
    check('json', channelTestBody),
    async (c) => c.json(await asked(parts, (service) => service.testChannel(c.req.valid('json').channel))),
  )
}
