import { expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { requireThat, requireTool } from '../tools.ts'
import { startScript } from './child.ts'
import { freshTable, outside, run, words } from './live.ts'
import { livePlatform, read } from './live-platform.ts'

const { system } = await livePlatform()

const sectorBytes = 512

function diskstats(): Map<string, number[]> {
  return new Map(
    words(readFileSync('/proc/diskstats', 'utf8')).map(([, , name = '', ...fields]) => [name, fields.map(Number)]),
  )
}

test('D1, D2: every counter of every device that did something is that of /proc/diskstats', () => {
  const before = diskstats()
  const ours = read(system.disks())
  const after = diskstats()
  const active = [...before].filter(([, [reads, , , , writes]]) => reads !== 0 || writes !== 0).map(([name]) => name)
  expect(ours.map(({ device }) => device).sort()).toEqual(active.map((name) => name.replaceAll('!', '/')).sort())
  const wrong = ours.flatMap((disk) => {
    const name = disk.device.replaceAll('/', '!')
    const between = (what: string, field: number, value: number | undefined, factor = 1): string | undefined => {
      const [low, high] = [before.get(name)?.[field] ?? Number.NaN, after.get(name)?.[field] ?? Number.NaN]
      // Times become seconds: rounded to the millisecond that the kernel tells.
      return outside(`${name} ${what}`, low * factor, value, high * factor, factor < 1 ? 1e-6 : 0)
    }
    const flow = (what: string, at: number, of: typeof disk.read): (string | undefined)[] => [
      between(`${what} operations`, at, of.operations),
      between(`${what} merged`, at + 1, of.merged),
      between(`${what} bytes`, at + 2, of.bytes, sectorBytes),
      between(`${what} seconds`, at + 3, of.seconds, 1e-3),
    ]
    return [
      ...flow('read', 0, disk.read),
      ...flow('write', 4, disk.write),
      between('seconds of I/O', 9, disk.ioSeconds, 1e-3),
      between('weighted seconds', 10, disk.weightedIoSeconds, 1e-3),
    ]
  })
  expect(wrong.filter((line) => line !== undefined)).toEqual([])
})

test.skipIf(!requireTool('lsblk'))('D1: sizes and partitions are those of lsblk', async () => {
  const known = new Map(words(run('lsblk', '-b', '-r', '-n', '-o', 'KNAME,SIZE,TYPE')).map((line) => [line[0], line]))
  const ours = read(await system.diskSizes())
  expect(ours.length).toBeGreaterThan(0)
  for (const { device, bytes, role } of ours) {
    const [, size, type] = known.get(device.replaceAll('/', '!')) ?? known.get(device) ?? []
    // lsblk leaves out what is empty or not yet set up.
    if (size === undefined) continue
    expect([device, bytes]).toEqual([device, Number(size)])
    expect([device, role === 'partition']).toEqual([device, type === 'part'])
  }
})

/** Of a real disk: nothing in memory has writes to count. */
const realFolder = ['/var/tmp', import.meta.dir].find(
  (folder) =>
    !/^(tmpfs|ramfs|overlay|nfs|fuse|9p|virtiofs)/.test(words(run('stat', '-f', '-c', '%T', folder))[0]?.[0] ?? ''),
)
const hasPhysicalDisk = read(system.disks()).some(({ role }) => role === 'physical')
const canWrite = requireThat(
  realFolder !== undefined && hasPhysicalDisk,
  'no file can be written to a disk that counts its writes, and a test writes 100 MB',
)

const writtenBytes = 100_000_000 - (100_000_000 % 4096)

/** Around the page cache where the filesystem lets it, else flushed. */
const writer = (file: string): string => `
  import { constants, fdatasyncSync, openSync, writeSync } from 'node:fs'
  import { ptr } from 'bun:ffi'
  const total = ${writtenBytes}
  const raw = new Uint8Array(total + 4096)
  const start = (4096 - Number(ptr(raw)) % 4096) % 4096
  const bytes = raw.subarray(start, start + total).fill(7)
  const flags = constants.O_CREAT | constants.O_WRONLY
  console.log('ready')
  await lines.next()
  let fd = openSync(${JSON.stringify(file)}, flags)
  const write = (fd) => { for (let at = 0; at < total;) at += writeSync(fd, bytes, at, Math.min(1 << 20, total - at)) }
  try { fd = openSync(${JSON.stringify(file)}, flags | constants.O_DIRECT); write(fd) } catch { write(fd) }
  fdatasyncSync(fd)
  console.log('written')
  await lines.next()`

test.skipIf(!canWrite)('D2, R14: 100 MB written are 100 MB of the disk and of the process, within 10 %', async () => {
  const table = await freshTable()
  const physicalBytes = (): number =>
    read(system.disks())
      .filter(({ role }) => role === 'physical')
      .reduce((sum, disk) => sum + disk.write.bytes, 0)
  let grown = Number.POSITIVE_INFINITY
  // Others write to the disk too: the upper bound holds when they hold still for a second.
  for (let left = 4; left > 0 && grown > writtenBytes * 1.1; left--) {
    const folder = mkdtempSync(path.join(realFolder as string, 'sysmon-disk-'))
    const child = startScript(writer(path.join(folder, 'file')))
    try {
      await child.said()
      run('sync', '-f', folder)
      table.scan()
      const [disk, own] = [physicalBytes(), table.row(child.pid).writtenBytes]
      child.tell('write')
      expect(await child.said()).toBe('written')
      grown = physicalBytes() - disk
      table.scan()
      const ownGrown = table.row(child.pid).writtenBytes - own
      expect(outside('process', writtenBytes, ownGrown, writtenBytes * 1.1)).toBeUndefined()
      expect(grown).toBeGreaterThanOrEqual(writtenBytes)
    } finally {
      await child.end()
      rmSync(folder, { recursive: true, force: true })
    }
  }
  table.close()
  expect(outside('disk', writtenBytes, grown, writtenBytes * 1.1)).toBeUndefined()
})
