import type { Hono } from 'hono'
import type { ExplainService } from '../explain-answers.ts'
import type { ExplainParameters } from '../explain-contract.ts'
import { explainQuery } from '../explain-schemas.ts'
import { describe } from '../openapi/describe.ts'
import { check } from '../request-check.ts'

export function explainRoutes(app: Hono, service: ExplainService): void {
  app.get(
    '/api/v1/explain',
    describe({
      tag: 'events',
      operationId: 'explain',
      summary: 'Which resource was short, since when, who used it up and who waited',
      description:
        'By the USE method over all that is recorded: for each resource how used, how saturated and what errors; findings ranked by how much they hurt, with evidence, culprits, waiters and what nobody accounts for. A quiet window has no findings. With `against_start` two windows are compared.',
      answer: 'Explain',
      problems: ['invalid_request', 'invalid_time', 'too_much', 'store_unavailable'],
    }),
    check('query', explainQuery),
    async (c) => {
      const given = Object.entries(c.req.valid('query')).filter(([, value]) => value !== undefined)
      const answer = await service.explain(Object.fromEntries(given) as ExplainParameters)
      return c.json(answer, 200, { 'cache-control': 'no-cache' })
    },
  )
}
