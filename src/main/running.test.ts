import { afterEach, describe, expect, spyOn, test } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  type AssembledMachine,
  type AssemblyOptions,
  assembledMachine,
  removeFolder,
  settled,
} from '../../test/assembled-machine.ts'
import { Alerts } from '../alert/manager.ts'
import { Watcher } from '../analyze/anomaly/watcher.ts'
import type { AlertsResponse } from '../api/alert-contract.ts'
import type { AnomaliesResponse } from '../api/anomaly-contract.ts'
import type { CurrentResponse, EventsResponse, HealthResponse, ProcessesResponse } from '../api/contract.ts'
import type { ExplainResponse } from '../api/explain-contract.ts'

const machines: AssembledMachine[] = []
const spies: { mockRestore(): void }[] = []
afterEach(async () => {
  for (const spy of spies.splice(0)) spy.mockRestore()
  for (const machine of machines.splice(0)) {
    await machine.end()
    removeFolder(machine.folder)
  }
})

async function start(options?: AssemblyOptions): Promise<AssembledMachine> {
  const machine = await assembledMachine(options)
  machines.push(machine)
  await machine.running.alerting.begin()
  await settled(async () => (await anomaliesOf(machine)).watch.why !== 'it is being loaded')
  return machine
}
const anomaliesOf = (machine: AssembledMachine) => machine.read<AnomaliesResponse>('/api/v1/anomalies?start=-1m')
const healthOf = (machine: AssembledMachine) => machine.read<HealthResponse>('/health')
const eventsOf = async (machine: AssembledMachine) =>
  (await machine.read<EventsResponse>('/api/v1/events')).events.map(({ kind, message }) => `${kind}: ${message}`)

test('a machine is watched: values, processes, health, events and figures of its own', async () => {
  const machine = await start()
  machine.pass(3)
  const current = await machine.read<CurrentResponse>('/api/v1/metrics/current')
  expect(current.seq).toBe(3)
  expect(current.values.find(({ metric }) => metric === 'system.memory.limit')?.value).toBeGreaterThan(0)
  expect(current.values.find(({ metric }) => metric === 'sysmon.store.size')).toBeDefined()
  const table = await machine.read<ProcessesResponse>('/api/v1/processes?limit=3')
  expect(table.processes).toHaveLength(3)
  expect(table.total).toBe(5)
  const health = await healthOf(machine)
  expect(health).toMatchObject({ status: 'healthy', problems: [], db_connection: 'ok', db_dropped_frames: 0 })
  expect(health.oldest_unix_ms).toBe((health.newest_unix_ms as number) - 3000)
  expect(await eventsOf(machine)).toContain('start: sysmon started')
})

test('what it is asked for the first time is loaded then: explain, export, alerts', async () => {
  const machine = await start()
  machine.pass(30)
  const explained = await machine.read<ExplainResponse>('/api/v1/explain?start=-20s')
  expect(explained.coverage.share).toBeGreaterThan(0.9)
  const csv = await (await machine.ask('/api/v1/export?format=csv&metric=system.memory.limit&start=-10s')).text()
  expect(csv.split('\n').length).toBeGreaterThan(5)
  expect((await machine.read<AlertsResponse>('/api/v1/alerts')).counts.rules).toBeGreaterThan(5)
})

describe('one part fails, and monitoring goes on', () => {
  const went = async (machine: AssembledMachine): Promise<HealthResponse> => {
    machine.pass(5)
    expect((await machine.read<CurrentResponse>('/api/v1/metrics/current')).seq).toBe(5)
    return await healthOf(machine)
  }

  test('alerts throw at a tick', async () => {
    const machine = await start()
    spies.push(
      spyOn(Alerts.prototype, 'tick').mockImplementation(() => {
        throw new Error('a bug of the engine')
      }),
    )
    const { status, problems } = await went(machine)
    expect({ status, problems }).toEqual({ status: 'degraded', problems: ['alerts are off: a bug of the engine'] })
    expect((await machine.ask('/api/v1/alerts')).status).toBe(503)
    expect(machine.log.filter((line) => line.includes('monitoring goes on'))).toHaveLength(1)
  })

  test('the file of the alerts cannot be opened', async () => {
    const machine = await start({ prepare: ({ folder }) => mkdirSync(join(folder, 'alerts.db')) })
    const { status, problems } = await went(machine)
    expect(status).toBe('degraded')
    expect(problems).toEqual([expect.stringContaining('alerts are off')])
  })

  test('the anomaly detector throws', async () => {
    const machine = await start()
    spies.push(
      spyOn(Watcher.prototype, 'look').mockImplementation(() => {
        throw new Error('a bug of the detector')
      }),
    )
    const { problems } = await went(machine)
    expect(problems).toEqual(['anomaly detection is off: it failed (a bug of the detector)'])
    expect((await anomaliesOf(machine)).watch).toMatchObject({ status: 'failed', why: 'a bug of the detector' })
  })

  test('a collector throws', async () => {
    const machine = await start()
    machine.host.fail('proc/meminfo', 'EIO')
    const { collector_status } = await went(machine)
    expect(collector_status.memory?.status).not.toBe('ok')
    expect(collector_status.cpu?.status).toBe('ok')
  })
})

test('nothing is kept of a start that cannot listen, and the error is the one of the socket', async () => {
  const machine = await start()
  const second = assembledMachine({ folder: machine.folder, startMs: machine.clock.wallMs() })
  await expect(second).rejects.toThrow()
  expect((await healthOf(machine)).status).toBe('healthy')
})

test('a stop is told in the record; who starts anew knows that the end was clean, and goes on counting', async () => {
  const before = await assembledMachine()
  before.pass(4)
  expect(await before.end()).toBe(0)
  const machine = await start({ folder: before.folder, startMs: before.clock.wallMs() + 10_000 })
  machine.pass(2)
  const events = await eventsOf(machine)
  expect(events).toContain('stop: sysmon stopped')
  expect(events.filter((text) => text.startsWith('start: '))).toHaveLength(2)
  expect(events.some((text) => text.startsWith('unclean'))).toBe(false)
  expect((await machine.read<CurrentResponse>('/api/v1/metrics/current')).seq).toBe(7)
})
