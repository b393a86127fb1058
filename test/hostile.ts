import fc from 'fast-check'
import type { JsonSchema, OpenApiDocument, Operation } from '../src/api/openapi/document.ts'
import { operationsOf } from '../src/api/openapi/reference-page.ts'

/** What an attacker, a broken client or a tired person sends: made of the OpenAPI document, for every route of it. */
export interface HostileRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

const prototypeNames = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']
const numbers = [
  '-1',
  '0',
  '-0',
  '1.5',
  '1e999',
  '-1e999',
  'NaN',
  'Infinity',
  '0x10',
  '9'.repeat(30),
  '2147483648',
  '+1',
]
const times = [
  'now',
  '-15m',
  '-999999999y',
  '-1ms',
  '0',
  '-1',
  '1e15',
  '8640000000000001',
  '1970-01-01T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-01-05T09:00:00+99:99',
  'yesterday 25:00',
  '24:00',
]
const texts = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\r\nset-cookie: a=b',
  '../../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '%00',
  '%',
  '%zz',
  "' OR 1=1 --",
  '"; DROP TABLE head; --',
  '<script>alert(1)</script>',
  '{{7*7}}',
  '$(id)',
  '*',
  ',',
  ',,,',
  'system.*',
  'system.cpu.utilization',
  '\u202e\u{1f4a3}\ufeff',
  '\ud800',
  'x'.repeat(5000),
  '[]',
  '{}',
  'null',
  'true',
  '__proto__',
]

/** Any text, the hostile ones more often. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...numbers, ...times, ...texts, ...prototypeNames) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
)

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom(null, true, -1, 0.5, 1e308, Number.MAX_SAFE_INTEGER, [], {}, [[]], { length: -1 }),
  fc.jsonValue({ maxDepth: 3 }),
)

const right = (schema: JsonSchema): fc.Arbitrary<unknown> => {
  const examples = (schema.examples ?? []) as unknown[]
  return examples.length === 0 ? hostileValue : fc.constantFrom(...examples)
}

/** Of the shape that the schema wants, with something in it that it does not. */
function bodyOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.properties !== undefined) {
    const known = fc.record(
      Object.fromEntries(Object.entries(schema.properties).map(([name, inner]) => [name, bodyOf(inner)])),
      { requiredKeys: [] },
    )
    const more = fc.option(fc.tuple(fc.constantFrom(...prototypeNames, 'more'), hostileValue))
    return fc
      .tuple(known, more)
      .map(([object, extra]) => (extra === null ? object : { ...object, [extra[0]]: extra[1] }))
  }
  if (schema.type === 'array' && schema.items !== undefined) return fc.array(bodyOf(schema.items), { maxLength: 120 })
  return fc.oneof(right(schema), hostileValue)
}

/** Deeper than any parser should follow by recursion. */
const depth = 50_000
const brokenBodies = [
  '',
  '{',
  '[',
  '"',
  'null',
  '0',
  'NaN',
  '{"a":1}{"b":2}',
  '\ufeff{}',
  '\u0000',
  '{"queries":[{"metric":"system',
  '['.repeat(depth) + ']'.repeat(depth),
  `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
  'x'.repeat(200_000),
  '{"__proto__":{"isAdmin":true}}',
  `{"queries":[${'{},'.repeat(2000)}{}]}`,
  'a=b&c=d',
  '--x\r\n\r\n--x--',
]
const contentTypes = [
  'application/json',
  'application/json; charset=utf-16',
  'APPLICATION/JSON',
  'application/jsonp',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/csv',
  '',
  ';',
  'application/json\tx',
]
const headers: fc.Arbitrary<Readonly<Record<string, string>>> = fc.record(
  {
    accept: fc.constantFrom('*/*', '', 'text/html', 'application/openmetrics-text;q=nan', ',;,;=', 'x'.repeat(4000)),
    'accept-encoding': fc.constantFrom('gzip', 'zstd;q=0', 'gzip;q=x', '*', 'identity;q=0', ',,,', 'br, gzip;q=1e999'),
    'if-none-match': fc.constantFrom('*', 'W/"', '"', 'W/"a", W/"b"', '\\', ','.repeat(2000)),
    'content-encoding': fc.constantFrom('gzip', 'zstd', 'deflate, gzip', 'nonsense'),
    range: fc.constantFrom('bytes=0-', 'bytes=9-1', 'lines=1'),
    'transfer-encoding': fc.constant('identity'),
    cookie: fc.constantFrom('sysmon', 'sysmon=', 'sysmon=;sysmon=a.b.c', '=;=;', 'x'.repeat(4000), '__proto__=1'),
    'x-forwarded-for': fc.constantFrom('', ',', '127.0.0.1', 'x'.repeat(4000), "'"),
    'x-http-method-override': fc.constantFrom('DELETE', 'POST'),
  },
  { requiredKeys: [] },
)

/** Requests for one route of the document: the parameters that it declares, and others. */
export function hostileRequests(method: string, path: string, operation: Operation): fc.Arbitrary<HostileRequest> {
  const declared = operation.parameters ?? []
  const inQuery = declared.filter((one) => one.in === 'query')
  const value = (schema: JsonSchema) =>
    fc.oneof({ weight: 3, arbitrary: hostileText }, { weight: 2, arbitrary: right(schema) })
  const pairs = fc.array(
    fc.oneof(
      ...inQuery.map(({ name, schema }) => fc.tuple(fc.constant(name), value(schema))),
      fc.tuple(fc.constantFrom(...prototypeNames, 'cpu', 'a[]', 'a[b]', ''), hostileText),
    ),
    { maxLength: 6 },
  )
  const places = declared.filter((one) => one.in === 'path')
  const schema = operation.requestBody?.content['application/json']?.schema
  const body = fc.oneof(
    { weight: 3, arbitrary: (schema === undefined ? hostileValue : bodyOf(schema)).map((one) => JSON.stringify(one)) },
    { weight: 1, arbitrary: fc.constantFrom(...brokenBodies) },
  )
  return fc
    .record({
      pairs,
      inPath: fc.tuple(...places.map(({ schema: inner }) => value(inner))),
      body,
      type: fc.oneof({ weight: 3, arbitrary: fc.constant('application/json') }, fc.constantFrom(...contentTypes)),
      headers,
    })
    .map((given) => {
      const filled = places.reduce((text, { name }, i) => text.replace(`{${name}}`, encoded(given.inPath[i])), path)
      const query = given.pairs.map(([name, one]) => `${encoded(name)}=${encoded(one)}`).join('&')
      const hasBody = method !== 'GET' && method !== 'DELETE'
      return {
        method,
        path: query === '' ? filled : `${filled}?${query}`,
        headers: { ...given.headers, ...(hasBody ? { 'content-type': given.type } : {}) },
        body: hasBody ? (given.body ?? '') : undefined,
      }
    })
}

/** Lone surrogates cannot be written in an address. */
const encoded = (value: unknown): string =>
  encodeURIComponent((typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed())

/** Every route of the document that HTTP can ask. */
export const askable = (document: OpenApiDocument): ReturnType<typeof operationsOf> =>
  operationsOf(document).filter(({ operation }) => operation.responses['101'] === undefined)

/** What no answer may tell: stacks, places in the sources and on the disk. */
export const leaks =
  /\bat (?:async )?[\w.<>]+ \(|\.tsx?:\d+|node_modules|\/\$bunfs|\/src\/(?:api|main)\/|SQLITE_|TypeError|RangeError/
