import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type ApiMachine, apiMachine } from '../../test/api-machine.ts'
import type { ExplainResponse } from './explain-contract.ts'

let api: ApiMachine
beforeEach(async () => {
  api = await apiMachine()
})
afterEach(() => api.close())

const ticks = (count: number): void => {
  for (let i = 0; i < count; i++) api.machine.tick()
}
const now = (): number => api.machine.clock.wallMs()
const explain = (query = ''): Promise<ExplainResponse> => api.get(`/api/v1/explain${query}`)

test('the last ten minutes when nothing is said; a moment is the minute around it, up to now', async () => {
  ticks(90)
  expect((await explain()).window).toMatchObject({ startMs: now() - 600_000, endMs: now(), stepMs: 1000 })
  expect((await explain('?at=-10s')).window).toMatchObject({ startMs: now() - 40_000, endMs: now() })
  expect((await explain('?start=-60s&end=-30s')).window).toMatchObject({
    startMs: now() - 60_000,
    endMs: now() - 30_000,
  })
})

test('every resource that is recorded was looked at, and what is not is said', async () => {
  ticks(60)
  const { resources, coverage, isQuiet } = await explain('?start=-50s')
  const named = new Set(resources.map(({ resource }) => resource))
  expect([...named]).toEqual(expect.arrayContaining(['cpu', 'memory', 'network', 'descriptors', 'processes', 'time']))
  expect(resources.find(({ resource }) => resource === 'cpu')?.used?.mean).toBeCloseTo(0.25, 1)
  expect([isQuiet, coverage.share]).toEqual([true, 1])
})

test('before the first tick nothing is recorded, and that is the answer', async () => {
  expect(await explain()).toMatchObject({ isQuiet: true, coverage: { share: 0 } })
})

describe('what makes no sense is refused', () => {
  test.each([
    ['?start=-1m&end=-2m', 'invalid_time'],
    ['?at=tomorrow', 'invalid_time'],
    ['?at=-1m&start=-2m', 'invalid_request'],
    ['?against_end=-1m', 'invalid_request'],
    ['?against_start=-1m&against_end=-2m', 'invalid_time'],
    ['?since=-1m', 'invalid_request'],
    ['?start=-90d', 'too_much'],
    ['?start=-1m&against_start=-90d&against_end=-1m', 'too_much'],
  ])('%s', async (query, code) => {
    ticks(3)
    expect(await api.problem(`/api/v1/explain${query}`)).toMatchObject({ code, status: 400 })
  })

  test('a third question while two are being worked on', async () => {
    ticks(60)
    const answers = await Promise.all([1, 2, 3].map(() => api.app.request('/api/v1/explain')))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 400])
    expect((await api.app.request('/api/v1/explain')).status).toBe(200)
  })
})

test('two windows are compared', async () => {
  ticks(120)
  const { against } = await explain('?start=-30s&against_start=-90s')
  expect(against?.window).toMatchObject({ startMs: now() - 90_000, endMs: now() - 60_000 })
  expect(against?.summary).toBe('nothing was short in either')
})
