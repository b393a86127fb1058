import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startProcess } from '../../../../test/child-process.ts'
import { fixtureHost } from '../../../../test/fixture-host.ts'
import { liveHost } from '../../../../test/live-host.ts'
import { putLastPid, putProcess } from '../../../../test/process-files.ts'
import { ProcessTable } from '../../../frame/process-table.ts'
import { isAbsent, type ProcessDetails } from '../../platform.ts'
import { createLinuxProcesses } from './process-monitor.ts'

const live = (): ReturnType<typeof createLinuxProcesses> =>
  createLinuxProcesses(liveHost(), {
    ownPid: process.pid,
    ownUid: process.getuid?.() ?? 0,
    passwd: '/etc/passwd',
  })

async function detailsOf(pid: number): Promise<ProcessDetails> {
  const details = await live().details({ pid, startTicks: undefined })
  if (isAbsent(details)) throw new Error(details.absent)
  return details
}

describe('signals', () => {
  test('a process gets the signal', async () => {
    await using child = startProcess(['sleep', '600'])
    const { startTicks } = await detailsOf(child.pid)
    expect(await live().signal({ pid: child.pid, startTicks }, 'TERM')).toEqual({ outcome: 'sent' })
    expect(await child.ended).toBe('SIGTERM')
  })

  test('one that a person named by its pid alone gets it too', async () => {
    await using child = startProcess(['sleep', '600'])
    expect(await live().signal({ pid: child.pid, startTicks: undefined }, 'KILL')).toEqual({ outcome: 'sent' })
    expect(await child.ended).toBe('SIGKILL')
  })

  test('R2 who has the pid now but is another process does not', async () => {
    await using child = startProcess(['sleep', '600'])
    const { startTicks } = await detailsOf(child.pid)
    expect(await live().signal({ pid: child.pid, startTicks: startTicks - 1 }, 'KILL')).toEqual({
      outcome: 'replaced',
      why: `pid ${child.pid} belongs to another process now`,
    })
    expect(await detailsOf(child.pid)).toMatchObject({ startTicks })
  })

  test('one that has ended is gone', async () => {
    const child = startProcess(['true'])
    await child.ended
    expect(await live().signal({ pid: child.pid, startTicks: 5 }, 'TERM')).toEqual({
      outcome: 'gone',
      why: `there is no process ${child.pid} any more`,
    })
  })

  for (const [what, pid, signal] of [
    ['the first process', 1, 'TERM'],
    ['every process', -1, 'KILL'],
    ['the own group', 0, 'KILL'],
    ['sysmon itself', process.pid, 'TERM'],
    ['a signal that does not exist', 999_999_999, 'WHATEVER'],
    ['a name of every object', 999_999_999, 'toString'],
  ] as const) {
    test(`refused: ${what}`, async () => {
      const result = await live().signal({ pid, startTicks: undefined }, signal)
      expect(result.outcome).toBe('refused')
    })
  }

  test('the signals it has are named', () => {
    expect(live().signals.slice(0, 2)).toEqual(['TERM', 'KILL'])
    expect(live().secondsPerTick).toBe(0.01)
  })
})

describe('a real process', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'details-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const program = `
    const file = require('node:fs').openSync(process.env.OPENED, 'w')
    const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
    console.log('port ' + server.port + ' file ' + file + ';')
    setInterval(() => undefined, 1000)
  `

  test('its open file, its socket, its threads and its limits', async () => {
    const opened = path.join(folder, 'opened file')
    await using child = startProcess([process.execPath, '-e', program], { OPENED: opened })
    await child.said(';')
    const details = await detailsOf(child.pid)
    expect(details.openFiles).toContainEqual({ descriptor: expect.any(Number), path: opened })
    expect(details.sockets).toContainEqual(
      expect.objectContaining({ protocol: 'tcp', state: 'LISTEN', local: expect.stringMatching(/^127\.0\.0\.1:\d+$/) }),
    )
    expect(details.threads).toContainEqual(expect.objectContaining({ threadId: child.pid }))
    expect(details.limits).toContainEqual(expect.objectContaining({ name: 'Max open files', unit: 'files' }))
    expect(details.executable).toBe(process.execPath)
    expect(details.fileDescriptors).toBeGreaterThan(3)
    expect(details.proportionalBytes).toBeGreaterThan(1_000_000)
    expect(details.notes).toEqual([])
  })

  test('it is in the table, with its owner and what it used', async () => {
    await using child = startProcess(['sleep', '600'])
    const monitor = live()
    const table = new ProcessTable()
    monitor.scan(table)
    const slot = table.numbers.pid.indexOf(child.pid)
    expect(table.texts.commandLine[slot]).toBe('sleep 600')
    expect(table.numbers.parentPid[slot]).toBe(process.pid)
    expect(table.numbers.residentBytes[slot]).toBeGreaterThan(0)
    expect(table.numbers.startTicks[slot]).toBe((await detailsOf(child.pid)).startTicks)
    monitor.close()
  })
})

describe('a limited view', () => {
  const machine = (options: string): ReturnType<typeof fixtureHost> => {
    const host = fixtureHost()
    putProcess(host, { pid: 7 })
    putLastPid(host, 7)
    host.put('proc/self/mountinfo', `22 1 0:20 / ${host.procfs} rw,nosuid - proc proc ${options}\n`)
    return host
  }
  const scanOf = (options: string, ownUid = 1000): string | undefined =>
    createLinuxProcesses(machine(options), { ownPid: 1, ownUid, passwd: undefined }).scan(new ProcessTable())
      .limitedView

  for (const mode of ['hidepid=2', 'hidepid=invisible', 'hidepid=ptraceable', 'gid=5,hidepid=1']) {
    test(`R8 a list that ${mode} made partial says so`, () => {
      expect(scanOf(`rw,${mode}`)).toContain('only your own processes are visible (hidepid=')
    })
  }
  for (const [options, uid] of [
    ['rw', 1000],
    ['rw,hidepid=0', 1000],
    ['rw,hidepid=off', 1000],
    ['rw,hidepid=2', 0],
  ] as const) {
    test(`R8 a list with ${options} for user ${uid} is whole`, () => expect(scanOf(options, uid)).toBeUndefined())
  }

  test('R7, R8 what is lost by not being root is said once, with the cure', () => {
    const host = machine('rw,hidepid=2')
    const of = (ownUid: number): string[] =>
      createLinuxProcesses(host, { ownPid: 1, ownUid, passwd: undefined })
        .limitations()
        .map(({ lost }) => lost)
    expect(of(0)).toEqual([])
    expect(of(1000)).toEqual([
      'their disk I/O, open files, program path and exact memory',
      'they are not in the process table at all',
    ])
  })

  test('files are kept open below the limit of open files, with some to spare', () => {
    const host = fixtureHost()
    for (let pid = 1; pid <= 60; pid++) putProcess(host, { pid })
    putLastPid(host, 60)
    host.put('proc/self/limits', 'Max open files            300                  300                  files     \n')
    const monitor = createLinuxProcesses(host, { ownPid: 1, ownUid: 0, passwd: undefined })
    const table = new ProcessTable()
    monitor.scan(table)
    expect(table.count).toBe(60)
    expect(host.openFiles).toBeLessThanOrEqual(300 - 256 + 1)
    monitor.close()
    expect(host.openFiles).toBe(0)
  })
})
