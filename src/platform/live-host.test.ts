import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { liveHost } from '../../test/live-host.ts'
import { HostError } from './host.ts'
import { parseProcStat } from './linux/proc-stat.ts'
import { isRemoteFilesystem } from './live-host.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'host-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(path.join(folder, name), content)
  return path.join(folder, name)
}
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const codeOf = (call: () => unknown): string => {
  try {
    call()
  } catch (error) {
    if (error instanceof HostError) return error.code
    throw error
  }
  return 'none'
}

describe('reading', () => {
  test('C8 a file of any size is read whole: 512 CPUs and a line of interrupts longer than the buffer', () => {
    const cpus = Array.from({ length: 512 }, (_, n) => `cpu${n} ${n} 0 0 0 0 0 0 0 0 0\n`).join('')
    const stat = `cpu  1 1 1 1\n${cpus}intr 77 ${'123456 '.repeat(60_000)}\nctxt 4242\n`
    const host = liveHost()
    const at = file('stat', stat)
    for (const bytes of [host.read(at), host.open(at).read()]) {
      expect(bytes).toHaveLength(stat.length)
      const reading = parseProcStat(bytes)
      expect([reading.cpus.length, reading.interrupts, reading.contextSwitches]).toEqual([512, 77, 4242])
    }
    expect(host.readText(at)).toBe(stat)
  })

  for (const size of [0, 1, 65_535, 65_536, 65_537, 262_144, 300_000]) {
    test(`N12 ${size} bytes are ${size} bytes`, () => {
      const at = file('any', 'x'.repeat(size))
      expect(liveHost().read(at)).toHaveLength(size)
    })
  }

  test('a kept file is read from its start each time, as it is now, and no further than asked', () => {
    const host = liveHost()
    const at = file('kept', 'first')
    const kept = host.open(at)
    expect(textOf(kept.read())).toBe('first')
    writeFileSync(at, 'second one')
    expect(textOf(kept.read())).toBe('second one')
    expect(textOf(kept.read(6))).toBe('second')
    kept.close()
    kept.close()
  })

  test('a real file of the kernel', () => {
    expect(textOf(liveHost().read('/proc/self/stat'))).toMatch(/^\d+ \(/)
  })

  test('R11 bytes that are not UTF-8 become a replacement', () => {
    expect(liveHost().readText(file('bytes', Uint8Array.from([0x61, 0xe6, 0xad])))).toBe('a\ufffd')
  })
})

describe('failures', () => {
  test('carry the name of the error and the path', async () => {
    const host = liveHost()
    const missing = path.join(folder, 'missing')
    for (const call of [host.read, host.readText, host.open, host.list, host.readLink, host.ownerOf])
      expect(codeOf(() => call(missing))).toBe('ENOENT')
    expect(codeOf(() => host.read(folder))).toBe('EISDIR')
    expect(codeOf(() => host.readLink(file('plain', '')))).toBe('EINVAL')
    for (const promise of [
      host.readTextSlowly(missing),
      host.listSlowly(missing),
      host.filesystemSpace(missing, 'ext4', 1000),
    ])
      expect(await promise.then(String, (error: HostError) => error.code)).toBe('ENOENT')
  })

  test('a file of a process that has ended tells so', async () => {
    const child = Bun.spawn(['sleep', '600'])
    const kept = liveHost().open(`/proc/${child.pid}/schedstat`)
    expect(kept.read().length).toBeGreaterThan(0)
    child.kill('SIGKILL')
    await child.exited
    expect(codeOf(() => kept.read())).toBe('ESRCH')
    kept.close()
  })

  test('a file that never answers is given up', async () => {
    const fifo = path.join(folder, 'fifo')
    expect(Bun.spawnSync(['mkfifo', fifo]).exitCode).toBe(0)
    const reading = liveHost().readTextSlowly(fifo, 20)
    expect(await reading.then(String, (error: HostError) => error.code)).toBe('ETIMEDOUT')
    // Lets the thread go that waits for a writer.
    writeFileSync(fifo, '')
  })
})

describe('folders and links', () => {
  test('names, links, owners', async () => {
    const host = liveHost()
    mkdirSync(path.join(folder, 'sub'))
    symlinkSync('../there', path.join(folder, 'sub/link'))
    expect(host.list(path.join(folder, 'sub'))).toEqual(['link'])
    expect(await host.listSlowly(path.join(folder, 'sub'))).toEqual(['link'])
    expect(host.readLink(path.join(folder, 'sub/link'))).toBe('../there')
    expect(host.exists(path.join(folder, 'sub'))).toBe(true)
    expect(host.exists(path.join(folder, 'none'))).toBe(false)
    expect(host.ownerOf(folder)).toBe(process.getuid?.() ?? 0)
  })

  test('space of a filesystem that is here', async () => {
    const space = await liveHost().filesystemSpace(folder, 'ext4', 5000)
    expect(space.blocks).toBeGreaterThan(0)
    expect(space.blocks).toBeGreaterThanOrEqual(space.blocksFree)
    expect(space.blocksFree).toBeGreaterThanOrEqual(space.blocksAvailable)
  })

  for (const [type, isRemote] of [
    ['nfs', true],
    ['nfs4', true],
    ['cifs', true],
    ['fuse.sshfs', true],
    ['fuseblk', true],
    ['9p', true],
    ['ext4', false],
    ['zfs', false],
    ['nfsd', false],
    ['fusectl', false],
  ] as const) {
    test(`F1 ${type} is ${isRemote ? 'asked in a process that may be lost' : 'asked here'}`, () => {
      expect(isRemoteFilesystem(type)).toBe(isRemote)
    })
  }
})
