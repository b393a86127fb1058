import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { createElement, type FunctionComponent } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { buttonsOf, labelsOf, openPaperWindow, wordsOf } from '../../../test/paper-window.ts'
import type {
  AlertDto,
  AlertsResponse,
  DeliveriesResponse,
  RulesResponse,
  RuleTestResponse,
  SilencesResponse,
} from '../../api/alert-contract.ts'
import { answerExamples } from '../../api/openapi/examples.ts'
import { defaultPlace } from '../state/place.ts'

const paper = openPaperWindow('/alerts')
const { alerts } = await import('../data/alerts.ts')
const { me } = await import('../data/me.ts')
const { place } = await import('../data/place-store.ts')
const { ActiveAlert, HistoryList, WatchedList } = await import('./alert-items.tsx')
const { RuleForm, Tried } = await import('./alert-rule-form.tsx')
const { RuleRow, Rules } = await import('./alert-rules.tsx')
const { Deliveries, DeliveryList, SilenceForm, SilenceList, Silences } = await import('./alert-sending.tsx')
const { Alerts } = await import('./alerts.tsx')
afterAll(() => paper.close())
beforeEach(() => {
  place.set(defaultPlace)
  alerts.set(undefined)
  me.set(undefined)
})

const nothing = (): void => undefined
const draw = <Props extends object>(part: FunctionComponent<Props>, props: Props): string =>
  renderToStaticMarkup(createElement(part, props))
const words = <Props extends object>(part: FunctionComponent<Props>, props: Props): string => wordsOf(draw(part, props))

const state = answerExamples.Alerts as AlertsResponse
const [first] = state.active as [AlertDto]
const [rule] = (answerExamples.AlertRules as RulesResponse).rules
const { silences } = answerExamples.Silences as SilencesResponse
const { deliveries } = answerExamples.Deliveries as DeliveriesResponse
const admin = answerExamples.LoggedIn as NonNullable<ReturnType<typeof me.get>>

describe('the page', () => {
  test('while nobody has answered it says that it asks', () => {
    expect(words(Alerts, {})).toContain('Asking for the alerts…')
    expect(labelsOf(draw(Alerts, {}), 'aria-busy')).toEqual(['true'])
  })

  test('an alert that lasts, and what an admin can do with it', () => {
    alerts.set(state)
    me.set(admin)
    const page = draw(Alerts, {})
    expect(wordsOf(page)).toContain('filesystem-full mountpoint / critical')
    expect(wordsOf(page)).toContain('/ is 96.2 % full')
    expect(wordsOf(page)).toContain('raised at 95 %, over at 93 %')
    expect(buttonsOf(page)).toEqual(expect.arrayContaining(['Explain', 'Acknowledge…', 'Silence…']))
  })

  test('V4: a viewer sees the same and is told who may change it', () => {
    alerts.set(state)
    me.set({ ...admin, role: 'viewer' })
    const page = draw(Alerts, {})
    expect(wordsOf(page)).toContain('You are a viewer: admins acknowledge, silence and change rules.')
    expect(wordsOf(page)).toContain('/ is 96.2 % full')
    expect(buttonsOf(page)).not.toContain('Acknowledge…')
    expect(buttonsOf(page)).not.toContain('Silence…')
  })

  test('when none is active it says how much is watched', () => {
    alerts.set({ ...state, active: [], counts: { ...state.counts, raised: 0, pending: 2 } })
    expect(words(Alerts, {})).toContain('No alert is active 9 rules watch 14 values. 2 may become one.')
    alerts.set({ ...state, active: [], counts: { ...state.counts, rules: 0 } })
    expect(words(Alerts, {})).toContain('There are no rules.')
  })

  test('its parts have addresses', () => {
    const current = (part: string): string => {
      place.set({ ...defaultPlace, page: 'alerts', part })
      return labelsOf(draw(Alerts, {})).join(' ')
    }
    expect(current('silences')).toContain('Silences')
    expect(current('deliveries')).toContain('Deliveries')
    expect(current('rules')).toContain('Rules')
    expect(current('nonsense')).toContain('Alerts')
  })
})

describe('one alert', () => {
  const one = (more: Partial<AlertDto>): string =>
    words(ActiveAlert, { alert: { ...first, ...more }, isAdmin: true, by: 'ann', changed: nothing })

  test('how it stands is in words', () => {
    expect(one({ state: 'clearing' })).toContain('on its way back')
    expect(one({ isFlapping: true })).toContain('comes and goes')
    expect(one({ silencedBy: ['3'] })).toContain('silenced')
  })

  test('who is at it, and what the analyzer said', () => {
    const text = one({
      acknowledged: { by: 'user:ann', unixMs: first.sinceUnixMs, comment: 'more space is ordered' },
      explanation: { sentence: 'pg_dump wrote 4.1 GiB.', culprits: [{ name: 'pg_dump', pid: 812, share: '94 %' }] },
    })
    expect(text).toMatch(/Acknowledged by user:ann at .*: more space is ordered/)
    expect(text).toContain('pg_dump wrote 4.1 GiB. pg_dump 94 %')
  })

  test('R12: what a label is called stays text', () => {
    const drawn = draw(ActiveAlert, {
      alert: { ...first, labels: { mountpoint: '/<script>alert(1)</script>' } },
      isAdmin: false,
      by: '',
      changed: nothing,
    })
    expect(drawn).not.toContain('<script')
    expect(wordsOf(drawn)).toContain('<script>alert(1)</script>')
  })
})

test('what may become an alert is apart from what has no data', () => {
  const pending: AlertDto = { ...first, state: 'pending', value: 0.95 }
  const unknown: AlertDto = { ...first, rule: 'fan-stopped', state: 'no_data', value: null }
  const list = words(WatchedList, { alerts: [pending, unknown] })
  expect(list).toStartWith('May become alerts')
  expect(list).toContain('1 have no data')
  expect(list).toContain('fan-stopped')
  expect(words(WatchedList, { alerts: [] })).toBe('')
})

test('what was: how bad, how long, who knew', () => {
  const [incident] = state.history
  const over = { ...(incident as NonNullable<typeof incident>), clearedUnixMs: first.sinceUnixMs + 300_000 }
  expect(words(HistoryList, { history: [over] })).toContain('/ is 96.2 % full filesystem-full · at worst 97 %')
  const told = { ...over, isNotified: false, acknowledged: { by: 'ann', unixMs: 1, comment: 'known' } }
  expect(words(HistoryList, { history: [told] })).toContain('acknowledged: known · nobody was told')
  expect(words(HistoryList, { history: [] })).toContain('Nothing was raised and is over.')
})

describe('rules', () => {
  const one = rule as NonNullable<typeof rule>
  const row = (more: Partial<typeof one>, isAdmin = true): string =>
    draw(RuleRow, { one: { ...one, ...more }, isAdmin, edit: nothing, act: nothing })

  test('each in words, with where it is from and what it says now', () => {
    expect(wordsOf(row({}))).toBe(
      'root-full warning, config file system.filesystem.utilization at 90%, for 5m, mountpoint / 1 ok',
    )
    expect(wordsOf(row({ reason: 'it was asked for' }))).toContain('it was asked for')
  })

  test('those of the config file are changed there; those made here by admins alone', () => {
    expect(buttonsOf(row({}))).toEqual([])
    expect(buttonsOf(row({ from: 'api' }))).toEqual(['Edit', 'Remove'])
    expect(buttonsOf(row({ from: 'built_in' }))).toEqual(['Edit'])
    expect(buttonsOf(row({ from: 'api' }, false))).toEqual([])
    expect(labelsOf(row({ rule: { ...one.rule, enabled: false } }), 'aria-checked')).toEqual(['false'])
  })

  test('only admins are offered to make one', () => {
    expect(buttonsOf(draw(Rules, { isAdmin: true }))).toEqual(['New rule…'])
    expect(buttonsOf(draw(Rules, { isAdmin: false }))).toEqual([])
  })

  test('the form holds what the rule says; its name stays', () => {
    const form = draw(RuleForm, { rule: one.rule, close: nothing, saved: nothing })
    expect(labelsOf(form, 'value')).toEqual(
      expect.arrayContaining(['root-full', 'system.filesystem.utilization', '90%', '5m', 'mountpoint=/']),
    )
    expect(form).toContain('readOnly=""')
    expect(wordsOf(form)).toContain('Trying it on the last day…')
    const empty = draw(RuleForm, { rule: undefined, close: nothing, saved: nothing })
    expect(empty).not.toContain('readOnly=""')
  })

  test('what it would have done in the last day', () => {
    const answer = answerExamples.AlertRuleTest as RuleTestResponse
    expect(words(Tried, { answer })).toStartWith('Would have been raised once in the last day (1 series watched)')
    expect(words(Tried, { answer: { ...answer, raised: 0, times: [] } })).toContain('raised never')
    expect(words(Tried, { answer: { ...answer, raised: 7 } })).toContain('raised 7 times')
  })
})

describe('silences', () => {
  test('when, what and why', () => {
    expect(words(SilenceList, { silences })).toContain('mon, tue 22:00 to 06:00 (Europe/Berlin) · nightly backup')
    const [one] = silences.map(({ weekly: _, ...rest }) => ({ ...rest, isActive: true, comment: '' }))
    const list = [one as NonNullable<typeof one>]
    expect(words(SilenceList, { silences: list })).toContain('until it is ended')
    expect(words(SilenceList, { silences: list })).toStartWith('Silent')
    expect(words(SilenceList, { silences: [] })).toBe('Nothing is silenced.')
  })

  test('only who may end one has a button for it', () => {
    expect(buttonsOf(draw(SilenceList, { silences }))).toEqual([])
    expect(buttonsOf(draw(SilenceList, { silences, end: nothing }))).toEqual(['End'])
    expect(buttonsOf(draw(Silences, { isAdmin: false }))).toEqual([])
    expect(buttonsOf(draw(Silences, { isAdmin: true }))).toEqual(['Silence'])
  })

  test('that of an alert asks for no labels', () => {
    expect(words(SilenceForm, { done: nothing })).toContain('Labels')
    expect(words(SilenceForm, { done: nothing, matchers: { rule: 'x' } })).not.toContain('Labels')
  })
})

describe('deliveries', () => {
  const [sent] = deliveries as [(typeof deliveries)[number]]
  test('what was sent where, what waits and why', () => {
    expect(words(DeliveryList, { deliveries })).toStartWith('Sent db1: / is 96.2 % full to ops, 1 attempt')
    const waiting = {
      ...sent,
      status: 'waiting',
      attempts: 3,
      nextUnixMs: 1_767_603_900_000,
      error: 'no route',
    } as const
    expect(words(DeliveryList, { deliveries: [waiting] })).toMatch(/^Waits .* to ops, 3 attempts no route again \d{4}-/)
    expect(words(DeliveryList, { deliveries: [{ ...sent, status: 'given_up' }] })).toStartWith('Given up')
  })

  test('none yet: where channels are named', () => {
    expect(words(DeliveryList, { deliveries: [] })).toContain('Channels are named in the config file, under alerts.')
    expect(words(Deliveries, {})).toBe('Deliveries')
  })
})
