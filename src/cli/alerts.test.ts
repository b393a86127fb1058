import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { testTerminal } from '../../test/terminal.ts'
import { alertExamples } from '../api/alert-answers.ts'
import type { AlertService, AlertsResponse, RulesResponse } from '../api/alert-contract.ts'
import { createApp } from '../api/app.ts'
import type { MonitorService } from '../api/service.ts'
import { runCli } from './main.ts'

const nowMs = 1_767_603_780_000
let dataDir: string
let server: ReturnType<typeof Bun.serve>
let asked: unknown[] = []
let active: AlertsResponse['active']
const [example] = (alertExamples.Alerts as AlertsResponse).active

beforeAll(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'sysmon-alerts-cli-'))
  const answer = (name: keyof typeof alertExamples) => alertExamples[name] as never
  const alerts: Partial<AlertService> = {
    list: () => ({ ...(alertExamples.Alerts as AlertsResponse), active }),
    rules: () => answer('AlertRules') as RulesResponse,
    putRule: (rule) => {
      asked.push(rule)
      return answer('AlertRule')
    },
    testRule: async (rule, range) => {
      asked.push({ rule, ...range })
      return answer('AlertRuleTest')
    },
    silences: () => answer('Silences'),
    addSilence: (body, range) => {
      asked.push({ ...body, ...range })
      return answer('Silence')
    },
    removeSilence: (id) => void asked.push({ removed: id }),
    acknowledge: (id, by, comment) => {
      asked.push({ id, by, comment })
      return answer('Incident')
    },
    deliveries: () => answer('Deliveries'),
    testChannel: async (channel) => ({ channel, isSent: channel === 'ops', durationMs: 7, error: 'nobody listens' }),
  }
  const app = createApp({
    service: { now: () => nowMs } as MonitorService,
    parseTime: Number,
    alerts: async () => alerts as AlertService,
    onInternalError: (error) => {
      throw error
    },
  })
  server = Bun.serve({ unix: path.join(dataDir, 'sysmon.sock'), fetch: app.fetch })
})
afterAll(async () => {
  await server.stop(true)
  rmSync(dataDir, { recursive: true })
})
beforeEach(() => {
  asked = []
  active = example === undefined ? [] : [example]
})

async function run(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const terminal = testTerminal({ nowMs, env: { SYSMON_DATA_DIR: dataDir, NO_COLOR: '1', USER: 'anna' } })
  const code = await runCli(words, terminal)
  return { code, ...terminal.written }
}

describe('sysmon alerts', () => {
  test('shows what is raised, with why', async () => {
    active = active.map((one) => ({
      ...one,
      explanation: { sentence: 'backup wrote', culprits: [{ name: 'backup', pid: 7 }] },
    }))
    const { code, stdout } = await run('alerts')
    expect(code).toBe(0)
    expect(stdout).toMatch(/12 +raised +critical .*\/ is 96.2 % full/)
    expect(stdout).toContain('12: backup wrote [backup (7)]')
    expect((await run('alerts', 'list', '--json')).stdout).toContain('"rule":"filesystem-full"')
  })

  test('says so when nothing is', async () => {
    active = []
    const { stdout, stderr } = await run('alerts')
    expect(stdout).toBe('nothing is raised\n')
    expect(stderr).toContain('9 rules watch 14 values')
  })

  test('lists, makes and tries rules', async () => {
    expect((await run('alerts', 'rules')).stdout).toMatch(
      /root-full +config +warning +1 ok +system.filesystem.utilization/,
    )
    const file = path.join(dataDir, 'rule.yaml')
    writeFileSync(file, '- name: full\n  value: system.filesystem.utilization\n  raise: 90%\n')
    const tried = await run('alerts', 'rules', '--try', file, '--since', '1h')
    expect(tried.stdout).toContain('would have been raised once')
    expect(asked[0]).toMatchObject({ rule: { name: 'full' }, endMs: nowMs, startMs: nowMs - 3_600_000 })
    expect((await run('alerts', 'rules', '--add', file)).stdout).toContain('rule full is watched')
    expect((await run('alerts', 'rules', '--add', `${file}.no`)).stderr).toContain('cannot be read (ENOENT)')
    writeFileSync(file, '- [')
    expect((await run('alerts', 'rules', '--add', file)).stderr).toContain('neither YAML nor JSON')
    expect((await run('alerts', 'rules', '--add', file, '--remove', 'x')).code).toBe(2)
  })

  test('makes silences, once and weekly', async () => {
    await run('alerts', 'silence', '--rule', 'b*', '--label', 'device=sd*', '--for', '2h', '--comment', 'disks')
    expect(asked[0]).toMatchObject({
      matchers: { rule: 'b*', device: 'sd*' },
      comment: 'disks',
      startMs: nowMs,
      endMs: nowMs + 7_200_000,
    })
    await run('alerts', 'silence', '--rule', '*', '--weekly', 'sat,sun 22:00-06:00 Europe/Berlin')
    expect(asked[1]).toMatchObject({
      weekly: { days: ['sat', 'sun'], from: '22:00', until: '06:00', zone: 'Europe/Berlin' },
    })
    expect((await run('alerts', 'silence')).stdout).toContain('rule=backup-*')
    expect((await run('alerts', 'silence', '--for', '2h')).stderr).toContain('of what?')
    expect((await run('alerts', 'silence', '--rule', '*', '--weekly', 'often')).code).toBe(2)
    expect((await run('alerts', 'silence', '--end', '3')).stdout).toBe('silence 3 is over\n')
  })

  test('acknowledges, tests a channel, tells history', async () => {
    expect((await run('alerts', 'ack', '12', '--comment', 'on it')).stdout).toContain('acknowledged: / is 96.2 % full')
    expect(asked[0]).toEqual({ id: '12', by: 'anna', comment: 'on it' })
    expect((await run('alerts', 'ack', 'twelve')).code).toBe(2)
    expect(await run('alerts', 'test', 'ops')).toMatchObject({ code: 0, stdout: 'sent to ops in 7 ms\n' })
    expect(await run('alerts', 'test', 'no')).toMatchObject({ code: 1, stdout: 'not sent to no: nobody listens\n' })
    expect((await run('alerts', 'history')).stdout).toMatch(/12 .* lasts +critical +97.1 % +yes/)
    expect((await run('alerts', 'history', '--deliveries')).stdout).toMatch(/ops +sent +1 +db1: \/ is 96.2 % full/)
  })

  test('a word that is no subcommand is answered with the nearest', async () => {
    expect((await run('alerts', 'rulez')).stderr).toContain("did you mean 'rules'")
  })
})
