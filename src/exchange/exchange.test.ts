import { afterEach, describe, expect, test } from 'bun:test'
import { type ApiMachine, apiMachine } from '../../test/api-machine.ts'
import { wholeHourMs } from '../../test/conformance/recording.ts'
import { maintainAll } from '../../test/conformance/store-harness.ts'
import type { HistoryResponse, Problem } from '../api/contract.ts'
import type { ImportReport } from '../api/exchange-contract.ts'

const opened: ApiMachine[] = []
async function machineAt(startMs?: number): Promise<ApiMachine> {
  const api = await apiMachine(startMs)
  opened.push(api)
  return api
}
afterEach(() => {
  for (const api of opened.splice(0)) api.close()
})

/** Its record spans seconds in the head and seconds in blocks. */
async function recorded(ticks = 500): Promise<ApiMachine> {
  const api = await machineAt()
  for (let i = 0; i < ticks; i++) api.machine.tick()
  await maintainAll(api.machine.store, api.machine.clock.wallMs())
  return api
}

/** An empty record an hour later: nothing of its own lies where the file goes. */
const later = (): Promise<ApiMachine> => machineAt(wholeHourMs + 3_600_000)

const whole = 'start=2026-01-05T10:00:00Z'
/** Of the record of `recorded()`, which an empty one does not have. */
const untilEnd = 'end=2026-01-05T10:09:50Z'
const everything = { startMs: 0, endMs: Number.MAX_SAFE_INTEGER }

async function exported(api: ApiMachine, query: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await api.app.request(`/api/v1/export?${query}`)
  if (response.status !== 200) throw new Error(await response.text())
  return new Uint8Array(await response.arrayBuffer())
}

async function imported(api: ApiMachine, format: string, body: string | Uint8Array<ArrayBuffer>, more = '') {
  const response = await api.app.request(`/api/v1/import?format=${format}${more}`, { method: 'POST', body })
  if (response.status !== 200) throw new Error(((await response.json()) as Problem).detail)
  return (await response.json()) as ImportReport
}

async function refusal(api: ApiMachine, body: string, format = 'csv'): Promise<string> {
  const response = await api.app.request(`/api/v1/import?format=${format}`, { method: 'POST', body })
  const problem = (await response.json()) as Problem
  expect([response.status, problem.code]).toEqual([400, 'import_refused'])
  return problem.detail
}

/** Every stored value by series, to the bit, with times and lengths. */
async function samplesOf(api: ApiMachine): Promise<Map<string, string>> {
  const { series, store } = api.machine
  const known = series.all()
  const read = await store.readSamples(
    known.map(({ id }) => id),
    { startMs: 0, endMs: wholeHourMs + 3_600_000 - 1 },
  )
  const hex = (values: Float64Array): string => Buffer.from(values.slice().buffer).toString('hex')
  const samples = new Map([
    ['times', hex(read.unixMs)],
    ['lengths', hex(read.elapsedMs)],
  ])
  for (const [i, { metric, labels }] of known.entries()) {
    const values = read.values[i] as Float64Array
    if (values.some((value) => !Number.isNaN(value))) samples.set(metric + JSON.stringify(labels), hex(values))
  }
  return samples
}

describe('out of one record and into another', () => {
  test.each(['csv', 'jsonl', 'parquet'])(
    '%s: the same answers, bit for bit',
    async (format) => {
      const from = await recorded()
      const to = await later()
      const file = await exported(from, `${whole}&format=${format}`)
      const report = await imported(to, format, file)
      expect(report).toMatchObject({ dryRun: false, ticks: 500, expiredTicks: 0 })
      expect(report.newSeries.length).toBe(report.series)
      expect(await samplesOf(to)).toEqual(await samplesOf(from))
      for (const metric of ['system.cpu.utilization', 'system.network.io', 'system.memory.usage']) {
        const query = `/api/v1/metrics/history?metric=${metric}&start=2026-01-05T10:01:00Z&${untilEnd}`
        for (const resolution of ['1s', '15s']) {
          const asked = `${query}&resolution=${resolution}`
          expect(await to.get<HistoryResponse>(asked)).toEqual(await from.get<HistoryResponse>(asked))
        }
      }
      const again = await imported(to, format, file)
      expect(again.values).toEqual({ added: 0, known: report.values.added, different: 0, settled: 0 })
      expect(await exported(to, `${whole}&format=csv`)).toHaveLength(
        (await exported(from, `${whole}&format=csv`)).length,
      )
    },
    60_000,
  )

  test('on trial everything is told and nothing is kept', async () => {
    const from = await recorded(120)
    const to = await later()
    const file = await exported(from, `${whole}&format=csv`)
    const before = to.machine.series.size
    const report = await imported(to, 'csv', file, '&dry_run=true')
    expect(report).toMatchObject({ dryRun: true, ticks: 120, values: { known: 0, different: 0 } })
    expect(report.values.added).toBeGreaterThan(120 * 50)
    expect((await to.machine.store.readSamples([], everything)).unixMs).toHaveLength(0)
    expect(to.machine.series.size).toBe(before)
  })

  test('one metric after the other makes the same record as both at once', async () => {
    const from = await recorded(130)
    const to = await later()
    for (const metric of ['system.memory.usage', 'system.network.io'])
      await imported(to, 'csv', await exported(from, `${whole}&metric=${metric}`))
    const of = async (api: ApiMachine, metric: string) =>
      (
        await api.get<HistoryResponse>(
          `/api/v1/metrics/history?metric=${metric}&${whole}&end=2026-01-05T10:03:40Z&resolution=1s`,
        )
      ).series
    for (const metric of ['system.memory.usage', 'system.network.io'])
      expect(await of(to, metric)).toEqual(await of(from, metric))
  })

  test('computed metrics are exported when they are named, with the values that charts show', async () => {
    const api = await recorded(30)
    const text = new TextDecoder().decode(await exported(api, `${whole}&metric=system.cpu.utilization`))
    const [head, first, second] = text.split('\r\n')
    expect(head).toBe('unix_ms,elapsed_ms,system.cpu.utilization [1]')
    expect(first?.split(',').slice(1)).toEqual(['0', ''])
    expect(Number(second?.split(',')[2])).toBeCloseTo(0.25, 5)
    expect(await refusal(api, text)).toContain('it is computed from others, not kept')
  })

  test('steps have mean, least and most, and are not taken back', async () => {
    const api = await recorded(400)
    const text = new TextDecoder().decode(await exported(api, `${whole}&metric=system.network.io&resolution=1m`))
    const [head = '', ...rows] = text.trim().split('\r\n')
    expect(head).toStartWith('unix_ms,')
    expect(head).toContain('.avg [By/s]')
    expect(rows).toHaveLength(8)
    expect(await refusal(api, text)).toContain('only an export of every tick')
  })

  test('processes come as one row a process and tick', async () => {
    const api = await recorded(30)
    const rows = new TextDecoder()
      .decode(await exported(api, `${whole}&content=processes&format=jsonl`))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const own = rows.filter(({ pid }) => pid === 300)
    expect(own).toHaveLength(30)
    expect(own.at(-1)).toMatchObject({ cpu: 0.25, name: expect.any(String), residentBytes: expect.any(Number) })
    const parquet = await exported(api, `${whole}&content=processes&format=parquet`)
    const { parquetReadObjects } = await import('hyparquet')
    const read = await parquetReadObjects({ file: parquet.buffer })
    expect(read).toHaveLength(rows.length)
    expect(read.find((row) => row.pid === 300)).toMatchObject({ name: own[0]?.name, commandLine: own[0]?.commandLine })
  })
})

describe('what does not fit is refused by line, and nothing of it is kept', () => {
  const t = wholeHourMs
  const cases: readonly (readonly [string, string, string])[] = [
    ['no times', 'system.memory.limit\n1\n', 'line 1: there is no column unix_ms'],
    ['an unknown metric', `unix_ms,system.memory.limits\n${t},1\n`, 'did you mean system.memory.limit?'],
    ['an unknown label', `unix_ms,"system.memory.limit{colour=""red""}"\n${t},1\n`, 'has no label "colour"'],
    ['a missing label', `unix_ms,system.memory.usage\n${t},1\n`, 'needs the label "state"'],
    ['a wrong label value', `unix_ms,"system.memory.usage{state=""lost""}"\n${t},1\n`, 'is none of'],
    ['another unit', `unix_ms,system.memory.limit [KiB]\n${t},1\n`, 'it is in KiB; system.memory.limit is kept in By'],
    ['no column but times', `unix_ms\n${t}\n`, 'there is no column of a metric'],
    ['a column twice', `unix_ms,system.memory.limit,system.memory.limit\n${t},1,1\n`, 'is there twice'],
    ['text for a number', `unix_ms,system.memory.limit\n${t},many\n`, 'line 2: column 2: "many" is no number'],
    ['too few cells', `unix_ms,system.memory.limit\n${t}\n`, 'line 2: 1 cells under 2 columns'],
    ['a stray quote', `unix_ms,system.memory.limit\n${t},1"1"\n`, 'a quote stands where none may'],
    ['seconds', 'unix_ms,system.memory.limit\n1767600000,1\n', 'is it in seconds?'],
    ['a time of words', 'time,system.memory.limit\nyesterday,1\n', '"yesterday" is no time'],
    ['a time without a zone', 'time,system.memory.limit\n2026-01-05T09:00:00,1\n', 'is no time'],
    ['the future', `unix_ms,system.memory.limit\n${t + 86_400_000},1\n`, 'is in the future'],
    ['times that go back', `unix_ms,system.memory.limit\n${t},1\n${t - 1000},1\n`, 'line 3:'],
    ['a length below zero', `unix_ms,elapsed_ms,system.memory.limit\n${t},-5,1\n`, 'is no time since the row before'],
    ['no rows', 'unix_ms,system.memory.limit\n', 'there are no rows in it'],
    ['nothing', '', 'there are no rows in it'],
  ]
  test.each(cases)('%s', async (_, text, what) => {
    const api = await machineAt()
    api.machine.tick()
    expect(await refusal(api, text)).toContain(what)
    expect((await api.machine.store.readSamples([], { startMs: 0, endMs: t })).unixMs).toHaveLength(0)
  })

  test('lines that are right do not save those that are not; each is named, and after twenty no more', async () => {
    const api = await machineAt()
    const rows = Array.from({ length: 1000 }, (_, i) => `${t - 1_000_000 + i * 1000},${i % 40 === 39 ? 'x' : i}`)
    const detail = await refusal(api, `unix_ms,system.memory.limit\n${rows.join('\n')}\n`)
    expect(detail.split('\n')).toHaveLength(21)
    expect(detail).toStartWith('line 41: column 2: "x" is no number\nline 81:')
    await maintainAll(api.machine.store, t)
    expect(api.machine.store.stats().frames).toBe(0)
  })

  test('JSON lines and Parquet too', async () => {
    const api = await machineAt()
    expect(await refusal(api, 'no json\n', 'jsonl')).toContain('line 1: it is no JSON object')
    expect(await refusal(api, '{"system.memory.limit":1}\n', 'jsonl')).toContain('there is no number unix_ms')
    expect(await refusal(api, `{"unix_ms":${t},"system.memory.limit":"1"}\n`, 'jsonl')).toContain('is no number')
    expect(await refusal(api, 'PAR1 and no more', 'parquet')).toContain('this is no whole Parquet file')
    expect(await refusal(api, '\u{10ffff}'.repeat(3), 'jsonl')).toContain('no JSON object')
  })
})

describe('Prometheus text', () => {
  test('what a Prometheus that scraped us writes of a time is read in, series after series', async () => {
    const to = await later()
    const at = (second: number): string => ((wholeHourMs + second * 1000) / 1000).toFixed(3)
    const lines = [
      '# TYPE system_cpu_time_seconds counter',
      '# UNIT system_cpu_time_seconds seconds',
      ...[0, 15, 30].map(
        (s) => `system_cpu_time_seconds_total{cpu="0",instance="a:9",job="sysmon",mode="user"} ${10 + s / 2} ${at(s)}`,
      ),
      `up{job="sysmon"} 1 ${at(0)}`,
      '# TYPE system_memory_limit_bytes gauge',
      ...[0, 15, 30].map((s) => `system_memory_limit_bytes ${1e9 + s} ${at(s)}`),
      '# EOF',
    ]
    const report = await imported(to, 'openmetrics', `${lines.join('\n')}\n`)
    expect(report).toMatchObject({ ticks: 3, series: 2, values: { added: 6 } })
    const history = await to.get<HistoryResponse>(
      `/api/v1/metrics/history?metric=system.cpu.time&start=${wholeHourMs}&end=${wholeHourMs + 60_000}&resolution=1s`,
    )
    expect(history.series[0]?.avg).toEqual([null, 0.5, 0.5])
  })

  test('without times, of strange metrics and in other units it is refused', async () => {
    const api = await machineAt()
    expect(await refusal(api, 'system_memory_limit_bytes 5\n', 'openmetrics')).toContain('it has no time')
    expect(await refusal(api, 'node_load1 5 1767600000000\n', 'openmetrics')).toContain('no metric node_load1')
    expect(await refusal(api, '# UNIT system_memory_limit_bytes kib\n', 'openmetrics')).toContain('is in kib')
  })
})
