import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type ApiMachine, apiMachine, bootUnixMs } from '../../test/api-machine.ts'
import { maintainAll } from '../../test/conformance/store-harness.ts'
import { processCpu } from '../../test/pipeline-machine.ts'
import type { ProcessBlock } from '../store/store.ts'
import type { ProcessesResponse, ProcessHistoryResponse, ProcessResponse } from './contract.ts'

let api: ApiMachine
beforeEach(async () => {
  api = await apiMachine()
})
afterEach(() => api.close())

const ticks = (count: number): void => {
  for (let i = 0; i < count; i++) api.machine.tick()
}
const now = (): number => api.machine.clock.wallMs()
const stat = (pid: number): string => api.machine.host.readText(`${api.machine.host.procfs}/${pid}/stat`)
/** Field of proc_pid_stat(5) from 4 on, of a process whose name has no blank. */
const putField = (pid: number, field: number, value: number | string): void => {
  const fields = stat(pid).trimEnd().split(' ')
  fields[field - 1] = String(value)
  api.machine.host.put(`proc/${pid}/stat`, `${fields.join(' ')}\n`)
}
const pids = ({ processes }: ProcessesResponse): number[] => processes.map(({ pid }) => pid)
const list = (query = ''): Promise<ProcessesResponse> => api.get(`/api/v1/processes${query}`)

describe('the list', () => {
  test('before the first tick there is none, and that is said', async () => {
    expect(await api.problem('/api/v1/processes')).toMatchObject({ code: 'not_recorded' })
  })

  test('C15 the first tick has processes and no rates', async () => {
    ticks(1)
    const answer = await list('?sort=cpu')
    expect(answer).toMatchObject({ unixMs: now(), total: 5 })
    expect(answer.accounting).toEqual({ hostBusy: null, processes: null, reaped: null, unattributed: null })
    for (const row of answer.processes) {
      expect(Object.keys(row).filter((name) => /^cpu$|PerSecond|^cpuUser$|Wait|ioDelay|reapedCpu/.test(name))).toEqual(
        [],
      )
    }
  })

  test('says of each what is known and leaves out what is not', async () => {
    ticks(2)
    const { processes } = await list()
    expect(processes.map(({ pid }) => pid)).toEqual([1, 2, 14, 300, 17542])
    expect(processes[3]).toMatchObject({
      pid: 300,
      parentPid: 1,
      startTicks: 52011,
      startUnixMs: bootUnixMs + 520_110,
      name: 'bun',
      commandLine: 'bun run dev',
      threads: 17,
      state: 'S',
      cpuSystem: 0,
      residentBytes: 167_936_000,
      cgroup: '/',
    })
    expect(processes[3]?.cpu).toBeCloseTo(processCpu, 6)
    expect(processes[1]).not.toHaveProperty('readBytesPerSecond')
    expect(processes[1]).not.toHaveProperty('service')
    expect(processes[1]).not.toHaveProperty('reapedCpu')
  })

  test('is in the order asked for, largest first, or turned round, and no longer than the limit', async () => {
    ticks(2)
    expect(pids(await list('?sort=cpu&limit=1'))).toEqual([300])
    expect(pids(await list('?sort=-pid'))).toEqual([17542, 300, 14, 2, 1])
    expect(pids(await list('?sort=residentBytes'))).toEqual([300, 1, 17542, 2, 14])
    expect(pids(await list('?sort=threads&limit=2'))).toEqual([300, 1])
    expect(await list('?limit=0')).toMatchObject({ total: 5, processes: [] })
    expect(pids(await list('?sort=readBytesPerSecond')).length).toBe(5)
  })

  test('what is absent comes last, whichever way it is sorted', async () => {
    ticks(2)
    const { processes } = await list()
    const absent = processes.filter(({ readBytesPerSecond }) => readBytesPerSecond === undefined).map(({ pid }) => pid)
    expect(absent.length).toBeGreaterThan(0)
    expect(absent.length).toBeLessThan(5)
    for (const sort of ['readBytesPerSecond', '-readBytesPerSecond']) {
      expect(pids(await list(`?sort=${sort}`)).slice(-absent.length)).toEqual(absent)
    }
  })

  test.each([
    ['cpuu', 'did you mean "cpu"?'],
    ['-residentByte', 'did you mean "residentBytes"?'],
    ['constructor', 'one of cpu,'],
    ['__proto__', 'one of cpu,'],
    ['-', 'one of cpu,'],
  ])('an order that is none is refused with the nearest: %s', async (sort, hint) => {
    ticks(1)
    const problem = await api.problem(`/api/v1/processes?sort=${sort}`)
    expect(problem).toMatchObject({ code: 'invalid_request', status: 400 })
    expect(problem.detail).toContain(hint)
  })

  test('C18 shares out what the host was busy with', async () => {
    ticks(2)
    const { accounting } = await list()
    expect(accounting.hostBusy).toBeCloseTo(0.5, 6)
    expect(accounting.processes).toBeCloseTo(0.25, 6)
    expect(accounting.unattributed).toBeCloseTo(0.25, 6)
    expect(accounting.reaped).toBe(0)
  })

  test('C18 no parent is told more reaped time than the host has left', async () => {
    ticks(1)
    putField(300, 16, Number(stat(300).split(' ')[15]) + 10)
    ticks(1)
    expect((await list('?sort=reapedCpu&limit=1')).processes[0]?.reapedCpu).toBeCloseTo(0.1, 6)
    putField(300, 16, Number(stat(300).split(' ')[15]) + 360_000)
    ticks(1)
    const { accounting, processes } = await list('?sort=reapedCpu&limit=1')
    expect(accounting.reaped).toBeCloseTo(0.25, 6)
    expect(processes[0]).toMatchObject({ pid: 300, reapedCpu: accounting.reaped as number })
    const { process } = await api.get<ProcessResponse>('/api/v1/processes/300')
    expect(process.reapedCpu).toBe(accounting.reaped as number)
  })

  test('R8 that some are hidden is told of now, not of the past', async () => {
    ticks(2)
    api.limitedView = 'only your own processes are visible'
    expect((await list()).limitedView).toBe('only your own processes are visible')
    expect(await list('?at=now')).not.toHaveProperty('limitedView')
  })
})

describe('a process', () => {
  test('with its parents up to the first', async () => {
    ticks(2)
    const answer = await api.get<ProcessResponse>('/api/v1/processes/17542')
    expect(answer).toMatchObject({ unixMs: now(), process: { pid: 17542, name: 'sleep' } })
    expect(answer.parents).toEqual([
      { pid: 300, name: 'bun' },
      { pid: 1, name: 'init' },
    ])
    expect(answer).not.toHaveProperty('details')
  })

  test('parents that go round in a circle end', async () => {
    putField(1, 4, 17542)
    ticks(1)
    const { parents } = await api.get<ProcessResponse>('/api/v1/processes/17542')
    expect(parents.map(({ pid }) => pid)).toEqual([300, 1])
    putField(14, 4, 14)
    ticks(31)
    expect((await api.get<ProcessResponse>('/api/v1/processes/14')).parents).toEqual([])
  })

  test('with details when they are asked for, and what could not be read says why', async () => {
    ticks(1)
    const { details } = await api.get<ProcessResponse>('/api/v1/processes/300?details=true')
    expect(details?.openFiles).toHaveProperty('absent')
    expect(details?.notes.length).toBeGreaterThan(0)
    expect(details).not.toHaveProperty('pid')
    expect(details).not.toHaveProperty('executable')
    expect(await api.get('/api/v1/processes/300?details=false')).not.toHaveProperty('details')
    expect(await api.get('/api/v1/processes/300?details=true&at=now')).not.toHaveProperty('details')
  })

  test('that is not there is a problem, with the time when one was asked for', async () => {
    ticks(2)
    expect(await api.problem('/api/v1/processes/4711')).toMatchObject({
      code: 'no_such_process',
      detail: 'there is no process 4711',
    })
    const past = await api.problem(`/api/v1/processes/4711?at=${now() - 1000}`)
    expect(past.detail).toBe(`there is no process 4711 at ${new Date(now() - 1000).toISOString()}`)
  })
})

describe('at a recorded second', () => {
  test('the list is what it was then, in the open block and in a packed one', async () => {
    ticks(209)
    const then = now()
    const lived = await list('?sort=cpu')
    const one = await api.get<ProcessResponse>('/api/v1/processes/300')
    putField(300, 24, 1000)
    ticks(5)
    expect(await list(`?sort=cpu&at=${then}`)).toEqual(lived)
    expect(await api.get<ProcessResponse>(`/api/v1/processes/300?at=${then}`)).toEqual(one)
    await maintainAll(api.machine.store, now())
    const [block] = await api.machine.store.readProcesses({ startMs: then, endMs: then })
    expect(block?.content).toHaveProperty('packed')
    expect(await list(`?sort=cpu&at=${then}`)).toEqual(lived)
    expect((await list('?sort=residentBytes&limit=1')).processes[0]?.residentBytes).not.toBe(
      lived.processes[0]?.residentBytes as number,
    )
  })

  test('between two ticks it is the one before', async () => {
    ticks(5)
    expect((await list(`?at=${now() - 1500}`)).unixMs).toBe(now() - 2000)
  })

  test('the first tick of a block has its rates', async () => {
    ticks(215)
    const first = now() - (now() % 300_000)
    await maintainAll(api.machine.store, now())
    const { unixMs, processes } = await list(`?at=${first}&sort=cpu&limit=1`)
    expect(unixMs).toBe(first)
    expect(processes[0]?.cpu).toBeCloseTo(processCpu, 6)
  })

  test('outside the record there is none: before it, and in a gap of more than ten seconds', async () => {
    ticks(3)
    const before = await api.problem(`/api/v1/processes?at=${now() - 60_000}`)
    expect(before).toMatchObject({ code: 'not_recorded', status: 404 })
    const last = now()
    api.machine.clock.advance(60_000)
    expect((await list(`?at=${last + 9000}`)).unixMs).toBe(last)
    expect(await api.problem(`/api/v1/processes?at=${last + 10_500}`)).toMatchObject({ code: 'not_recorded' })
  })

  test('a damaged block is told as such, and the others are not affected', async () => {
    ticks(215)
    await maintainAll(api.machine.store, now())
    damageProcesses()
    expect((await api.problem(`/api/v1/processes?at=${now() - 60_000}`)).detail).toContain('is damaged')
    expect((await list(`?at=${now()}`)).unixMs).toBe(now())
    expect(api.internalErrors).toEqual([])
  })
})

/** Bits of every packed block are flipped as it is read. */
function damageProcesses(): void {
  const { store } = api.machine
  const read = store.readProcesses.bind(store)
  const damaged = (block: ProcessBlock): ProcessBlock => {
    if (!('packed' in block.content)) return block
    const packed = block.content.packed.map((byte, i) => (i === 40 ? byte ^ 0x10 : byte))
    return { ...block, content: { packed } }
  }
  store.readProcesses = async (range) => (await read(range)).map(damaged)
}

describe('the history of a process', () => {
  const history = (pid: number, query: string): Promise<ProcessHistoryResponse> =>
    api.get(`/api/v1/processes/${pid}/history?${query}`)

  test('goes over blocks, packed and open, without a seam', async () => {
    ticks(230)
    await maintainAll(api.machine.store, now())
    const answer = await history(300, `start=${now() - 60_000}&resolution=1s`)
    expect(answer).toMatchObject({ pid: 300, startTicks: 52011, name: 'bun' })
    expect(answer.unixMs).toEqual(Array.from({ length: 61 }, (_, i) => now() - 60_000 + i * 1000))
    for (const cpu of answer.cpu) expect(cpu).toBeCloseTo(processCpu, 6)
    expect(new Set(answer.residentBytes)).toEqual(new Set([167_936_000]))
  })

  test('what was not recorded is null, not 0', async () => {
    ticks(3)
    const { cpu, residentBytes } = await history(300, 'start=-5s&resolution=1s')
    expect(cpu.slice(0, 4)).toEqual([null, null, null, null])
    expect(residentBytes.slice(0, 4)).toEqual([null, null, null, 167_936_000])
    expect(cpu[5]).toBeCloseTo(processCpu, 6)
    expect((await history(2, 'start=-5s&resolution=1s')).readBytesPerSecond).toEqual(Array(6).fill(null))
  })

  test('coarser steps are means', async () => {
    ticks(40)
    const { unixMs, cpu } = await history(300, 'start=-20s&resolution=10s')
    expect((unixMs[1] as number) - (unixMs[0] as number)).toBe(10_000)
    for (const value of cpu) expect(value).toBeCloseTo(processCpu, 6)
  })

  test('R2 is that of the process that had the pid last, none of the one before', async () => {
    ticks(5)
    const since = now()
    putField(300, 22, 999_999)
    ticks(5)
    const { startTicks, unixMs, residentBytes } = await history(300, `start=${since - 4000}&resolution=1s`)
    expect(startTicks).toBe(999_999)
    const known = unixMs.filter((_, i) => residentBytes[i] !== null)
    expect(Math.min(...known)).toBeGreaterThan(since)
    expect((await history(300, `start=${since - 4000}&end=${since}&resolution=1s`)).startTicks).toBe(52_011)
  })

  test('a damaged block is a gap in it', async () => {
    ticks(230)
    await maintainAll(api.machine.store, now())
    damageProcesses()
    const { cpu } = await history(300, `start=${now() - 60_000}&resolution=1s`)
    expect(cpu[0]).toBeNull()
    expect(cpu.at(-1)).toBeCloseTo(processCpu, 6)
  })

  test('of a pid that nobody had is a problem; so is a step that is none, or far too many', async () => {
    ticks(3)
    expect(await api.problem('/api/v1/processes/4711/history')).toMatchObject({ code: 'no_such_process' })
    const bad = '/api/v1/processes/300/history?resolution='
    expect(await api.problem(`${bad}often`)).toMatchObject({ code: 'invalid_request' })
    expect(await api.problem(`${bad}1s&start=-365d`)).toMatchObject({ code: 'too_much' })
  })
})
