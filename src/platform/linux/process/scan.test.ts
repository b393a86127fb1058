import { describe, expect, test } from 'bun:test'
import { type FixtureHost, type FixtureHostOptions, fixtureHost } from '../../../../test/fixture-host.ts'
import { type ProcessFacts, putLastPid, putProcess } from '../../../../test/process-files.ts'
import { ProcessTable } from '../../../frame/process-table.ts'
import { LiveProcesses } from '../../../recorder/live.ts'
import type { ScanResult } from '../../platform.ts'
import { ProcessScan, roundTicks } from './scan.ts'
import { Users } from './users.ts'

interface Machine {
  readonly host: FixtureHost
  readonly table: ProcessTable
  readonly scan: ProcessScan
  put(facts: ProcessFacts): void
  tick(): ScanResult
  slotOf(pid: number): number
  number(pid: number, column: keyof ProcessTable['numbers']): number | undefined
  text(pid: number, column: keyof ProcessTable['texts']): string | undefined
}

function machine(limit = 1000, limitedView?: string, options: FixtureHostOptions = {}, accountsDelays = true): Machine {
  const host = fixtureHost(undefined, options)
  const table = new ProcessTable(4)
  const scan = new ProcessScan(host, new Users(host, undefined), limit, limitedView, accountsDelays)
  let lastPid = 0
  putLastPid(host, 0)
  const slotOf = (pid: number): number => {
    for (let slot = 0; slot < table.slots; slot++)
      if (table.alive[slot] === 1 && table.numbers.pid[slot] === pid) return slot
    return -1
  }
  return {
    host,
    table,
    scan,
    slotOf,
    put(facts) {
      putProcess(host, facts)
      lastPid = Math.max(lastPid, facts.pid)
      putLastPid(host, lastPid)
    },
    tick() {
      table.endTick()
      host.clock.advance(1000)
      return scan.scan(table)
    },
    number: (pid, column) => table.numbers[column][slotOf(pid)],
    text: (pid, column) => table.texts[column][slotOf(pid)],
  }
}

describe('what is read', () => {
  test('every column of a process', () => {
    const m = machine(1000, undefined, { ownerOf: () => 33 })
    m.put({
      pid: 77,
      userTicks: 250,
      systemTicks: 50,
      childTicks: 125,
      residentPages: 10,
      ioDelayTicks: 30,
      threads: 2,
    })
    expect(m.tick()).toEqual({ denied: {}, vanished: 0, limitedView: undefined })
    const numbers = Object.fromEntries(Object.keys(m.table.numbers).map((c) => [c, m.number(77, c as never)]))
    expect(numbers).toEqual({
      pid: 77,
      startTicks: 5000,
      parentPid: 1,
      threads: 2,
      nice: 5,
      cpuUserSeconds: 2.5,
      cpuSystemSeconds: 0.5,
      childrenCpuSeconds: 1.25,
      runQueueWaitSeconds: 0.002,
      residentBytes: 40_960,
      virtualBytes: 11_837_440,
      readBytes: 4096,
      writtenBytes: 8192,
      minorFaults: 910,
      majorFaults: 912,
      contextSwitches: 1000,
      processor: 3,
      ioDelaySeconds: 0.3,
      // Of Windows.
      privateBytes: Number.NaN,
      handles: Number.NaN,
    })
    expect(m.text(77, 'name')).toBe('worker')
    expect(m.text(77, 'commandLine')).toBe('/usr/bin/worker --verbose')
    expect(m.text(77, 'user')).toBe('33')
    expect(m.text(77, 'state')).toBe('S')
    expect(m.text(77, 'cgroup')).toBe('/system.slice/worker.service')
  })

  test('C18 what ended children used is told apart from the own time', () => {
    const m = machine()
    m.put({ pid: 7, userTicks: 10, childTicks: 0 })
    m.tick()
    m.put({ pid: 7, userTicks: 10, childTicks: 900, runNs: 2_000_000 })
    m.tick()
    expect([m.number(7, 'cpuUserSeconds'), m.number(7, 'childrenCpuSeconds')]).toEqual([0.1, 9])
  })

  test('waiting for I/O is absent where the kernel does not account it, not 0', () => {
    const m = machine(1000, undefined, {}, false)
    m.put({ pid: 7 })
    m.tick()
    expect(m.number(7, 'ioDelaySeconds')).toBeNaN()
  })

  test('R3 the start is in the kernel’s own ticks, and does not move', () => {
    const m = machine()
    m.put({ pid: 7, startTicks: 123_456 })
    for (let tick = 0; tick < 40; tick++) {
      m.tick()
      m.host.clock.stepWall(-700)
      expect(m.number(7, 'startTicks')).toBe(123_456)
    }
  })

  test('R5 a zombie stays in the list, without a command line', () => {
    const m = machine()
    m.put({ pid: 7, state: 'Z', arguments: [], name: 'done', residentPages: 0 })
    m.tick()
    expect([m.text(7, 'state'), m.text(7, 'name'), m.text(7, 'commandLine')]).toEqual(['Z', 'done', ''])
    expect(m.table.count).toBe(1)
  })

  test('R5 a leader that is dead while its threads live is read on', () => {
    const m = machine()
    m.put({ pid: 7, state: 'Z', threads: 5, userTicks: 100 })
    m.tick()
    m.put({ pid: 7, state: 'Z', threads: 5, userTicks: 180 })
    m.tick()
    expect(m.number(7, 'cpuUserSeconds')).toBe(1.8)
  })

  test('R6 kernel threads stand in brackets, and nothing is asked that they do not have', () => {
    const m = machine()
    m.put({ pid: 2, name: 'kthreadd', flags: 2_129_984, parentPid: 0 })
    m.tick()
    expect([m.text(2, 'name'), m.text(2, 'commandLine')]).toEqual(['[kthreadd]', ''])
    expect([m.host.reads('proc/2/cmdline'), m.host.reads('proc/2/io')]).toEqual([0, 0])
    expect(m.number(2, 'readBytes')).toBeNaN()
  })

  test('R9 one seen between two programs has its new arguments a tick later', () => {
    const m = machine()
    m.put({ pid: 77, name: 'sh', arguments: ['sh', 'run'], runNs: 1 })
    m.tick()
    m.put({ pid: 77, name: 'cat', arguments: [], runNs: 2 })
    m.tick()
    expect([m.text(77, 'name'), m.text(77, 'commandLine')]).toEqual(['cat', ''])
    m.put({ pid: 77, name: 'cat', arguments: ['cat', 'file'], runNs: 3 })
    m.tick()
    expect(m.text(77, 'commandLine')).toBe('cat file')
  })

  test('R9 a name that changes is seen at once', () => {
    const m = machine()
    m.put({ pid: 7, name: 'systemd-resolve', arguments: ['/lib/systemd/systemd-resolved'] })
    m.tick()
    expect(m.text(7, 'name')).toBe('systemd-resolved')
    m.put({ pid: 7, name: 'other', arguments: ['other'], runNs: 5_000_000 })
    m.tick()
    expect(m.text(7, 'name')).toBe('other')
  })

  test('R1, R11, R12 names of any bytes', () => {
    const m = machine()
    m.put({ pid: 7, name: Uint8Array.from([0xe5, 0x90, 0x8c, 0xe6, 0xad]), arguments: [] })
    m.put({ pid: 8, name: 'x) R 1 (\n\u001b]0;x', arguments: [], parentPid: 5 })
    m.tick()
    expect(m.text(7, 'name')).toBe('同\ufffd')
    expect([m.text(8, 'name'), m.number(8, 'parentPid')]).toEqual(['x) R 1 (\ufffd\ufffd]0;x', 5])
  })
})

describe('processes come and go', () => {
  test('R2 a pid given again is another process, and takes over nothing', () => {
    for (const keptFiles of [1000, 0]) {
      const m = machine(keptFiles)
      m.put({ pid: 7, name: 'old', startTicks: 100, userTicks: 9000 })
      m.tick()
      const before = m.slotOf(7)
      m.host.remove('proc/7')
      m.put({ pid: 7, name: 'new', startTicks: 900, userTicks: 1, arguments: ['new'] })
      m.tick()
      expect(m.table.ended).toEqual([before])
      m.tick()
      expect([m.text(7, 'name'), m.number(7, 'startTicks'), m.number(7, 'cpuUserSeconds')]).toEqual(['new', 900, 0.01])
      expect(m.table.count).toBe(1)
    }
  })

  test('R4 one that vanishes before, while or after it is read is skipped and counted', () => {
    const m = machine()
    m.put({ pid: 7 })
    m.put({ pid: 8 })
    m.put({ pid: 9 })
    m.host.remove('proc/8/stat')
    expect(m.tick().vanished).toBe(1)
    m.host.remove('proc/8')
    m.host.fail('proc/9/stat', 'ESRCH')
    m.host.fail('proc/9/schedstat', 'ESRCH')
    expect(m.tick().vanished).toBe(1)
    expect([m.slotOf(7) >= 0, m.slotOf(8), m.slotOf(9)]).toEqual([true, -1, -1])
  })

  test('R4 one that loses its details in mid-read keeps what was read', () => {
    const m = machine()
    m.put({ pid: 7 })
    for (const file of ['io', 'cmdline', 'cgroup']) m.host.remove(`proc/7/${file}`)
    m.tick()
    expect([m.text(7, 'name'), m.text(7, 'commandLine'), m.text(7, 'cgroup')]).toEqual(['worker', '', ''])
  })

  test('ten thousand come and go, and no file stays open', () => {
    const m = machine()
    for (let pid = 100; pid < 10_100; pid += 100) {
      for (let i = 0; i < 100; i++) m.put({ pid: pid + i })
      m.tick()
      expect(m.table.count).toBe(100)
      expect(m.host.openFiles).toBeGreaterThan(200)
      for (let i = 0; i < 100; i++) m.host.remove(`proc/${pid + i}`)
    }
    m.tick()
    expect(m.table.count).toBe(0)
    expect(m.host.openFiles).toBe(1)
    m.scan.close()
    expect(m.host.openFiles).toBe(0)
  })

  test('no more files are kept open than there may be, and all is read just the same', () => {
    const m = machine(3)
    for (let pid = 1; pid <= 10; pid++) m.put({ pid, userTicks: pid })
    m.tick()
    expect(m.host.openFiles).toBeLessThanOrEqual(4)
    for (let pid = 1; pid <= 10; pid++) m.put({ pid, userTicks: pid * 2, runNs: 9_000_000 })
    m.tick()
    for (let pid = 1; pid <= 10; pid++) expect(m.number(pid, 'cpuUserSeconds')).toBe((pid * 2) / 100)
  })
})

describe('what may not be read', () => {
  test('R7 bytes of others’ processes are absent, counted, and not asked for again', () => {
    const m = machine()
    m.put({ pid: 7 })
    m.put({ pid: 8 })
    m.host.fail('proc/7/io', 'EACCES')
    for (let tick = 0; tick < 50; tick++) {
      m.put({ pid: 7, runNs: 1_000_000 * (tick + 2), userTicks: tick })
      expect(m.tick().denied).toEqual({ io: 1 })
    }
    expect(m.number(7, 'readBytes')).toBeNaN()
    expect(m.number(8, 'readBytes')).toBe(4096)
    expect(m.host.reads('proc/7/io')).toBe(1)
  })

  test('R8 a list that is partial says so', () => {
    expect(machine(1000, 'only your own').tick().limitedView).toBe('only your own')
  })

  test('R8 processes that are listed and hidden have not vanished, and are not tried each tick', () => {
    const m = machine(1000, 'only your own')
    m.put({ pid: 7 })
    m.put({ pid: 8 })
    m.host.fail('proc/8/stat', 'EPERM')
    for (let tick = 0; tick < 20; tick++) expect(m.tick().vanished).toBe(0)
    expect(m.table.count).toBe(1)
    expect(m.host.reads('proc/8/stat')).toBeLessThanOrEqual(6)
  })
})

describe('what it costs', () => {
  test('R16 who has not run is not read again until its turn comes', () => {
    const m = machine()
    for (let pid = 100; pid < 200; pid++) m.put({ pid })
    m.tick()
    const before = m.host.reads('proc/150/stat')
    for (let tick = 0; tick < roundTicks; tick++) m.tick()
    expect(m.host.reads('proc/150/stat') - before).toBe(1)
    expect(m.host.reads('proc/150/cmdline')).toBeLessThanOrEqual(2)
  })

  test('R16 a scan that takes long does its rounds less often', () => {
    const m = machine()
    for (let pid = 100; pid < 110; pid++) m.put({ pid })
    m.tick()
    m.host.delay('proc/loadavg', 250)
    for (let tick = 0; tick < 4; tick++) m.tick()
    const before = m.host.reads('proc/105/stat')
    for (let tick = 0; tick < roundTicks * 8; tick++) m.tick()
    expect(m.host.reads('proc/105/stat') - before).toBe(1)
  })

  test('who runs is read each tick, idle or not', () => {
    const m = machine()
    m.put({ pid: 7 })
    for (let tick = 1; tick < 20; tick++) {
      m.put({ pid: 7, userTicks: tick, runNs: tick * 10_000_000 })
      m.tick()
      expect(m.number(7, 'cpuUserSeconds')).toBe(tick / 100)
    }
  })

  test('threads that run while the leader sleeps are seen', () => {
    const m = machine()
    m.put({ pid: 7, threads: 4 })
    m.tick()
    m.put({ pid: 7, threads: 4, userTicks: 500 })
    m.tick()
    expect(m.number(7, 'cpuUserSeconds')).toBe(5)
  })

  test('only what changed is touched', () => {
    const m = machine()
    m.put({ pid: 7 })
    m.put({ pid: 8 })
    m.tick()
    m.put({ pid: 8, userTicks: 3, runNs: 5_000_000 })
    m.tick()
    expect(m.table.touched).toEqual([m.slotOf(8)])
  })

  test('R18 each process has the time at which it was read', () => {
    const m = machine()
    m.put({ pid: 7 })
    m.put({ pid: 8 })
    m.host.delay('proc/7/stat', 40)
    m.tick()
    expect(m.table.readAtMs[m.slotOf(8)]! - m.table.readAtMs[m.slotOf(7)]!).toBeGreaterThanOrEqual(0)
    m.host.delay('proc/8/stat', 25)
    m.put({ pid: 7, userTicks: 3, runNs: 5_000_000 })
    m.put({ pid: 8, userTicks: 3, runNs: 5_000_000 })
    m.tick()
    expect(m.table.readAtMs[m.slotOf(8)]! - m.table.readAtMs[m.slotOf(7)]!).toBe(25)
  })

  test('a kernel without schedstat is read by stat alone', () => {
    const m = machine()
    m.put({ pid: 7 })
    m.host.remove('proc/7/schedstat')
    m.tick()
    m.put({ pid: 7, userTicks: 44 })
    m.host.remove('proc/7/schedstat')
    m.tick()
    expect(m.number(7, 'cpuUserSeconds')).toBe(0.44)
    expect(m.number(7, 'contextSwitches')).toBeNaN()
  })
})

describe('over a long time', () => {
  test('V1: processes that come and go leave no file open and take no more room', () => {
    const m = machine()
    const live = new LiveProcesses()
    const tick = (unixMs: number): number => {
      m.tick()
      return live.update(m.table, { unixMs, monotonicMs: unixMs, elapsedMs: 1000, isKey: unixMs % 300_000 === 0 })
        .length
    }
    const generation = (first: number): void => {
      for (let pid = first; pid < first + 20; pid++) m.put({ pid, startTicks: pid, threads: 2, readBytes: pid })
    }
    generation(100)
    tick(0)
    const before = { files: m.host.openFiles, slots: m.table.slots }
    for (let i = 1; i <= 200; i++) {
      for (let pid = 80 + i * 20; pid < 100 + i * 20; pid++) m.host.remove(`proc/${pid}`)
      generation(100 + i * 20)
      tick(i * 1000)
    }
    expect(m.table.count).toBe(20)
    expect(live.table.count).toBe(20)
    expect(m.host.openFiles).toBe(before.files)
    // A slot is free again one tick after its process was found gone.
    expect(m.table.slots).toBeLessThanOrEqual(2 * before.slots)
    m.scan.close()
    expect(m.host.openFiles).toBe(0)
  })
})
