import { afterEach, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { eventually } from '../e2e/daemon.ts'
import { requireTool } from '../tools.ts'
import { type Child, linesOfInput, scheduledSeconds, startChild, startScript } from './child.ts'
import { differences, freshTable, type LiveTable, outside, run, ticksPerSecond, words } from './live.ts'
import { livePlatform, read } from './live-platform.ts'

const platform = await livePlatform()

const children: Child[] = []
const tables: LiveTable[] = []
afterEach(async () => {
  for (const child of children.splice(0)) await child.end()
  for (const each of tables.splice(0)) each.close()
})
async function table(): Promise<LiveTable> {
  const made = await freshTable()
  tables.push(made)
  return made
}
function started(child: Child): Child {
  children.push(child)
  return child
}

interface PsRow {
  readonly [column: string]: string
}
const psColumns = ['pid', 'ppid', 'user:64', 'stat', 'nlwp', 'ni', 'rss', 'vsz', 'cputimes', 'lstart', 'comm'] as const

/** lstart is five words; the name comes last, since it may have blanks. */
function ps(): Map<number, PsRow> {
  const lines = run('ps', '-ww', '-eo', psColumns.map((column) => `${column}=`).join(',')).split('\n')
  const pattern =
    /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(\d+)\s+(\S+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S+\s+\S+\s+\d+\s+\S+\s+\d+)\s+(.*)$/
  return new Map(
    lines.flatMap((line) => {
      const [, ...values] = pattern.exec(line) ?? []
      if (values.length === 0) return []
      const row = Object.fromEntries(psColumns.map((column, i) => [column.replace(/:.*/, ''), values[i] ?? '']))
      return [[Number(row.pid), row] as const]
    }),
  )
}

const kib = 1024

describe.skipIf(!requireTool('ps'))('beside ps', () => {
  test('R6, R5: the same processes, and of each what ps says', async () => {
    const compare = async () => {
      const live = await table()
      const before = ps()
      const result = live.scan()
      const after = ps()
      expect(result.limitedView).toBeUndefined()
      const bootMs = Date.now() - read(platform.system.kernel()).uptimeSeconds * 1000
      const lasting = [...before].flatMap(([pid, row]) => {
        const later = after.get(pid)
        return later !== undefined && later.lstart === row.lstart ? [[pid, row, later] as const] : []
      })
      const listed = new Set(live.slots().map((slot) => live.table.numbers.pid[slot]))
      const wrong = lasting.filter(([pid]) => !listed.has(pid)).map(([pid]) => `${pid}: not listed`)
      for (const [pid, low, high] of lasting.filter(([each]) => listed.has(each))) {
        const ours = live.row(pid)
        const between = (column: string, value: number, factor = 1, slack = 0): string | undefined =>
          outside(`${pid} ${column}`, Number(low[column]) * factor, value, Number(high[column]) * factor, slack)
        const same = (column: string, value: string, fits: (told: string) => boolean): string | undefined =>
          fits(low[column] ?? '') || fits(high[column] ?? '')
            ? undefined
            : `${pid} ${column}: ${value}, ps says ${low[column]}`
        wrong.push(
          ...[
            same('ppid', String(ours.parentPid), (told) => Number(told) === ours.parentPid),
            same('user', ours.user, (told) => told === ours.user),
            // Who runs does so at this moment only; we ourselves always do when we look.
            ours.state === 'R' ? undefined : same('stat', ours.state, (told) => told.startsWith(ours.state)),
            // Of real-time processes ps tells no niceness.
            low.ni === '-' ? undefined : between('ni', ours.nice),
            between('nlwp', ours.threads),
            between('vsz', ours.virtualBytes, kib),
            between('rss', ours.residentBytes, kib, 2 ** 20),
            // ps tells whole seconds, rounded down.
            outside(
              `${pid} cputimes`,
              Number(low.cputimes),
              ours.cpuUserSeconds + ours.cpuSystemSeconds,
              Number(high.cputimes) + 1,
            ),
            outside(
              `${pid} lstart`,
              Date.parse(`${low.lstart} UTC`),
              bootMs + (ours.startTicks / ticksPerSecond) * 1000,
              Date.parse(`${low.lstart} UTC`),
              2000,
            ),
          ].filter((line) => line !== undefined),
        )
      }
      return wrong
    }
    expect(await differences(compare)).toEqual([])
  })

  test('R6, R9: names begin as those of ps do, kernel threads in brackets', async () => {
    const live = await table()
    const before = ps()
    live.scan()
    for (const slot of live.slots()) {
      const pid = live.table.numbers.pid[slot] as number
      const row = before.get(pid)
      if (row === undefined) continue
      const { name, virtualBytes, commandLine, parentPid } = live.row(pid)
      // Behind its number a worker of the kernel says what it works on at the moment.
      const told = (row.comm ?? '').replace(/ <defunct>$/, '').replace(/^(kworker\/[^-+]*).*/, '$1')
      const plain = /^[\x21-\x7e]+$/.test(told)
      if (plain && row.ppid === String(parentPid)) expect(name.replace(/^\[|\]$/g, '')).toStartWith(told.slice(0, 15))
      const isKernelThread = parentPid === 2 || pid === 2
      expect([pid, name.startsWith('[') && name.endsWith(']') && virtualBytes === 0]).toEqual([pid, isKernelThread])
      if (isKernelThread) expect(commandLine).toBe('')
    }
  })
})

/** Spins in so many threads from the first line that it is told. */
const spinner = (threads: number): string => `
  const spin = 'for (;;);'
  console.log('ready')
  await lines.next()
  for (let i = 1; i < ${threads}; i++) new Worker(URL.createObjectURL(new Blob([spin])))
  console.log('spinning')
  if (${threads} === 1) for (;;);
  await lines.next()
  process.exit(0)`

/** CPU time of one process in two scans, beside what the scheduler counted in the same window. */
async function compareCpu(child: Child, seconds: number) {
  const live = await table()
  const cpuSeconds = (): number => live.row(child.pid).cpuUserSeconds + live.row(child.pid).cpuSystemSeconds
  const readAtMs = (): number => live.table.readAtMs[live.slotOf(child.pid) as number] as number
  const look = () => {
    const low = scheduledSeconds(child.pid)
    live.scan()
    const high = scheduledSeconds(child.pid)
    return { scheduled: (low + high) / 2, slack: (high - low) / 2, ours: cpuSeconds(), atMs: readAtMs() }
  }
  const first = look()
  // Until it got so much of the CPU, however long that takes on a busy machine.
  await eventually(
    async () => scheduledSeconds(child.pid) - first.scheduled,
    (ran) => ran >= seconds,
    60_000,
  )
  const last = look()
  return {
    scheduled: last.scheduled - first.scheduled,
    slack: first.slack + last.slack,
    ours: last.ours - first.ours,
    windowSeconds: (last.atMs - first.atMs) / 1000,
  }
}

/** Two readings, each a tick of 1/100 s off at most. */
const tickSlack = 2 / ticksPerSecond

test('C14, T6: a busy loop reads as the time that the scheduler gave it, within 3 %', async () => {
  const child = started(startScript(spinner(1)))
  await child.said()
  child.tell('spin')
  await child.said()
  const { scheduled, slack, ours, windowSeconds } = await compareCpu(child, 2)
  expect(outside('cpu', scheduled * 0.97, ours, scheduled * 1.03, slack + tickSlack)).toBeUndefined()
  // As a rate, from the two readings' own times (R18): never more than the one core that it can use.
  expect(ours / windowSeconds).toBeLessThanOrEqual(1.03)
  expect(
    outside('cores', scheduled / windowSeconds, ours / windowSeconds, scheduled / windowSeconds, 0.03),
  ).toBeUndefined()
})

test('C14: of a program with several threads, the time of all of them', async () => {
  const child = started(startScript(spinner(4)))
  await child.said()
  child.tell('spin')
  await child.said()
  const { scheduled, slack, ours } = await compareCpu(child, 3)
  expect(outside('cpu', scheduled * 0.97, ours, scheduled * 1.03, slack + tickSlack)).toBeUndefined()
  // The first thread sleeps: what is read is not its time alone.
  const [mainNs] = readFileSync(`/proc/${child.pid}/schedstat`, 'utf8').split(' ')
  expect(ours).toBeGreaterThan(Number(mainNs) / 1e9)
})

test('M9: 200 MB touched are 200 MB more of resident memory, within 2 %', async () => {
  const bytes = 200_000_000
  const child = started(
    startScript(`
      console.log('ready')
      await lines.next()
      const held = Buffer.allocUnsafeSlow(${bytes}).fill(1)
      console.log('touched')
      await lines.next()
      console.log(held[0])`),
  )
  await child.said()
  const live = await table()
  live.scan()
  const before = live.row(child.pid).residentBytes
  child.tell('touch')
  expect(await child.said()).toBe('touched')
  live.scan()
  const grown = live.row(child.pid).residentBytes - before
  expect(outside('rss', bytes, grown, bytes, bytes * 0.02)).toBeUndefined()
})

test('niceness and threads are those that the process has', async () => {
  const child = started(startChild(['nice', '-n', '10', process.execPath, '-e', linesOfInput + spinner(3)]))
  expect(await child.said()).toBe('ready')
  const live = await table()
  live.scan()
  const before = live.row(child.pid).threads
  child.tell('spin')
  await child.said()
  const threads = (): number =>
    Number(/^Threads:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1])
  const compare = () => {
    const low = threads()
    live.scan()
    const { nice, threads: ours } = live.row(child.pid)
    return [outside('threads', low, ours, threads()), outside('nice', 10, nice, 10)]
  }
  expect(await differences(compare)).toEqual([])
  expect(live.row(child.pid).threads).toBeGreaterThanOrEqual(before + 2)
})

describe('as long as it is there', () => {
  test('R4, R2: a process is listed from its start to its end, and its slot is given to another', async () => {
    const live = await table()
    live.scan()
    const child = started(startScript("console.log('ready'); await lines.next()"))
    await child.said()
    live.scan()
    const { startTicks, parentPid, commandLine } = live.row(child.pid)
    expect(parentPid).toBe(process.pid)
    expect(commandLine).toContain('lines.next()')
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    expect(startTicks).toBe(Number(fields[19]))
    await child.end()
    live.scan()
    expect(live.slotOf(child.pid)).toBeUndefined()
    expect(live.table.ended.map((slot) => live.table.numbers.pid[slot])).toContain(child.pid)
  })

  test('R5: one that has ended and is not waited for stays, as a zombie', async () => {
    // The shell forks one that ends when it is told, then becomes a program that waits for nobody.
    const script = 'exec 3<&0; (read line <&3) & echo $!; exec tail -f /dev/null'
    const child = started(startChild(['sh', '-c', script]))
    const pid = Number(await child.said())
    await eventually(
      async () => readFileSync(`/proc/${child.pid}/comm`, 'utf8'),
      (comm) => comm === 'tail\n',
    )
    child.tell('end')
    const live = await table()
    const state = async (): Promise<string> => {
      live.scan()
      return live.slotOf(pid) === undefined ? 'not listed' : live.row(pid).state
    }
    expect(await eventually(state, (letter) => letter === 'Z')).toBe('Z')
    expect(live.row(pid)).toMatchObject({ parentPid: child.pid, commandLine: '', residentBytes: 0 })
    expect(words(run('ps', '-o', 'stat=', '-p', String(pid)))[0]?.[0]).toStartWith('Z')
  })

  test('R9: a process that takes another name and program is shown with the new one', async () => {
    const child = started(startChild(['sh', '-c', 'echo ready; read line; exec cat']))
    await child.said()
    const live = await table()
    live.scan()
    expect(live.row(child.pid).name).toBe('sh')
    child.tell('go')
    const name = async (): Promise<string> => {
      live.scan()
      return live.row(child.pid).name
    }
    expect(await eventually(name, (told) => told === 'cat')).toBe('cat')
    // The kernel gives the name first, and the arguments a moment later.
    const commandLine = async (): Promise<string> => {
      live.scan()
      return live.row(child.pid).commandLine
    }
    expect(await eventually(commandLine, (told) => told === 'cat')).toBe('cat')
  })
})
