import { describe, expect, test } from 'bun:test'
import * as v from 'valibot'
import { channelSchema } from './channel.ts'
import { type Rule, ruleSchema } from './rule.ts'

const read = (rule: object) => v.safeParse(ruleSchema, rule)
const rule = (more: object): Rule => {
  const result = read({ name: 'r', value: 'system.cpu.utilization', ...more })
  if (!result.success) throw new Error(result.issues[0].message)
  return result.output
}
const mistake = (more: object): string => {
  const result = read({ name: 'r', value: 'system.cpu.utilization', ...more })
  if (result.success) throw new Error('it was taken')
  const [issue] = result.issues
  return `${issue.path?.map(({ key }) => String(key)).join('.')}: ${issue.message}`
}

describe('levels', () => {
  test('take the unit of the value', () => {
    expect(rule({ raise: '90%' })).toMatchObject({ raiseLevel: 0.9, direction: 'above' })
    expect(rule({ raise: 0.9 }).raiseLevel).toBe(0.9)
    expect(rule({ value: 'system.linux.memory.available', raise: 'below 2GiB' })).toMatchObject({
      raiseLevel: 2 * 1024 ** 3,
      direction: 'below',
    })
    expect(rule({ value: 'system.disk.latency', raise: '50ms' }).raiseLevel).toBe(0.05)
    expect(mistake({ raise: '2GiB' })).toContain('raise: "2GiB" does not fit: the value is a share')
    expect(mistake({ raise: 90 })).toContain('Did you mean 90%?')
    expect(mistake({ value: 'system.disk.latency', raise: '5 apples' })).toContain('is no amount')
  })

  test('A1 clear lies apart from raise, given or not', () => {
    expect(rule({ raise: '90%' }).clearLevel).toBeCloseTo(0.855)
    expect(rule({ raise: 'below 10%' }).clearLevel).toBeCloseTo(0.105)
    expect(rule({ raise: '90%', clear: '80%' }).clearLevel).toBe(0.8)
    expect(mistake({ raise: '80%', clear: '90%' })).toContain('clear: 90% must lie below raise (80%)')
    expect(mistake({ raise: '80%', clear: '80%' })).toContain('would flap')
    expect(mistake({ raise: 'below 10%', clear: '5%' })).toContain('must lie above raise')
    expect(mistake({ raise: '80%', clear: 'above 70%' })).toContain('other side')
  })

  test('negative levels keep their distance on the right side', () => {
    const cold = rule({ value: 'hw.temperature', raise: 'below -10C' })
    expect(cold.clearLevel).toBeGreaterThan(cold.raiseLevel)
    const hot = rule({ value: 'hw.temperature', raise: '-10C' })
    expect(hot.clearLevel).toBeLessThan(hot.raiseLevel)
  })
})

test('a rule says a limit, once', () => {
  expect(mistake({})).toContain('says no limit')
  expect(mistake({ value: 'system.cpu.utilization > 90%', raise: '90%' })).toContain('comparison already')
  expect(mistake({ raise: '90%', runs_out_within: '4h' })).toContain('either')
  expect(rule({ value: 'system.filesystem.utilization', runs_out_within: '4h' })).toMatchObject({
    isForecast: true,
    raiseLevel: 14_400,
    direction: 'below',
  })
})

test('keys, durations, labels and holes that do not exist are named', () => {
  expect(mistake({ raise: '90%', serverity: 'info' })).toContain(
    'serverity: there is no such key. Did you mean "severity"',
  )
  expect(mistake({ raise: '90%', severity: 'warn' })).toContain('Did you mean "warning"')
  expect(mistake({ raise: '90%', for: '5 min' })).toContain('for: "5 min" is no duration')
  expect(mistake({ value: 'system.disk.utilization', labels: { devise: 'sda' }, raise: '90%' })).toContain(
    'labels: there is no label "devise"',
  )
  expect(mistake({ raise: '90%', summary: '{{constructor}}' })).toContain('there is no {{constructor}}')
  expect(mistake({ name: 'a b', raise: '90%' })).toContain('is no name')
})

describe('channels', () => {
  const channel = (one: object): string => {
    const result = v.safeParse(channelSchema, one)
    return result.success ? 'taken' : result.issues[0].message
  }
  test('say what is missing or unsafe', () => {
    const mail = { name: 'm', type: 'email', host: 'mail.example.org', from: 'a@b.org', to: ['c@d.org'] }
    expect(channel(mail)).toBe('taken')
    expect(channel({ ...mail, from: 'Sysmon <a@b.org>' })).toBe('taken')
    expect(channel({ ...mail, from: 'a@b.org\r\nBcc: x@y.org' })).toContain('control')
    expect(channel({ ...mail, user: 'u' })).toContain('password')
    expect(channel({ ...mail, user: 'u', password_file: '/p', security: 'none' })).toContain('everybody')
    expect(channel({ ...mail, pasword_file: '/p' })).toContain('Did you mean "password_file"')
    expect(channel({ name: 'w', type: 'webhook' })).toContain('url')
    expect(channel({ name: 'w', type: 'webhook', url: 'ftp://x/' })).toContain('address')
    expect(channel({ name: 'w', type: 'webhook', preset: 'slack', url: 'https://hooks.example/x' })).toContain('secret')
    expect(channel({ name: 'w', type: 'webhook', preset: 'pagerduty' })).toContain('token_file')
    expect(channel({ name: 'w', type: 'sms' })).toContain('there are email, webhook, log')
  })
})
