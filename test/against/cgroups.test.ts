import { afterEach, expect, test } from 'bun:test'
import { accessSync, constants, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { eventually } from '../e2e/daemon.ts'
import { requireRoot, requireThat } from '../tools.ts'
import { type Child, scheduledSeconds, startChild } from './child.ts'
import { freshTable, invented, outside, words } from './live.ts'
import { livePlatform, read } from './live-platform.ts'

const opened: { close(): void | Promise<void> }[] = []
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close()
})

const root = words(readFileSync('/proc/self/mounts', 'utf8')).find(([, , type]) => type === 'cgroup2')?.[1]
const hasGroups = requireThat(root !== undefined, 'no cgroup v2 is mounted, and a test compares with its files')

const values = (file: string): Map<string, number> =>
  new Map(words(readFileSync(file, 'utf8')).map(([key = '', value]) => [key, Number(value)]))

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

test.skipIf(!hasGroups)('K5: the own group is that of its files', async () => {
  const { system, close } = await livePlatform()
  opened.push({ close })
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/'
  const folder = `${root}${own === '/' ? '' : own}`
  const before = values(`${folder}/cpu.stat`)
  const ours = read(system.cgroups()).find(({ cgroup }) => cgroup === 'self')
  const after = values(`${folder}/cpu.stat`)
  const wrong = [
    ['user_usec', ours?.userSeconds] as const,
    ['system_usec', ours?.systemSeconds] as const,
    ['throttled_usec', ours?.throttledSeconds] as const,
  ].map(([key, seconds]) =>
    before.has(key)
      ? outside(key, (before.get(key) ?? 0) / 1e6, seconds, (after.get(key) ?? 0) / 1e6, 1e-6)
      : invented(key, seconds),
  )
  expect(wrong.filter((line) => line !== undefined)).toEqual([])
})

const canMake =
  hasGroups &&
  requireRoot('makes a control group') &&
  requireThat(isWritable(root ?? ''), 'control groups may not be made here, and a test makes one')

test.skipIf(!canMake)('C18: a service’s time is that of all its processes, also of those that have ended', async () => {
  const name = `sysmon-test-${process.pid}.service`
  const folder = `${root}/${name}`
  mkdirSync(folder)
  opened.push({
    close: () =>
      eventually(
        async () => {
          try {
            rmdirSync(folder)
            return true
          } catch {
            // Its last process is still on its way out.
            return false
          }
        },
        (gone) => gone,
      ).then(() => undefined),
  })
  const spin = (): Child => {
    const child = startChild(['sh', '-c', 'echo ready; read line; while :; do :; done'])
    opened.push({ close: child.end })
    return child
  }
  const spinners = [spin(), spin()]
  for (const child of spinners) {
    await child.said()
    writeFileSync(`${folder}/cgroup.procs`, String(child.pid))
  }
  const live = await freshTable()
  opened.push(live)
  const cpuSeconds = (): number => {
    const group = read(live.platform.system.cgroups()).find(({ cgroup }) => cgroup === `/${name}`)
    return (group?.userSeconds ?? Number.NaN) + (group?.systemSeconds ?? Number.NaN)
  }
  const before = cpuSeconds()
  const scheduledBefore = spinners.map(({ pid }) => scheduledSeconds(pid))
  for (const child of spinners) child.tell('spin')
  const ran = async (): Promise<number[]> =>
    spinners.map(({ pid }, i) => scheduledSeconds(pid) - (scheduledBefore[i] ?? 0))
  await eventually(ran, ([first = 0, second = 0]) => first > 0.5 && second > 0.5, 60_000)
  live.scan()
  expect(live.row(spinners[0]?.pid ?? 0).cgroup).toBe(`/${name}`)
  const [first, second] = spinners as [Child, Child]
  await first.end()
  const low = scheduledSeconds(second.pid)
  const ours = cpuSeconds() - before
  const stat = values(`${folder}/cpu.stat`)
  expect(ours).toBeGreaterThan(low + 0.5 - (scheduledBefore[1] ?? 0))
  expect(outside('group', ours, (stat.get('usage_usec') ?? 0) / 1e6 - before, ours, 0.05 * ours)).toBeUndefined()
})

test.skipIf(!hasGroups)('K10: what the controllers of a group do not give is absent, not 0', async () => {
  const { system, close } = await livePlatform()
  opened.push({ close })
  const controllers = (folder: string): string[] =>
    readFileSync(`${folder}/cgroup.controllers`, 'utf8').trim().split(' ')
  for (const group of read(system.cgroups())) {
    if (group.cgroup === 'self') continue
    const on = controllers(`${root}${group.cgroup}`)
    if (!on.includes('memory')) expect([group.anonymousBytes, group.workingSetBytes]).toEqual([undefined, undefined])
    if (!on.includes('pids')) expect(group.processes).toBeUndefined()
    if (!on.includes('io')) expect(group.readBytes).toBeUndefined()
  }
})
