import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { wholeHourMs } from '../../test/conformance/recording.ts'
import {
  busyShare,
  type PipelineMachine,
  pipelineMachine,
  processCpu,
  receivedPerSecond,
} from '../../test/pipeline-machine.ts'
import { FrameDecoder } from '../frame/codec.ts'
import { currentTick } from '../query/current.ts'
import { history } from '../query/history.ts'
import { StoreError } from '../store/store.ts'

let machine: PipelineMachine
beforeEach(async () => {
  machine = await pipelineMachine()
})
afterEach(() => machine.close())

const ticks = (count: number): void => {
  for (let i = 0; i < count; i++) machine.tick()
}
/** Values now, by metric: of the CPUs together and of eth0's receiving side. */
function rates(): { cpu: number | undefined; received: number | undefined } {
  const { values } = currentTick(machine.sources, ['system.cpu.utilization', 'system.network.io'])
  const of = (metric: string, labels: Record<string, string>): number | undefined =>
    values.find((one) => one.metric === metric && Bun.deepMatch(labels, one.labels))?.value
  return {
    cpu: of('system.cpu.utilization', {}),
    received: of('system.network.io', { device: 'eth0', direction: 'receive' }),
  }
}
const slotOf = (pid: number): number => {
  const { table } = machine.live
  return Array.from({ length: table.slots }, (_, slot) => slot).find((slot) => table.number('pid', slot) === pid) ?? -1
}
const cpuOf = (pid: number): number => {
  const { table } = machine.live
  return table.rate('cpuUserSeconds', slotOf(pid)) + table.rate('cpuSystemSeconds', slotOf(pid))
}
const gaps = (): string[] => machine.frames.map(({ gap }) => gap)
const kinds = (): string[] => machine.events.map(({ kind }) => kind)

const usual = { cpu: busyShare, received: receivedPerSecond }
function expectUsual(): void {
  const { cpu, received } = rates()
  expect(cpu).toBeCloseTo(usual.cpu, 2)
  expect(received).toBeCloseTo(usual.received, 0)
}

describe('a tick', () => {
  test('C15: the first has no rates and says that it is the first', () => {
    machine.tick()
    expect(rates()).toEqual({ cpu: undefined, received: undefined })
    expect(machine.frames[0]).toMatchObject({ seq: 0, elapsedMs: 0, gap: 'start', isKey: true })
    expect(cpuOf(300)).toBeNaN()
    ticks(1)
    expectUsual()
    expect(cpuOf(300)).toBeCloseTo(processCpu, 2)
  })

  test('what is stored is what is shown', () => {
    ticks(5)
    const decoder = new FrameDecoder()
    machine.ticks.forEach((stored, i) => {
      const shown = machine.frames[i]
      expect(stored).toMatchObject({ seq: i, unixMs: shown?.unixMs as number, gap: shown?.gap as never })
      const { seq, ids, values } = decoder.decode(stored.frame)
      expect({ seq, ids, values }).toEqual({ seq: i, ids: shown?.ids as never, values: shown?.values as never })
    })
    expect(machine.ticks).toHaveLength(5)
  })

  test('each block of five minutes begins with a key frame, and nothing else does', () => {
    ticks(600)
    const keys = machine.frames.filter(({ isKey }) => isKey).map(({ unixMs }) => (unixMs - wholeHourMs) / 1000)
    expect(keys).toEqual([91, 300, 600])
    expect(machine.frames.every(({ isKey, ids }) => !isKey || ids.length > 50)).toBe(true)
  })

  test('a key frame that is asked for comes once, with every series', () => {
    ticks(3)
    machine.pipeline.requestKey()
    ticks(2)
    expect(machine.frames.map(({ isKey }) => isKey)).toEqual([true, false, false, true, false])
    expect(machine.frames[3]?.ids.length).toBeGreaterThanOrEqual(machine.frames[0]?.ids.length as number)
  })

  test('a restart goes on with the numbers of the record', async () => {
    ticks(3)
    await machine.restart()
    ticks(2)
    expect(machine.frames.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4])
    expect(gaps()).toEqual(['start', 'none', 'none', 'start', 'none'])
    expectUsual()
  })
})

describe('a keep that fails', () => {
  test('Q6: the tick is shown all the same, and the next comes', () => {
    ticks(2)
    machine.failure = new Error('a bug of the store')
    ticks(2)
    expectUsual()
    expect(machine.frames.map(({ seq }) => seq)).toEqual([0, 1, 2, 3])
    expect(machine.ticks.map(({ seq }) => seq)).toEqual([0, 1])
    expect(machine.errors.map(({ what }) => what)).toEqual([
      'the tick could not be stored',
      'the tick could not be stored',
    ])
  })

  test('what follows stands alone, so that the record can be read', async () => {
    ticks(2)
    machine.failure = new Error('a bug of the store')
    ticks(1)
    machine.failure = undefined
    ticks(3)
    expect(machine.ticks.map(({ seq, isKey }) => [seq, isKey])).toEqual([
      [0, true],
      [1, false],
      [3, true],
      [4, false],
      [5, false],
    ])
    const range = { startMs: machine.clock.wallMs() - 2000, endMs: machine.clock.wallMs() }
    const { series } = await history(machine.sources, {
      metric: 'system.network.io',
      labels: { device: 'eth0' },
      range,
    })
    const received = series.find(({ labels }) => labels.direction === 'receive')
    expect(received?.avg.at(-1)).toBeCloseTo(receivedPerSecond, 0)
  })

  test('a series that appeared in the lost tick is kept with the next one', async () => {
    ticks(2)
    machine.failure = new StoreError('io', 'disk I/O error')
    const line =
      '  eth9:  4711    1    0    0    0     0          0         0        0       0    0    0    0     0       0          0\n'
    for (const name of ['proc/1/net/dev', 'proc/net/dev']) {
      const text = machine.host.readText(`${machine.host.procfs}/${name.slice(5)}`)
      machine.host.put(name, text + line)
    }
    ticks(1)
    const isNew = ({ labels }: { labels: Readonly<Record<string, string>> }): boolean => labels.device === 'eth9'
    expect(machine.series.all().some(isNew)).toBe(true)
    machine.failure = undefined
    ticks(1)
    expect(machine.ticks.at(-1)?.newSeries.some(isNew)).toBe(true)
    expect((await machine.store.series()).some((one) => one !== undefined && isNew(one))).toBe(true)
    ticks(1)
    expect(machine.ticks.at(-1)?.newSeries).toEqual([])
  })
})

describe('the clocks', () => {
  test.each([
    ['back', -7_200_000],
    ['forward', 7_200_000],
  ])(
    'T1, T5: a wall clock set %s two hours is one event, no spike, no negative rate and no lost tick',
    async (way, stepMs) => {
      ticks(5)
      machine.clock.stepWall(stepMs)
      ticks(1)
      const { elapsedMs, gap, isKey } = machine.frames.at(-1) as (typeof machine.frames)[number]
      expect({ elapsedMs, gap, isKey }).toEqual({ elapsedMs: 1000, gap: 'clock_step', isKey: true })
      expectUsual()
      expect(cpuOf(300)).toBeCloseTo(processCpu, 2)
      ticks(4)
      expectUsual()
      expect(machine.events).toEqual([
        {
          kind: 'clock_step',
          severity: 'warning',
          message: `the clock was set ${way} by 7200 s`,
          data: { seconds: stepMs / 1000 },
        },
      ])
      expect(machine.errors).toEqual([])
      expect(machine.frames.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      const all = { startMs: 0, endMs: machine.clock.wallMs() + 8_000_000 }
      const id = machine.series
        .all()
        .find(({ metric, labels }) => metric === 'system.network.io' && labels.device === 'eth0')?.id
      const { unixMs } = await machine.store.readSamples([id as number], all)
      expect(unixMs).toHaveLength(10)
    },
  )

  test('T1, T5: what is asked of the time around a step back has every rate as it was', async () => {
    ticks(5)
    machine.clock.stepWall(-3000)
    ticks(8)
    const range = { startMs: wholeHourMs, endMs: machine.clock.wallMs() }
    for (const metric of ['system.cpu.utilization', 'system.network.io']) {
      const { series } = await history(machine.sources, { metric, labels: {}, range, resolution: '1s' })
      const values = series.flatMap(({ avg, labels }) =>
        labels.device === 'eth0' || metric.includes('cpu') ? avg : [],
      )
      const known = values.filter((value) => value !== null)
      expect(known.length).toBeGreaterThanOrEqual(8)
      for (const value of known) {
        expect(value).toBeGreaterThanOrEqual(0)
        expect(value).toBeLessThanOrEqual(metric.includes('cpu') ? busyShare * 1.05 : receivedPerSecond * 1.05)
      }
    }
  })

  test('T2: after a suspend rates are over the true time, sleep included', () => {
    ticks(3)
    machine.suspend(3_600_000)
    ticks(1)
    expect(machine.frames.at(-1)).toMatchObject({ gap: 'suspend', elapsedMs: 3_601_000 })
    expect(rates().received).toBeCloseTo(receivedPerSecond / 3601, 3)
    expect(rates().cpu).toBeCloseTo(busyShare, 2)
    expect(machine.events).toMatchObject([
      { kind: 'suspend', message: 'the machine was suspended for 3600 s', data: { seconds: 3600 } },
    ])
    ticks(1)
    expectUsual()
  })

  test('T4: a stall is one late tick with a true length: no burst, no spike', () => {
    ticks(3)
    machine.tick(4000)
    expect(machine.frames.at(-1)).toMatchObject({ gap: 'missed', elapsedMs: 4000 })
    expectUsual()
    expect(cpuOf(300)).toBeCloseTo(processCpu, 2)
    ticks(2)
    expect(machine.events).toMatchObject([{ kind: 'gap', data: { missed: 3, seconds: 4 } }])
    expect(gaps()).toEqual(['start', 'none', 'none', 'missed', 'none', 'none'])
  })
})

describe('scans that fail', () => {
  test('C17, C15: two ticks without a scan give no rate, and the next one is over the time since the last scan', () => {
    ticks(4)
    machine.host.fail('proc/loadavg', 'EIO')
    ticks(1)
    expect(cpuOf(300)).toBeNaN()
    ticks(1)
    expect(cpuOf(300)).toBeNaN()
    machine.host.fail('proc/loadavg', undefined)
    ticks(1)
    expect(cpuOf(300)).toBeCloseTo(processCpu, 2)
    ticks(1)
    expect(cpuOf(300)).toBeCloseTo(processCpu, 2)
    expect(machine.errors).toEqual([])
    expectUsual()
  })

  test('C15: when the first scans fail, the one that comes has nothing before it to be compared with', () => {
    machine.host.fail('proc/loadavg', 'EIO')
    ticks(2)
    machine.host.fail('proc/loadavg', undefined)
    ticks(1)
    expect(slotOf(300)).not.toBe(-1)
    expect(machine.live.table.elapsedMs).toBe(0)
    expect(cpuOf(300)).toBeNaN()
    ticks(1)
    expect(machine.live.table.elapsedMs).toBe(1000)
    expect(cpuOf(300)).toBeCloseTo(processCpu, 2)
  })

  test('R2: a process that began while no scan could be made is in the next one', () => {
    ticks(2)
    machine.host.fail('proc', 'EMFILE')
    const stat = machine.host.readText(`${machine.host.procfs}/300/stat`)
    machine.host.put('proc/4242/stat', stat.replace(/^300/, '4242').replace(' 52011 ', ' 59999 '))
    machine.host.put('proc/loadavg', '0.10 0.20 0.30 1/200 4242\n')
    ticks(1)
    machine.host.fail('proc', undefined)
    ticks(1)
    expect(slotOf(4242)).not.toBe(-1)
  })
})

test('an event that cannot be told does not stop the tick', () => {
  ticks(2)
  machine.events.push = () => {
    throw new Error('nobody listens')
  }
  machine.tick(3000)
  expect(machine.frames).toHaveLength(3)
  expect(machine.errors).toHaveLength(1)
  expect(kinds()).toEqual([])
})
