import { expect, test } from 'bun:test'
import type { AlertDto } from '../../api/alert-contract.ts'
import { parseLabels, raisedOf, sayLabels, sayLevel, sayRule, unheededOf } from './alerts.ts'

const alert = (more: Partial<AlertDto> = {}): AlertDto => ({
  id: '1',
  rule: 'filesystem-full',
  severity: 'critical',
  state: 'raised',
  labels: { mountpoint: '/', role: 'local' },
  summary: '/ is 97 % full',
  value: 0.97,
  unit: '1',
  raiseLevel: 0.95,
  clearLevel: 0.93,
  direction: 'above',
  sinceUnixMs: 0,
  isFlapping: false,
  silencedBy: [],
  ...more,
})

test('what is on its way back still lasts; what waits or has no data does not yet', () => {
  const all = (['raised', 'clearing', 'pending', 'no_data'] as const).map((state) => alert({ state }))
  expect(raisedOf(all).map(({ state }) => state)).toEqual(['raised', 'clearing'])
})

test('who has said that he is at it, or does not want to know, is not told again', () => {
  const acknowledged = { by: 'anna', unixMs: 1, comment: '' }
  const all = [
    alert({ acknowledged }),
    alert({ silencedBy: ['3'] }),
    alert({ severity: 'warning' }),
    alert({ id: '9' }),
  ]
  expect(unheededOf(all, 'critical').map(({ id }) => id)).toEqual(['9'])
})

test('the value beside its levels; a comparison has none', () => {
  expect(sayLevel(alert())).toBe('97 % now; raised at 95 %, over at 93 %')
  expect(sayLevel(alert({ direction: 'below', value: 0.02, raiseLevel: 0.05, clearLevel: 0.1 }))).toBe(
    '2.0 % now; raised below 5.0 %, over at 10 %',
  )
  expect(sayLevel(alert({ value: 1, raiseLevel: 1, clearLevel: 0 }))).toBe('The condition holds')
  expect(sayLevel(alert({ value: null, state: 'no_data' }))).toBe('The value is not known now')
})

test('a rule in its own words', () => {
  expect(sayRule({ name: 'a', value: 'x.y', raise: '90%', for: '5m', labels: { device: 'sda' } })).toBe(
    'x.y at 90%, for 5m, device sda',
  )
  expect(sayRule({ name: 'a', value: 'x.y', raise: 'below 10%' })).toBe('x.y below 10%')
  expect(sayRule({ name: 'a', value: 'x.y', runs_out_within: '1d' })).toBe('x.y runs out within 1d')
  expect(sayLabels({ role: 'physical' })).toBe('')
})

test('labels as they are written', () => {
  expect(parseLabels('device=sd*, role = physical')).toEqual({ device: 'sd*', role: 'physical' })
  expect(parseLabels('')).toEqual({})
  expect(parseLabels('device')).toBeUndefined()
})
