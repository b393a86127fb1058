import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { sampleProcesses } from '../../test/sample-answers.ts'
import type { ProcessRow } from '../api/contract.ts'
import { Options } from './options.ts'
import { chosenFields, fieldNamed, fieldNames, formatField, processFields, usualFields } from './process-fields.ts'
import { parseFilter } from './process-filter.ts'
import { treeOf } from './process-tree.ts'
import { Times } from './times.ts'

const facts = { memoryBytes: 8 * 2 ** 30, logicalCpus: 2 }
const names = (filter: string): readonly number[] =>
  sampleProcesses.filter(parseFilter([filter], facts)).map(({ pid }) => pid)

describe('filter', () => {
  for (const [filter, pids] of [
    ['postgres', [812, 813]],
    ['POSTGRES', [812, 813]],
    ['web.service', [1400]],
    ['user=postgres cpu>10%', [812]],
    ['cpu>10', [812, 1400]],
    ['rss>=210M', [812, 1400]],
    ['rss>0.2GiB', [812, 1400]],
    ['user!=root', [812, 813, 1400, 1999]],
    ['name~^\\[', [2]],
    ['command!~postgres', [1, 2, 1400, 1999]],
    ['ppid=812', [813]],
    ['read>1', [812]],
    ['read<=0', []],
    ['', [1, 2, 812, 813, 1400, 1999]],
  ] as const) {
    test(`'${filter}' finds ${pids.join(' ') || 'nobody'}`, () => {
      expect(names(filter)).toEqual([...pids])
    })
  }

  for (const [filter, message] of [
    ['cpuu>5', "unknown column 'cpuu'. did you mean 'cpu'?"],
    ['cpu>much', "filter 'cpu>much': 'much' is no number"],
    ['user>root', "'user' is text, which has no >"],
    ['name~[', "filter 'name~[' is no regular expression"],
    ['cpu>', "filter 'cpu>' compares with nothing"],
  ] as const) {
    test(`'${filter}' is refused`, () => {
      expect(() => parseFilter([filter], facts)).toThrow(message)
    })
  }
})

describe('columns', () => {
  test('every name and alias is one column’s alone', () => {
    const lower = fieldNames.map((name) => name.toLowerCase())
    expect(lower).toHaveLength(new Set(lower).size)
    for (const name of fieldNames) expect(fieldNamed(name)).toBeDefined()
  })

  test('every field of the contract’s row that is sent can be a column', () => {
    const filled: Required<ProcessRow> = Object.assign(
      {
        startUnixMs: 1,
        parentPid: 1,
        threads: 1,
        nice: 1,
        cpu: 1,
        cpuUser: 1,
        cpuSystem: 1,
        runQueueWait: 1,
        ioDelay: 1,
        reapedCpu: 1,
        residentBytes: 1,
        virtualBytes: 1,
        readBytesPerSecond: 1,
        writtenBytesPerSecond: 1,
        minorFaultsPerSecond: 1,
        majorFaultsPerSecond: 1,
        contextSwitchesPerSecond: 1,
        cpuSeconds: 1,
        cgroup: 'x',
        service: 'x',
        processor: 1,
      },
      sampleProcesses[0] as ProcessRow,
    ) as Required<ProcessRow>
    for (const name of Object.keys(filled)) expect(fieldNamed(name).name).toBeString()
  })

  test('the usual ones, a list, additions before the command, all', () => {
    const chosen = (list?: readonly string[]): readonly string[] => chosenFields(list).map(({ name }) => name)
    expect(chosen()).toEqual([...usualFields])
    expect(chosen(['pid', 'MEM'])).toEqual(['pid', 'rss'])
    expect(chosen(['+service'])).toEqual([...usualFields.slice(0, -1), 'service', 'command'])
    expect(chosen(['all'])).toHaveLength(processFields.length)
  })

  const times = new Times({ now: () => 0, zone: 'UTC' }, new Options({}))
  const shown = (name: string, row: Partial<ProcessRow>): string =>
    formatField(fieldNamed(name), { ...(sampleProcesses[0] as ProcessRow), ...row }, facts, times)

  test('C15: what is absent is shown as absent, never as 0', () => {
    expect(shown('read', {})).toBe('-')
    expect(shown('read', { readBytesPerSecond: 0 })).toBe('0')
  })

  test('C14: CPU counts one core as 100', () => {
    expect(shown('cpu', { cpu: 1.5 })).toBe('150.0')
  })

  test('C17: a process is never shown with more than all cores', () => {
    expect(shown('cpu', { cpu: 2.3 })).toBe('200.0')
  })

  test('R6: a kernel thread without a command line shows its name', () => {
    expect(shown('command', { commandLine: '', name: '[kthreadd]' })).toBe('[kthreadd]')
  })
})

describe('tree', () => {
  const row = (pid: number, parentPid?: number): ProcessRow => ({
    ...(sampleProcesses[0] as ProcessRow),
    pid,
    ...(parentPid === undefined ? {} : { parentPid }),
  })
  const drawn = (rows: readonly ProcessRow[], wanted: (row: ProcessRow) => boolean = () => true): readonly string[] =>
    treeOf(rows, wanted).map(({ row: { pid }, stem }) => `${stem}${pid}`)

  test('children stand below their parents, in the order given', () => {
    expect(drawn([row(1, 0), row(5, 1), row(3, 1), row(9, 5)])).toEqual(['1', '├─ 5', '│  └─ 9', '└─ 3'])
  })

  test('a filter keeps the ancestors of what it finds', () => {
    expect(drawn([row(1, 0), row(5, 1), row(3, 1), row(9, 5)], ({ pid }) => pid === 9)).toEqual([
      '1',
      '└─ 5',
      '   └─ 9',
    ])
  })

  test('every process stands there once, loops of parents and all', () => {
    const parents = fc.array(
      fc.record({ pid: fc.integer({ min: 1, max: 30 }), parentPid: fc.integer({ min: 0, max: 30 }) }),
      { maxLength: 30 },
    )
    fc.assert(
      fc.property(parents, (given) => {
        const rows = [...new Map(given.map(({ pid, parentPid }) => [pid, row(pid, parentPid)])).values()]
        const pids = treeOf(rows, () => true).map((each) => each.row.pid)
        expect([...pids].sort()).toEqual(rows.map(({ pid }) => pid).sort())
      }),
    )
  })

  test('a chain of 20,000 processes is no trouble', () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => row(index + 1, index))
    expect(treeOf(rows, () => true)).toHaveLength(20_000)
  })
})
