import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import { openPaperWindow } from '../../../test/paper-window.ts'
import { sampleCurrent, sampleHealth, sampleMetrics, sampleNowMs } from '../../../test/sample-answers.ts'
import { answerExamples } from '../../api/openapi/examples.ts'
import { defaultPlace } from '../state/place.ts'
import { fixedView } from '../state/view.ts'

const paper = openPaperWindow('/memory?range=1h')
const { goLive, explainThis } = await import('../keys.ts')
const { alertApi } = await import('./alert-api.ts')
const { alerts, startAlerts } = await import('./alerts.ts')
const { api, Refusal, sayError, search, Unreachable } = await import('./api.ts')
const { catalogue, loadCatalogue } = await import('./catalogue.ts')
const { link } = await import('./feed.ts')
const { health, startHealth } = await import('./health.ts')
const { loadMe, me } = await import('./me.ts')
const { bands, forecasts, startOutlook } = await import('./outlook.ts')
const { changed, go, leaving, place } = await import('./place-store.ts')

interface Asked {
  readonly method: string
  readonly path: string
  readonly body: unknown
}
let asked: Asked[]
let answer: (path: string) => Response
const real = globalThis.fetch
beforeEach(() => {
  place.set(defaultPlace)
  me.set(undefined)
  asked = []
  answer = () => new Response(null, { status: 204 })
  const fetch = async (path: string, { method = 'GET', body }: { method?: string; body?: string } = {}) => {
    asked.push({ method, path, body: body === undefined ? undefined : JSON.parse(body) })
    return answer(path)
  }
  Object.assign(globalThis, { fetch })
})
afterEach(() => {
  link.set('connecting')
  bands.set([])
})
afterAll(() => {
  Object.assign(globalThis, { fetch: real })
  paper.close()
})

const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  Response.json(body, { status, headers })
const failure = async (work: Promise<unknown>): Promise<unknown> =>
  await work.then(
    () => Promise.reject(new Error('it was answered')),
    (error: unknown) => error,
  )
async function arrive(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

describe('answers of the daemon', () => {
  test('what is not set is not asked for', () => {
    expect(search({ at: undefined, sort: 'cpu', details: true })).toBe('?sort=cpu&details=true')
    expect(search({ at: undefined })).toBe('')
  })

  test('R12: signs that turn the text are made visible before anybody reads it', async () => {
    answer = () => json({ ...sampleCurrent, host: { ...sampleCurrent.host, hostName: 'a\u202eb' } })
    expect((await api.current()).host.hostName).toBe('a\ufffdb')
  })

  test('a refusal holds what the daemon said of it', async () => {
    answer = () => json({ status: 400, detail: 'no such metric', cure: 'GET /api/v1/metrics lists them' }, 400)
    const refusal = await failure(api.query([]))
    expect(refusal).toBeInstanceOf(Refusal)
    expect(sayError(refusal)).toBe('no such metric. GET /api/v1/metrics lists them')
  })

  test('whatever a proxy says, a person is told in words', async () => {
    answer = () => new Response('<html>', { status: 502 })
    expect(await failure(api.health())).toBeInstanceOf(Unreachable)
    answer = () => new Response('<html>', { status: 418 })
    expect(sayError(await failure(api.health()))).toBe('the daemon answered 418')
    answer = () => {
      throw new TypeError('network')
    }
    expect(sayError(await failure(api.health()))).toBe('the daemon does not answer')
  })

  test('a pause that is asked for is kept in mind', async () => {
    answer = () => json({}, 429, { 'retry-after': '3' })
    expect(await failure(api.me())).toMatchObject({ status: 429, retryMs: 3000 })
    answer = () => json({}, 401)
    expect(sayError(await failure(api.me()))).toBe('You are not logged in, or your session has ended.')
  })
})

describe('what a person changes is sent where it belongs', () => {
  test('signals, with the start of the process that was looked at', async () => {
    await api.signal(812, { signal: 'TERM', startTicks: 7 })
    expect(asked).toEqual([
      { method: 'POST', path: '/api/v1/processes/812/signal', body: { signal: 'TERM', startTicks: 7 } },
    ])
  })

  test('alerts: a name goes into an address only encoded', async () => {
    await alertApi.acknowledge('12', 'a'.repeat(100), 'on it')
    await alertApi.putRule({ name: 'a/b?', value: 'system.uptime' })
    await alertApi.removeRule('a/b?')
    await alertApi.addSilence({ matchers: { rule: 'x' }, comment: '' })
    await alertApi.removeSilence('3')
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/v1/alerts/12/acknowledge',
      'PUT /api/v1/alerts/rules/a%2Fb%3F',
      'DELETE /api/v1/alerts/rules/a%2Fb%3F',
      'POST /api/v1/alerts/silences',
      'DELETE /api/v1/alerts/silences/3',
    ])
    expect(asked[0]?.body).toEqual({ by: 'a'.repeat(64), comment: 'on it' })
  })
})

describe('what is asked beside the numbers', () => {
  test('health, alerts, outlook: at once and again each period, and not while nobody answers', async () => {
    jest.useFakeTimers()
    try {
      answer = (path) =>
        json(
          path.startsWith('/health')
            ? sampleHealth
            : path.includes('anomalies')
              ? answerExamples.Anomalies
              : path.includes('forecast')
                ? answerExamples.Forecast
                : answerExamples.Alerts,
        )
      link.set('stream')
      startHealth()
      startAlerts()
      startOutlook()
      await arrive()
      expect(health.get()).toEqual(sampleHealth)
      expect(alerts.get()?.active).toHaveLength(1)
      expect(bands.get()).toHaveLength(1)
      expect(forecasts.get()).toHaveLength(1)
      asked.length = 0
      jest.advanceTimersByTime(60_000)
      await arrive()
      const counts = Object.groupBy(asked, ({ path }) => path.replace(/\?.*/, ''))
      expect(Object.entries(counts).map(([path, all]) => [path, all?.length])).toEqual(
        expect.arrayContaining([
          ['/health', 2],
          ['/api/v1/alerts', 4],
          ['/api/v1/anomalies', 1],
        ]),
      )
      link.set('denied')
      asked.length = 0
      jest.advanceTimersByTime(60_000)
      expect(asked).toEqual([])
    } finally {
      jest.useRealTimers()
    }
  })

  test('without an answer the last one stays', async () => {
    answer = () => json(sampleMetrics)
    await loadCatalogue()
    expect(catalogue.get()?.get('hw.fan.speed')?.absent).toBe('no fan reports its speed')
    answer = () => json({}, 500)
    await failure(loadCatalogue())
    expect(catalogue.get()?.size).toBe(sampleMetrics.metrics.length)
  })

  test('who one is, is asked once', async () => {
    answer = () => json(answerExamples.LoggedIn)
    loadMe()
    await arrive()
    loadMe()
    expect(me.get()?.role).toBe('admin')
    expect(asked).toHaveLength(1)
  })
})

describe('where one goes stands in the address', () => {
  test('what is absent takes no part of it', () => {
    expect(changed({ ...defaultPlace, atMs: 5 }, { atMs: undefined })).toEqual(defaultPlace)
    go({ page: 'cpu', view: fixedView(1000, 61_000), atMs: 5000 })
    expect(paper.visited.at(-1)).toBe('/cpu?from=1000&to=61000&at=5000')
    go({ page: 'disks', ...leaving, atMs: undefined })
    expect(paper.visited.at(-1)).toBe('/disks?from=1000&to=61000')
  })

  test('going where one is, is no step', () => {
    go({ page: 'network' })
    const { length } = paper.visited
    go({ page: 'network' })
    expect(paper.visited).toHaveLength(length)
  })

  test('back to live keeps the length, up to a day', () => {
    place.set({ ...defaultPlace, view: fixedView(0, 3_600_000) })
    goLive()
    expect(place.get().view).toEqual({ kind: 'live', spanMs: 3_600_000 })
    place.set({ ...defaultPlace, view: fixedView(0, 30 * 86_400_000) })
    goLive()
    expect(place.get().view).toEqual({ kind: 'live', spanMs: 86_400_000 })
  })

  test('a chosen second is explained with those around it', () => {
    place.set({ ...defaultPlace, page: 'cpu', atMs: sampleNowMs - 600_000, process: { pid: 1 } })
    explainThis()
    const { page, view, process } = place.get()
    expect({ page, process }).toEqual({ page: 'explain', process: undefined })
    expect(view).toEqual(fixedView(sampleNowMs - 630_000, sampleNowMs - 570_000))
  })
})
