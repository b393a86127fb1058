import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type ApiMachine, apiMachine } from '../../../test/api-machine.ts'
import { requireTool } from '../../../test/tools.ts'
import { metricDef, metricNames } from '../../catalogue/catalogue.ts'
import { exposedName } from './names.ts'
import { contentTypes, escapeLabel, formatHead, formatSeries, formatValue, negotiate } from './text.ts'

describe('names', () => {
  test.each([
    ['system.cpu.time', 'counter', 's', 'system_cpu_time_seconds_total'],
    ['system.memory.usage', 'gauge', 'By', 'system_memory_usage_bytes'],
    ['system.memory.utilization', 'gauge', '1', 'system_memory_utilization_ratio'],
    ['system.filesystem.read_only', 'state', '1', 'system_filesystem_read_only'],
    ['system.network.io', 'counter', 'By', 'system_network_io_bytes_total'],
    ['system.cpu.context_switches', 'counter', '{switch}', 'system_cpu_context_switches_total'],
    ['system.cpu.load_average.1m', 'gauge', '{thread}', 'system_cpu_load_average_1m'],
    ['system.process.count', 'gauge', '{process}', 'system_processes'],
    ['system.cpu.logical.count', 'gauge', '{cpu}', 'system_cpu_logical_cpus'],
    ['system.network.packet.count', 'counter', '{packet}', 'system_network_packets_total'],
    ['sysmon.series.count', 'gauge', '{series}', 'sysmon_series'],
  ] as const)('%s, a %s in %s, is %s', (metric, kind, unit, name) => {
    expect(exposedName(metric, { kind, unit }).sample).toBe(name)
  })

  test('of the whole catalogue are valid and of one metric each, as families and as samples', () => {
    const names = metricNames.map((metric) => exposedName(metric, metricDef(metric)))
    for (const { family, sample, unit } of names) {
      expect(sample).toMatch(/^[a-z][a-z0-9_]*$/)
      if (unit !== undefined) expect(family).toEndWith(`_${unit}`)
    }
    expect(new Set(names.map(({ sample }) => sample)).size).toBe(names.length)
    expect(new Set(names.map(({ family }) => family)).size).toBe(names.length)
  })
})

describe('text', () => {
  /** As a scraper reads a label value back. */
  const readBack = (text: string): string => text.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign))

  test('whatever a label holds stays on one line, between its quotes, and can be read back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const escaped = escapeLabel(value)
        expect(escaped).not.toContain('\n')
        expect(escaped).toMatch(/^(?:[^"\\]|\\[\\n"])*$/u)
        expect(readBack(escaped)).toBe(value)
      }),
    )
  })

  test('half a character of UTF-16 becomes a whole one', () => {
    expect(escapeLabel('a\ud800b').isWellFormed()).toBe(true)
  })

  test('series are told apart by their labels, whatever those hold', () => {
    const labels = fc.record({ a: fc.string({ minLength: 1 }), b: fc.string({ minLength: 1 }) })
    fc.assert(
      fc.property(labels, labels, (one, other) => {
        const isSame = one.a === other.a && one.b === other.b
        expect(formatSeries('m', one) === formatSeries('m', other)).toBe(isSame)
      }),
    )
  })

  test('a label without a value is left out', () => {
    expect(formatSeries('m', { a: '', b: '1' })).toBe('m{b="1"}')
    expect(formatSeries('m', { a: '' })).toBe('m')
  })

  test('heads differ in what they name', () => {
    const family = { name: 'x_seconds', kind: 'counter', help: 'Say "x\\y"\nand z.', unit: 'seconds' } as const
    expect(formatHead(family, 'text')).toBe(
      '# HELP x_seconds_total Say "x\\\\y"\\nand z.\n# TYPE x_seconds_total counter\n',
    )
    expect(formatHead(family, 'openmetrics')).toBe(
      '# TYPE x_seconds counter\n# UNIT x_seconds seconds\n# HELP x_seconds Say \\"x\\\\y\\"\\nand z.\n',
    )
  })

  test.each([
    [0, '0'],
    [1.5, '1.5'],
    [1e21, '1e+21'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ])('%d is %s', (value, text) => {
    expect(formatValue(value)).toBe(text)
  })

  test.each([
    [undefined, 'text'],
    ['*/*', 'text'],
    ['text/html', 'text'],
    ['application/openmetrics-text', 'openmetrics'],
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;q=0.5',
      'openmetrics',
    ],
    ['application/openmetrics-text;version=2.0.0,text/plain;q=0.1', 'text'],
    ['application/openmetrics-text;q=0.2,text/plain;version=0.0.4;q=0.5', 'text'],
    ['application/openmetrics-text;q=0', 'text'],
    ['text/plain, application/openmetrics-text', 'openmetrics'],
    ['application/openmetrics-text;q=x', 'text'],
  ] as const)('to %p the answer is %s', (accept, format) => {
    expect(negotiate(accept)).toBe(format)
  })
})

describe('GET /metrics', () => {
  let api: ApiMachine
  beforeEach(async () => {
    api = await apiMachine()
  })
  afterEach(() => api.close())

  const scrape = async (accept?: string): Promise<{ type: string | null; text: string }> => {
    const response = await api.app.request('/metrics', accept === undefined ? {} : { headers: { accept } })
    expect(response.status).toBe(200)
    return { type: response.headers.get('content-type'), text: await response.text() }
  }

  test('before the first tick tells what runs where, and nothing else', async () => {
    const { text } = await scrape()
    expect(text).toContain('sysmon_build_info{version="')
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toHaveLength(2)
  })

  test('has the counters raw, as the kernel has them', async () => {
    api.machine.tick()
    const { type, text } = await scrape()
    expect(type).toBe(contentTypes.text)
    // In hundredths: 24946 as recorded, and half of the second since.
    expect(text).toContain('\nsystem_cpu_time_seconds_total{cpu="0",mode="user"} 249.96\n')
    expect(text).toContain('\n# TYPE system_cpu_time_seconds_total counter\n')
  })

  test('series that appear later are added, those that are gone left out with their heads', async () => {
    api.machine.tick()
    expect((await scrape()).text).toContain('system_network_io_bytes_total{device="eth0"')
    api.machine.host.put('proc/1/net/dev', api.machine.host.readText('/proc/1/net/dev').replace('eth0', 'eth7'))
    api.machine.host.put('proc/net/dev', api.machine.host.readText('/proc/1/net/dev'))
    api.machine.tick()
    const { text } = await scrape()
    expect(text).toContain('device="eth7"')
    expect(text).not.toContain('system_network_io_bytes_total{device="eth0"')
  })

  test('every sample stands under the head of its family, and no line is there twice', async () => {
    api.machine.tick()
    const { text } = await scrape('application/openmetrics-text')
    const lines = text.split('\n')
    expect(lines.slice(-2)).toEqual(['# EOF', ''])
    const series = lines.filter((line) => !line.startsWith('#')).map((line) => line.replace(/ \S+$/, ''))
    expect(new Set(series).size).toBe(series.length)
    let family = ''
    for (const line of lines.slice(0, -2)) {
      if (line.startsWith('# TYPE ')) family = line.split(' ')[2] ?? ''
      else if (!line.startsWith('#')) expect(line).toMatch(new RegExp(`^${family}(?:_total|_info)?[{ ]`))
    }
    expect(text).not.toContain('NaN')
  })

  test.skipIf(!requireTool('promtool'))('promtool has nothing to say against it', async () => {
    api.machine.tick()
    const { text } = await scrape()
    const check = Bun.spawnSync(['promtool', 'check', 'metrics'], { stdin: Buffer.from(text) })
    expect(check.stderr.toString()).toBe('')
    expect(check.exitCode).toBe(0)
  })
})
