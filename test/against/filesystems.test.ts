import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { FilesystemReading } from '../../src/platform/platform.ts'
import { requireRoot, requireTool } from '../tools.ts'
import { differences, invented, outside, run } from './live.ts'
import { livePlatform, read } from './live-platform.ts'

const { system } = await livePlatform()

interface Row {
  readonly source: string
  readonly type: string
  readonly sizeBytes: number
  readonly usedBytes: number
  readonly freeBytes: number
  readonly inodesUsed: number
  readonly inodesFree: number
  readonly target: string
}

const dfCommand = ['df', '-a', '-B1', '--output=source,fstype,size,used,avail,iused,iavail,target'] as const

/** What is mounted over is not there for df; of several at one place the last counts. */
function parseDf(text: string): Map<string, Row> {
  const rows = text
    .trim()
    .split('\n')
    .slice(1)
    .map((line): Row => {
      const [, source = '', type = '', numbers = '', target = ''] =
        /^(.*?)\s+(\S+)\s+((?:(?:\d+|-)\s+){5})(\/.*)$/.exec(line) ?? []
      const [sizeBytes = 0, usedBytes = 0, freeBytes = 0, inodesUsed = 0, inodesFree = 0] = numbers
        .split(/\s+/)
        .map(Number)
      return { source, type, sizeBytes, usedBytes, freeBytes, inodesUsed, inodesFree, target }
    })
  return new Map(rows.map((row) => [row.target, row]))
}

/** Others write meanwhile: what they may add between two readings. */
const writtenMeanwhileBytes = 64 * 2 ** 20

test.skipIf(!requireTool('df'))('F4: sizes are those of df, what is reserved for root on neither side', async () => {
  const compare = async () => {
    const before = parseDf(run(...dfCommand))
    const ours = read(await system.filesystems())
    const after = parseDf(run(...dfCommand))
    expect(ours.length).toBeGreaterThan(0)
    return ours.flatMap((mount) => {
      const [low, high] = [before.get(mount.mountpoint), after.get(mount.mountpoint)]
      if (low === undefined || high === undefined) return [`${mount.mountpoint}: not in df`]
      const bytes = (name: 'usedBytes' | 'freeBytes'): string | undefined =>
        outside(`${mount.mountpoint} ${name}`, low[name], mount[name], high[name], writtenMeanwhileBytes)
      return [
        outside(`${mount.mountpoint} size`, low.sizeBytes, mount.sizeBytes, high.sizeBytes),
        bytes('usedBytes'),
        bytes('freeBytes'),
        mount.type === low.type ? undefined : `${mount.mountpoint}: ${mount.type}, df says ${low.type}`,
      ]
    })
  }
  expect(await differences(compare)).toEqual([])
})

test.skipIf(!requireTool('df'))('F6: inodes are those of df, absent where there are none', async () => {
  const compare = async () => {
    const before = parseDf(run(...dfCommand))
    const ours = read(await system.filesystems())
    const after = parseDf(run(...dfCommand))
    return ours.flatMap((mount) => {
      const [low, high] = [before.get(mount.mountpoint), after.get(mount.mountpoint)]
      if (low === undefined || high === undefined) return [`${mount.mountpoint}: not in df`]
      if (low.inodesUsed + low.inodesFree === 0) return [invented(`${mount.mountpoint} inodes`, mount.inodesUsed)]
      return [
        outside(`${mount.mountpoint} inodes used`, low.inodesUsed, mount.inodesUsed, high.inodesUsed, 20_000),
        outside(`${mount.mountpoint} inodes free`, low.inodesFree, mount.inodesFree, high.inodesFree, 20_000),
      ]
    })
  }
  expect(await differences(compare)).toEqual([])
})

test.skipIf(!requireTool('df'))('F3: every block device that df lists is there, once', async () => {
  const devices = [...parseDf(run(...dfCommand)).values()]
    .filter(({ source, type }) => source.startsWith('/dev/') && type !== 'devtmpfs' && type !== 'squashfs')
    .map(({ source }) => source)
  const ours = read(await system.filesystems()).map(({ device }) => device)
  for (const device of new Set(devices)) expect(ours.filter((name) => name === device)).toEqual([device])
})

/**
 * Mounts of its own, in a namespace of its own whose first process is the shell: /proc/1/mountinfo is then its table.
 * Prints what sysmon says, a line of dashes, and what df says.
 */
function inOwnNamespace(mounts: string): { ours: FilesystemReading[]; df: Map<string, Row> } {
  const folder = mkdtempSync(path.join(tmpdir(), 'sysmon-mounts-'))
  const program = `
    import { read, livePlatform } from ${JSON.stringify(path.join(import.meta.dir, 'live-platform.ts'))}
    const platform = await livePlatform()
    console.log(JSON.stringify(read(await platform.system.filesystems())))`
  const shell = `cd "$1" && ${mounts} && "$2" -e "$3" && echo ---- && ${dfCommand.join(' ')}`
  try {
    const output = run(
      ...['unshare', '--mount', '--pid', '--fork', '--mount-proc', '--propagation', 'private'],
      ...['sh', '-ec', shell, 'sh', folder, process.execPath, program],
    )
    const [json = '', df = ''] = output.split('\n----\n')
    const within = (mountpoint: string): boolean => mountpoint.startsWith(folder)
    const ours = (JSON.parse(json) as FilesystemReading[]).filter(({ mountpoint }) => within(mountpoint))
    const shorten = (mountpoint: string): string => mountpoint.slice(folder.length + 1)
    return {
      ours: ours.map((mount) => ({ ...mount, mountpoint: shorten(mount.mountpoint) })),
      df: new Map([...parseDf(df)].filter(([target]) => within(target)).map(([target, row]) => [shorten(target), row])),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
const canMount = requireRoot('mounts filesystems of its own') && requireTool('unshare') && requireTool('df')

test.skipIf(!canMount)('F3: a bind mount is no second filesystem', () => {
  const { ours, df } = inOwnNamespace(
    'mkdir one two && mount -t tmpfs -o size=8m one one && mkdir one/below && mount --bind one/below two',
  )
  expect([...df.keys()].sort()).toEqual(['one', 'two'])
  expect(ours).toHaveLength(1)
  expect(ours[0]).toMatchObject({ mountpoint: 'one', type: 'tmpfs', sizeBytes: 8 * 2 ** 20, stale: false })
})

test.skipIf(!canMount)('F3: of two filesystems at one place the one that can be seen is told', () => {
  const { ours, df } = inOwnNamespace(
    'mkdir one && mount -t tmpfs -o size=8m one one && mount -t tmpfs -o size=4m two "$PWD/one"',
  )
  expect(df.get('one')).toMatchObject({ sizeBytes: 4 * 2 ** 20, source: 'two' })
  expect(ours).toHaveLength(1)
  expect(ours[0]).toMatchObject({ mountpoint: 'one', device: 'two', sizeBytes: 4 * 2 ** 20, stale: false })
})

test.skipIf(!canMount)('F5, R12: places with blanks, line ends and more are asked as they are, and shown clean', () => {
  const { ours } = inOwnNamespace(
    `for name in 'a b' 'c\\d' "$(printf 'e\\nf')" "$(printf 'g\\033[31m')" 'ö'; do
       mkdir "$name" && mount -t tmpfs -o size=8m tmpfs "$name"; done`,
  )
  expect(ours.map(({ mountpoint }) => mountpoint).sort()).toEqual(
    ['a b', 'c\\d', 'e\ufffdf', 'g\ufffd[31m', 'ö'].sort(),
  )
  for (const { sizeBytes } of ours) expect(sizeBytes).toBe(8 * 2 ** 20)
})

test.skipIf(!canMount)('a filesystem that is mounted to be read only is told so', () => {
  const { ours } = inOwnNamespace('mkdir one two && mount -t tmpfs -o ro one one && mount -t tmpfs two two')
  expect(Object.fromEntries(ours.map(({ mountpoint, readOnly }) => [mountpoint, readOnly]))).toEqual({
    one: true,
    two: false,
  })
})
