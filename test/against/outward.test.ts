import { afterEach, describe, expect, test } from 'bun:test'
import { exposedName } from '../../src/api/exposition/names.ts'
import { metricDef } from '../../src/catalogue/catalogue.ts'
import type { OutwardTarget } from '../../src/config/outward.ts'
import type { OutwardName } from '../../src/config/outward-names.ts'
import { createOutward, type Outward } from '../../src/outward/outward.ts'
import { type PipelineMachine, pipelineMachine } from '../pipeline-machine.ts'
import { requireTool } from '../tools.ts'
import { labelsText, queried, type Receiver, startPrometheusReceiver, startVictoriaMetrics } from './receivers.ts'

/** What is sent, asked back from real receivers: every series, every value. */
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const nobody: OutwardTarget = {
  url: undefined,
  intervalMs: 1000,
  username: undefined,
  password: undefined,
  token: undefined,
  headers: {},
  caFile: undefined,
  queue: 240,
}

/** A machine of which each tick is sent; receivers take no times of long ago. */
async function sending(name: OutwardName, url: string): Promise<{ machine: PipelineMachine; outward: Outward }> {
  const machine = await pipelineMachine(Math.floor(Date.now() / 1000) * 1000 - 60_000)
  closing.push(() => machine.close())
  const targets = { otlp: nobody, remote_write: nobody, influx: nobody, [name]: { ...nobody, url } }
  const failures: (string | undefined)[] = []
  const outward = await createOutward({
    targets,
    clock: machine.clock,
    ring: machine.sources.ring,
    sender: {
      series: () => machine.series.all(),
      host: { hostName: 'db1', os: 'linux', osName: 'Debian', kernel: '6', architecture: 'x64', bootId: 'b' },
      version: '1',
      bootUnixMs: machine.clock.wallMs() - 3_600_000,
      startUnixMs: machine.clock.wallMs(),
    },
    onChange: (_, __, why) => failures.push(why),
  })
  closing.push(() => outward.close())
  for (let i = 0; i < 30; i++) {
    machine.tick()
    outward.onTick()
  }
  for (;;) {
    const figures = outward.figures()[name]
    if (failures.length > 0) throw new Error(`${failures}`)
    if (figures?.waiting === 0) break
    await Bun.sleep(10)
  }
  expect(outward.figures()[name]).toMatchObject({ dropped: 0, failed: 0 })
  return { machine, outward }
}

/** Values of a metric at the last tick, by labels as they are out there. */
function ownValues({ sources, series }: PipelineMachine, metric: string): Map<string, number> {
  const { ring } = sources
  const found = new Map<string, number>()
  for (const one of series.all()) {
    const value = ring.valueAt(one.id, ring.length - 1)
    if (one.metric !== metric || Number.isNaN(value)) continue
    found.set(
      labelsText(Object.fromEntries(Object.entries(one.labels).map(([k, v]) => [k.replaceAll('.', '_'), v]))),
      value,
    )
  }
  return found
}

async function expectAll(machine: PipelineMachine, receiver: Receiver, nameOf: (metric: string) => string) {
  const { address } = receiver
  await receiver.settled()
  const lastMs = machine.sources.ring.unixMsAt(machine.sources.ring.length - 1)
  const metrics = new Set(machine.series.all().map(({ metric }) => metric))
  let values = 0
  for (const metric of metrics) {
    const own = ownValues(machine, metric)
    const ask = () => queried(address, nameOf(metric), lastMs)
    let found = await ask()
    for (let i = 0; i < 200 && found.size < own.size; i++) {
      await Bun.sleep(50)
      found = await ask()
    }
    expect([metric, [...found].sort()]).toEqual([metric, [...own].sort()])
    values += own.size
  }
  expect(values).toBeGreaterThan(100)
}

const prometheusName = (metric: string): string => {
  const { sample } = exposedName(metric, metricDef(metric as never))
  return sample
}

describe.skipIf(!requireTool('prometheus'))('Prometheus', () => {
  test('takes remote write, and has every value', async () => {
    const receiver = await startPrometheusReceiver()
    closing.push(() => receiver.stop())
    const { machine } = await sending('remote_write', `${receiver.address}/api/v1/write`)
    await expectAll(machine, receiver, prometheusName)
  }, 60_000)
})

describe.skipIf(!requireTool('victoria-metrics'))('VictoriaMetrics', () => {
  test('takes remote write, and has every value', async () => {
    const receiver = await startVictoriaMetrics()
    closing.push(() => receiver.stop())
    const { machine } = await sending('remote_write', `${receiver.address}/api/v1/write`)
    await expectAll(machine, receiver, prometheusName)
  }, 60_000)

  test('takes Influx lines, and has every value', async () => {
    const receiver = await startVictoriaMetrics()
    closing.push(() => receiver.stop())
    const { machine } = await sending('influx', `${receiver.address}/api/v2/write?precision=ms`)
    await expectAll(machine, receiver, (metric) => `{__name__="${metric}_value"}`)
  }, 60_000)
})
