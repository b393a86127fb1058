import type { Hono } from 'hono'
import type { SignalRequest } from '../contract.ts'
import { describe } from '../openapi/describe.ts'
import type { ProblemCode } from '../problems.ts'
import { check, onlyJson } from '../request-check.ts'
import { pidParameter, processesQuery, processHistoryQuery, processQuery, signalBody } from '../schemas.ts'
import type { MonitorService } from '../service.ts'

const tag = 'processes'
const reading: readonly ProblemCode[] = ['invalid_request', 'invalid_time', 'not_recorded', 'store_unavailable']

export function processRoutes(app: Hono, service: MonitorService): void {
  app.get(
    '/api/v1/processes',
    describe({
      tag,
      operationId: 'listProcesses',
      summary: 'All processes, now or at any recorded second',
      answer: 'Processes',
      problems: reading,
    }),
    check('query', processesQuery),
    async (c) => c.json(await service.processes(c.req.valid('query'))),
  )
  app.get(
    '/api/v1/processes/:pid',
    describe({
      tag,
      operationId: 'oneProcess',
      summary: 'One process, its parents, and on demand its details',
      answer: 'Process',
      problems: [...reading, 'no_such_process'],
    }),
    check('param', pidParameter),
    check('query', processQuery),
    async (c) => c.json(await service.process(c.req.valid('param').pid, c.req.valid('query'))),
  )
  app.get(
    '/api/v1/processes/:pid/history',
    describe({
      tag,
      operationId: 'processHistory',
      summary: 'One process over time, columnar',
      description: 'Of the process that had the pid last in that time.',
      answer: 'ProcessHistory',
      problems: [...reading, 'too_much', 'no_such_process'],
    }),
    check('param', pidParameter),
    check('query', processHistoryQuery),
    async (c) => c.json(await service.processHistory(c.req.valid('param').pid, c.req.valid('query'))),
  )
  app.post(
    '/api/v1/processes/:pid/signal',
    describe({
      tag,
      operationId: 'signalProcess',
      summary: 'Send a signal to a process',
      answer: undefined,
      problems: [
        'invalid_request',
        'no_such_process',
        'signal_denied',
        'process_replaced',
        'signal_refused',
        'body_too_large',
        'unsupported_media',
      ],
    }),
    onlyJson,
    check('param', pidParameter),
    check('json', signalBody),
    async (c) => {
      await service.signal(c.req.valid('param').pid, c.req.valid('json') as SignalRequest)
      return c.body(null, 204)
    },
  )
}
