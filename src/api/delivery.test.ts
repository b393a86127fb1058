import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { type ApiMachine, apiMachine } from '../../test/api-machine.ts'
import type { HistoryResponse } from './contract.ts'
import { chooseEncoding } from './delivery.ts'
import { historyJson } from './history-json.ts'

let api: ApiMachine
beforeEach(async () => {
  api = await apiMachine()
  for (let i = 0; i < 3; i++) api.machine.tick()
})
afterEach(() => api.close())

const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  api.app.request(path, { method, headers })
const catalogue = '/api/v1/metrics'

describe('what the client has already', () => {
  test.each([catalogue, '/openapi.json', '/docs'])('is not sent again: %s', async (path) => {
    const first = await ask(path)
    const tag = first.headers.get('etag') ?? ''
    expect(tag).toMatch(/^W\/"\w+"$/)
    for (const known of [tag, tag.slice(2), '*', `"other", ${tag}`]) {
      const again = await ask(path, { 'if-none-match': known })
      expect([known, again.status, await again.text()]).toEqual([known, 304, ''])
      expect(again.headers.get('etag')).toBe(tag)
    }
    expect((await ask(path, { 'if-none-match': '"other"' })).status).toBe(200)
  })

  test('is sent again when it has changed', async () => {
    const tag = (await ask(catalogue)).headers.get('etag') ?? ''
    api.machine.host.put('proc/1/net/dev', api.machine.host.readText('/proc/1/net/dev').replace('eth0', 'eth7'))
    api.machine.tick()
    expect((await ask(catalogue, { 'if-none-match': tag })).status).toBe(200)
  })

  test('has one name, however it is packed', async () => {
    const plain = await ask(catalogue)
    const packed = await ask(catalogue, { 'accept-encoding': 'gzip' })
    expect(packed.headers.get('etag')).toBe(plain.headers.get('etag'))
    expect(packed.headers.get('vary')).toContain('Accept-Encoding')
  })

  test('may be kept for a while when it is history between two times that are over', async () => {
    const at = (ms: number) => new Date(api.machine.clock.wallMs() - ms).toISOString()
    const history = async (start: string, end: string) =>
      ask(`/api/v1/metrics/history?metric=system.cpu.utilization&start=${start}&end=${end}`)
    const over = await history(at(90_000), at(30_000))
    expect(over.headers.get('cache-control')).toBe('private, max-age=60')
    const again = await ask(
      `/api/v1/metrics/history?metric=system.cpu.utilization&start=${at(90_000)}&end=${at(30_000)}`,
      { 'if-none-match': over.headers.get('etag') ?? '' },
    )
    expect(again.status).toBe(304)
    for (const [start, end] of [
      ['-90s', '-30s'],
      [at(90_000), '-30s'],
      [at(90_000), at(5000)],
    ] as const) {
      expect((await history(start, end)).headers.get('cache-control')).toBe('no-cache')
    }
  })

  test('is nothing that is of this moment', async () => {
    for (const path of ['/api/v1/metrics/current', '/api/v1/processes', '/health', '/metrics', '/nothing']) {
      const response = await ask(path)
      expect([path, response.headers.get('cache-control'), response.headers.get('etag')]).toEqual([
        path,
        'no-store',
        null,
      ])
    }
  })
})

describe('packing', () => {
  test.each([
    ['gzip', gunzipSync],
    ['zstd', zstdDecompressSync],
  ] as const)('as %s gives the same back, smaller', async (encoding, unpack) => {
    const plain = await (await ask(catalogue)).text()
    const response = await ask(catalogue, { 'accept-encoding': encoding })
    expect(response.headers.get('content-encoding')).toBe(encoding)
    const packed = Buffer.from(await response.arrayBuffer())
    expect(unpack(packed).toString()).toBe(plain)
    expect(packed.length).toBeLessThan(plain.length / 4)
  })

  test('is left when nobody asked, when there is little, and for what is empty', async () => {
    expect((await ask(catalogue)).headers.get('content-encoding')).toBeNull()
    const accepting = { 'accept-encoding': 'gzip, zstd' }
    for (const path of ['/health', '/nothing']) {
      const response = await ask(path, accepting)
      expect(response.headers.get('content-encoding')).toBeNull()
      expect(await response.json()).toBeObject()
    }
  })

  test.each([
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['br', undefined],
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['gzip;q=1, zstd;q=0.5', 'gzip'],
    ['gzip;q=0, zstd;q=0', undefined],
    ['*', 'zstd'],
    ['*;q=0', undefined],
    ['zstd;q=0, *', 'gzip'],
    ['gzip;q=x', undefined],
  ] as const)('to %p is %s', (accepted, encoding) => {
    expect(chooseEncoding(accepted)).toBe(encoding)
  })

  test('whatever is accepted, what comes is among it', () => {
    fc.assert(
      fc.property(fc.string(), (accepted) => {
        const encoding = chooseEncoding(accepted)
        if (encoding !== undefined) expect(accepted.toLowerCase()).toMatch(/gzip|zstd|\*/)
      }),
    )
  })
})

test('HEAD has the headers of GET and no body', async () => {
  for (const path of [catalogue, '/docs', '/openapi.json', '/health', '/api/v1/processes/300']) {
    const head = await ask(path, {}, 'HEAD')
    const get = await ask(path)
    expect([path, head.status, await head.text()]).toEqual([path, 200, ''])
    for (const name of ['content-type', 'etag', 'cache-control', 'vary'])
      expect([path, name, head.headers.get(name)]).toEqual([path, name, get.headers.get(name)])
  }
  expect((await ask('/api/v1/processes/4999', {}, 'HEAD')).status).toBe(404)
})

test('history is written as JSON writes it, whether its columns are one or three', async () => {
  const values = fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })), { maxLength: 5 })
  const line = fc.oneof(
    fc.record({ avg: values, min: values, max: values }),
    values.map((one) => ({ avg: one, min: one, max: one })),
  )
  const series = fc.array(
    fc.tuple(fc.dictionary(fc.string(), fc.string()), line).map(([labels, columns]) => ({ labels, ...columns })),
  )
  await fc.assert(
    fc.asyncProperty(series, fc.array(fc.nat()), fc.string(), async (lines, unixMs, help) => {
      const history = {
        metric: 'm',
        unit: '1',
        help,
        resolutionMs: 1,
        tier: '1s',
        unixMs,
        series: lines,
      } as HistoryResponse
      expect(JSON.parse(await historyJson(history))).toEqual(JSON.parse(JSON.stringify(history)))
    }),
  )
})
