import { describe, expect, test } from 'bun:test'
import { ApiError } from '../problems.ts'
import { jsonEncoding } from './encoding.ts'
import { checkSubscription, type Subscription } from './subscription.ts'

const parseSubscription = (text: string): Subscription => checkSubscription(jsonEncoding.read(text))

const parsed = (message: Record<string, unknown>) =>
  parseSubscription(JSON.stringify({ type: 'subscribe', ...message }))

function refusal(text: string): { readonly code: string; readonly message: string } {
  try {
    parseSubscription(text)
  } catch (error) {
    if (error instanceof ApiError) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error(`${text} was taken`)
}
const refused = (message: Record<string, unknown>) => refusal(JSON.stringify({ type: 'subscribe', ...message }))

test('without metrics it is all, and all is the same as everything', () => {
  expect(parsed({}).key).toBe('*')
  expect(parsed({ metrics: ['system.cpu.time', '*'] }).key).toBe('*')
  expect(parsed({}).wants('system.cpu.time')).toBe(true)
})

test('with an empty list it is none', () => {
  const { key, wants } = parsed({ metrics: [] })
  expect(key).toBe('')
  expect(wants('system.cpu.time')).toBe(false)
})

test.each([
  [['system.memory.usage', 'system.cpu.time'], 'system.cpu.time,system.memory.usage'],
  [['system.cpu.time', 'system.cpu.time'], 'system.cpu.time'],
  [['system.cpu.*', 'system.cpu.time', 'system.cpu.t*'], 'system.cpu.*'],
  [['system.cpu.*', 'system.cpu.*'], 'system.cpu.*'],
])('%p is %p', (metrics, key) => {
  expect(parsed({ metrics }).key).toBe(key)
})

test('only what was asked for is wanted', () => {
  const { wants } = parsed({ metrics: ['system.cpu.*', 'system.memory.usage'] })
  const names = ['system.cpu.time', 'system.memory.usage', 'system.memory.utilization', 'system.disk.io']
  expect(names.filter(wants)).toEqual(['system.cpu.time', 'system.memory.usage'])
})

test('tables of the same limit and order are the same table', () => {
  const key = (processes: Record<string, unknown>) => parsed({ processes }).table?.key
  expect(key({ sort: 'cpu', limit: 3 })).toBe(key({ limit: 3, sort: 'cpu' }) as string)
  const keys = [{}, { limit: 0 }, { limit: 3 }, { sort: 'cpu' }, { sort: '-cpu' }].map(key)
  expect(new Set(keys).size).toBe(keys.length)
  expect(parsed({}).table).toBeUndefined()
})

describe('refused', () => {
  test('with the nearest right name', () => {
    expect(refused({ metrics: ['system.cpu.tim'] }).message).toEndWith('did you mean "system.cpu.time"?')
    expect(refused({ metrics: ['sytsem.cpu.*'] })).toEqual({
      code: 'unknown_metric',
      message: 'no metric begins with "sytsem.cpu."; did you mean "system.cpu.*"?',
    })
    expect(refused({ processes: { sort: 'cpo' } }).message).toEndWith('did you mean "cpu"?')
  })

  test.each([
    ['{', 'the message is not valid JSON'],
    ['{"type":"unsubscribe"}', 'type: the only message that a client may send is "subscribe"'],
    ['{"type":"subscribe","metrics":"cpu"}', 'metrics: a list of names is needed'],
    ['{"type":"subscribe","since":-1}', 'since: at least 0'],
    ['{"type":"subscribe","since":1e300}', 'since: too large for a sequence number'],
    ['{"type":"subscribe","since":1.5}', 'since: a whole number is needed'],
    ['{"type":"subscribe","processes":{"limit":"3"}}', 'processes.limit: a number is needed'],
  ])('%s', (text, message) => {
    expect(refusal(text)).toEqual({ code: 'invalid_request', message })
  })

  test.each(['[]', 'null', '1', '{}'])('%s', (text) => {
    expect(refusal(text).code).toBe('invalid_request')
  })

  test('what is not known, by name; what is too long; too many', () => {
    expect(refused({ metric: ['system.cpu.time'] }).message).toContain('metric')
    expect(refused({ metrics: ['x'.repeat(129)] }).message).toBe('metrics.0: too long for a name')
    expect(refused({ metrics: Array(257).fill('system.cpu.time') }).message).toStartWith('metrics: at most 256 names')
  })
})
