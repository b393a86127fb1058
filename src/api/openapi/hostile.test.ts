import { beforeEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { apiMachine } from '../../../test/api-machine.ts'
import { expectDeclared } from '../../../test/declared.ts'
import { askable, type HostileRequest, hostileRequests, leaks } from '../../../test/hostile.ts'
import { address, api, as, front, json, own, renew, request, withWebFront } from '../../../test/web-front.ts'
import type { Problem } from '../contract.ts'
import { problems } from '../problems.ts'
import { localRoutes } from '../web/local-routes.ts'
import type { OpenApiDocument } from './document.ts'

withWebFront()
let document: OpenApiDocument
beforeEach(async () => {
  document = await api.get<OpenApiDocument>('/openapi.json')
  renew({ requestsPerMinute: 1_000_000, users: [] })
  // Nobody's process is to hear of this test.
  Object.assign(api.platform.processes, { signal: async () => ({ outcome: 'gone', why: 'as the test wants' }) })
})

/** The names are known before any test runs; the document is made anew for each. */
const described = await apiMachine()
const routes = askable(await described.get<OpenApiDocument>('/openapi.json'))
described.close()

async function answerOf({ method, path, headers, body }: HostileRequest): Promise<Response> {
  const asked = (more: Readonly<Record<string, string>>): Request =>
    request(path, { ...headers, ...more }, { method, ...(body === undefined ? {} : { body }) })
  const name = `${method} ${path.split('?')[0]}`
  if (localRoutes.includes(name)) return (await front.answerLocal(asked({}))) as Response
  return await front.answer(asked({ ...as('admin'), ...own }), address)
}

describe('V4: whatever is sent to a route, the answer is declared, ours and tells nothing', () => {
  test.each(routes.map(({ method, path }) => `${method} ${path}`))(
    'V4: %s',
    async (name) => {
      const { method, path, operation } = routes.find(
        (one) => `${one.method} ${one.path}` === name,
      ) as (typeof routes)[0]
      await fc.assert(
        fc.asyncProperty(hostileRequests(method, path, operation), async (hostile) => {
          // Who tries to log in is slowed down: six seconds for each.
          if (/login/.test(path)) api.machine.clock.advance(6001)
          let response: Response
          try {
            response = await answerOf(hostile)
          } catch (error) {
            // What cannot even be written as a request reaches nobody.
            if (error instanceof TypeError && /header|URL|method/i.test(error.message)) return
            throw error
          }
          const text = await response.clone().text()
          if (response.status >= 500) throw new Error(`${response.status}: ${text.slice(0, 500)}`)
          if (response.status < 400) return
          expect(text).not.toMatch(leaks)
          // A person with an old link sees a page.
          if (response.headers.get('content-type')?.startsWith('text/html') === true)
            return expect(name).toBe('GET /login')
          const problem = JSON.parse(text) as Problem
          expect(problem).toMatchObject({
            status: response.status,
            title: expect.any(String),
            cure: expect.any(String),
          })
          expect(Object.keys(problems)).toContain(problem.code)
          // A pid that is none of a number leads to another path, which has its own problem.
          if (problem.code !== 'unknown_route') await expectDeclared(response, document, name)
        }),
        { numRuns: 150 },
      )
      expect(api.internalErrors).toEqual([])
    },
    60_000,
  )
})

test('V4: every route of the app is asked in every way that it does not have: 405 with those that it has', async () => {
  const ofApp = askable(document).filter(({ operation }) => operation['x-listener'] === undefined)
  const concrete = (path: string): string => path.replaceAll(/\{\w+\}/g, '1')
  const fits = (pattern: string, path: string): boolean =>
    new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path)
  for (const path of new Set(ofApp.map((one) => concrete(one.path)))) {
    // A route with a parameter may fit the path of another.
    const known = ofApp.filter((one) => fits(one.path, path)).map((one) => one.method)
    const all = [...new Set([...known, ...(known.includes('GET') ? ['HEAD'] : [])])].sort()
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
      if (all.includes(method)) continue
      const response = await api.app.request(path, { method })
      expect([method, path, response.status, response.headers.get('allow')]).toEqual([
        method,
        path,
        405,
        all.join(', '),
      ])
    }
  }
})

test('V4: nothing of it has changed what objects are', () => {
  expect(({} as Record<string, unknown>).isAdmin).toBeUndefined()
  expect(json).toEqual({ 'content-type': 'application/json' })
})
