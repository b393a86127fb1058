import { afterEach, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { eventually } from '../../test/e2e/daemon.ts'
import { canMountFuse, type FuseMount, mountFuse } from '../../test/fuse-mount.ts'
import { fuseSpace } from '../../test/fuse-server.ts'
import { HostError } from './host.ts'
import { Filesystems } from './linux/filesystems.ts'
import { createLiveHost } from './live-host.ts'
import { ownCommand } from './own-command.ts'
import { createRemoteSpace, type RemoteSpace, type RemoteSpaceOptions } from './remote-space.ts'

/** Long enough for a process to start on a busy machine. */
const ampleMs = 30_000
/** After which a path that never answers is given up. */
const shortMs = 700

const opened: { close(): void | Promise<void> }[] = []
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

/** A stand-in for the probe: never answers for a path with `silent` in it, ends at one with `dies`. Writes down its pid. */
function standIn(): { readonly command: string[]; pids(): number[] } {
  const pids = path.join(mkdtempSync(path.join(tmpdir(), 'sysmon-probe-')), 'pids')
  opened.push({ close: () => rmSync(path.dirname(pids), { recursive: true, force: true }) })
  const source = `
    require('node:fs').appendFileSync(${JSON.stringify(pids)}, process.pid + '\\n')
    for await (const line of console) {
      const { id, path } = JSON.parse(line)
      if (path.includes('dies')) process.exit(1)
      if (!path.includes('silent')) console.log(JSON.stringify({ id, space: { blocks: path.length } }))
      // Hangs, but not for longer than a test run that was killed and left it alone.
      else while (process.ppid !== 1) Bun.sleepSync(200)
    }`
  return {
    command: [process.execPath, '-e', source],
    pids: () => (existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n').map(Number) : []),
  }
}

function client(options: RemoteSpaceOptions): RemoteSpace {
  const made = createRemoteSpace(options)
  opened.push(made)
  return made
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'answered',
    (error: unknown) => (error instanceof HostError ? error.code : String(error)),
  )
/** A process that has ended and is not yet waited for counts as gone. */
const isRunning = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))

describe('with a probe that never answers for some', () => {
  test('no process is started before there is a question', async () => {
    const probe = standIn()
    const remote = client({ command: probe.command })
    await Bun.sleep(0)
    expect(probe.pids()).toEqual([])
    await remote.space('/a', ampleMs)
    expect(probe.pids()).toHaveLength(1)
    await remote.space('/b', ampleMs)
    expect(probe.pids()).toHaveLength(1)
  })

  test('F1: one mount that does not answer is stale, and the others are answered meanwhile', async () => {
    const probe = standIn()
    const remote = client({ command: probe.command })
    const silent = remote.space('/silent', ampleMs)
    const others = await Promise.all(['/ab', '/abc'].map((each) => remote.space(each, ampleMs)))
    expect(others.map(({ blocks }) => blocks)).toEqual([3, 4])
    expect(await Promise.race([codeOf(silent), Bun.sleep(0)])).toBeUndefined()
    expect(probe.pids()).toHaveLength(2)
  })

  test('F1: asked again while it does not answer it says so at once, and starts nothing', async () => {
    const probe = standIn()
    const remote = client({ command: probe.command })
    expect(await codeOf(remote.space('/silent', shortMs))).toBe('ETIMEDOUT')
    for (let i = 0; i < 10; i++) expect(await codeOf(remote.space('/silent', ampleMs))).toBe('ETIMEDOUT')
    expect(probe.pids().length).toBeLessThanOrEqual(1)
    expect(await codeOf(remote.space('/a', ampleMs))).toBe('answered')
  })

  test('F1: the same question twice is asked once', async () => {
    const probe = standIn()
    const remote = client({ command: probe.command })
    const [first, second] = [remote.space('/a', ampleMs), remote.space('/a', ampleMs)]
    expect(await first).toBe(await second)
    expect(await remote.space('/a', ampleMs)).not.toBe(await first)
  })

  test('F1: however many mounts are dead, four processes at most', async () => {
    const probe = standIn()
    const remote = client({ command: probe.command })
    let open = true
    const asked = Promise.all(Array.from({ length: 8 }, (_, i) => codeOf(remote.space(`/silent/${i}`, 5000))))
    void asked.then(() => {
      open = false
    })
    let most = 0
    while (open) {
      most = Math.max(most, probe.pids().filter(isRunning).length)
      await Bun.sleep(20)
    }
    expect(most).toBeLessThanOrEqual(4)
    expect(most).toBeGreaterThan(1)
    const codes = await asked
    expect(new Set(codes)).toEqual(new Set(['ETIMEDOUT', 'EBUSY']))
    await eventually(
      async () => probe.pids().filter(isRunning),
      (left) => left.length === 0,
    )
  })

  test('F1: what did not answer is asked again once its process could be ended', async () => {
    const probe = standIn()
    const remote = client({ command: probe.command, retryAfterMs: 0 })
    expect(await codeOf(remote.space('/silent', 2000))).toBe('ETIMEDOUT')
    const before = probe.pids().length
    await eventually(
      () => codeOf(remote.space('/silent', 2000)).then(() => probe.pids().length),
      (started) => started > before,
    )
  })

  test('a process that ends takes only its own question along', async () => {
    const remote = client(standIn())
    const codes = ['/a', '/dies', '/b'].map((each) => codeOf(remote.space(each, ampleMs)))
    expect(await Promise.all(codes)).toEqual(['answered', 'ECHILD', 'answered'])
  })

  test('what cannot be started is told', async () => {
    const remote = client({ command: ['/no/such/program'] })
    expect(await codeOf(remote.space('/a', ampleMs))).toBe('ECHILD')
  })

  test('a process that answers nonsense is ended', async () => {
    const remote = client({ command: ['sh', '-c', 'read line; echo nonsense; sleep 100'] })
    expect(await codeOf(remote.space('/a', ampleMs))).toBe('ECHILD')
  })

  test('closing ends the processes and what is open', async () => {
    const probe = standIn()
    const remote = client({ command: probe.command })
    const silent = codeOf(remote.space('/silent', ampleMs))
    await eventually(
      async () => probe.pids(),
      (pids) => pids.length === 1,
    )
    remote.close()
    expect(await silent).toBe('ECANCELED')
    expect(await codeOf(remote.space('/a', ampleMs))).toBe('ECANCELED')
    await eventually(
      async () => probe.pids().filter(isRunning),
      (left) => left.length === 0,
    )
  })

  test('it never keeps its own process alive', async () => {
    const source = `
      import { createRemoteSpace } from ${JSON.stringify(path.join(import.meta.dir, 'remote-space.ts'))}
      const remote = createRemoteSpace({ command: ${JSON.stringify(standIn().command)} })
      void remote.space('/silent', 3_600_000)
      const alive = setTimeout(() => process.exit(1), ${ampleMs})
      console.log((await remote.space('/abc', ${ampleMs})).blocks)
      clearTimeout(alive)`
    const child = Bun.spawn([process.execPath, '-e', source], { stdout: 'pipe', stderr: 'inherit' })
    opened.push({ close: () => child.kill() })
    expect(await new Response(child.stdout).text()).toBe('4\n')
    expect(await child.exited).toBe(0)
  })
})

describe('the probe itself', () => {
  test('answers each line with one line, and ends with its input', async () => {
    const child = Bun.spawn(ownCommand('__mount-probe'), { stdin: 'pipe', stdout: 'pipe' })
    child.stdin.write('{"id":1,"path":"/"}\n{"id":2,"path":"/no/such"}\n{"id":3,"pa')
    void child.stdin.end()
    const lines = (await new Response(child.stdout).text()).trim().split('\n')
    const [space, error] = lines.map((line) => JSON.parse(line))
    expect(lines).toHaveLength(2)
    expect(space).toMatchObject({ id: 1, space: { blocks: expect.any(Number), blockBytes: expect.any(Number) } })
    expect(error).toEqual({ id: 2, error: { code: 'ENOENT' } })
    expect(await child.exited).toBe(0)
  })

  test('ends when its parent is killed', async () => {
    const source = `
      import { createRemoteSpace } from ${JSON.stringify(path.join(import.meta.dir, 'remote-space.ts'))}
      const remote = createRemoteSpace({ command: ${JSON.stringify(ownCommand('__mount-probe'))} })
      setInterval(() => undefined, 1000)
      await remote.space('/', ${ampleMs})
      console.log(require('node:fs').readFileSync('/proc/thread-self/children', 'utf8'))`
    const parent = Bun.spawn([process.execPath, '-e', source], { stdout: 'pipe', stderr: 'inherit' })
    const { value } = await parent.stdout.getReader().read()
    const probe = Number(new TextDecoder().decode(value).trim())
    expect(isRunning(probe)).toBe(true)
    parent.kill('SIGKILL')
    await parent.exited
    await eventually(
      async () => isRunning(probe),
      (running) => !running,
    )
  })

  test('is started by the executable itself, or from its sources', () => {
    expect(ownCommand('x', '/$bunfs/root')).toEqual([process.execPath, 'x'])
    expect(ownCommand('x', 'B:\\~BUN\\root')).toEqual([process.execPath, 'x'])
    const [bun, main, program] = ownCommand('x')
    expect([bun, program]).toEqual([process.execPath, 'x'])
    expect(existsSync(main ?? '')).toBe(true)
  })
})

describe.skipIf(!canMountFuse())('a mount whose server does not answer', () => {
  async function fuse(): Promise<FuseMount> {
    const mount = await mountFuse()
    opened.push(mount)
    return mount
  }
  const probeIn = (mount: FuseMount): string[] => [...mount.enter, ...ownCommand('__mount-probe')]

  test('F1: is told as stale, does not hold up the rest, and is read again when it returns', async () => {
    const mount = await fuse()
    const remote = client({ command: probeIn(mount), retryAfterMs: 0 })
    expect(await codeOf(remote.space(mount.folder, 2000))).toBe('ETIMEDOUT')
    // The process is in the kernel and cannot be ended: nothing more is asked, however often.
    for (let i = 0; i < 5; i++) expect(await codeOf(remote.space(mount.folder, ampleMs))).toBe('ETIMEDOUT')
    expect(await codeOf(remote.space('/', ampleMs))).toBe('answered')
    mount.answer()
    await eventually(
      () => codeOf(remote.space(mount.folder, ampleMs)),
      (code) => code === 'answered',
    )
  })

  test('F1: the filesystems of the machine are read around it, and neither files nor timers wait', async () => {
    const mount = await fuse()
    const remote = client({ command: probeIn(mount) })
    const live = createLiveHost({ procfs: '/proc', sysfs: '/sys', remoteSpace: remote.space })
    const host: typeof live = {
      ...live,
      readTextSlowly: (file) => live.readTextSlowly(file === '/proc/1/mountinfo' ? mount.mountinfo : file),
    }
    const filesystems = new Filesystems(host)
    let done = false
    const reading = filesystems.read().finally(() => {
      done = true
    })
    let turns = 0
    while (!done) {
      expect((await readFile('/proc/uptime', 'utf8')).length).toBeGreaterThan(0)
      await Bun.sleep(10)
      turns++
    }
    expect(turns).toBeGreaterThan(20)
    for (const list of [await reading, await filesystems.read()]) {
      expect(list.find(({ mountpoint }) => mountpoint === mount.folder)).toMatchObject({
        type: 'fuse',
        stale: true,
        sizeBytes: undefined,
        freeBytes: undefined,
      })
      const others = list.filter(({ mountpoint }) => mountpoint !== mount.folder)
      expect(others.length).toBeGreaterThan(0)
      expect(others.filter(({ stale }) => stale)).toEqual([])
    }
  })

  test('F1: one that was taken for local costs one thread, however often it is asked', async () => {
    const mount = await fuse()
    const source = `
      import { createLiveHost } from ${JSON.stringify(path.join(import.meta.dir, 'live-host.ts'))}
      const host = createLiveHost({ procfs: '/proc', sysfs: '/sys', remoteSpace: () => Promise.reject() })
      const folder = ${JSON.stringify(mount.folder)}
      const codes = []
      for (let i = 0; i < 4; i++) await host.filesystemSpace(folder, 'ext4', 300).catch(({ code }) => codes.push(code))
      console.log(codes.join(' '))
      process.exit(0)`
    const child = Bun.spawn([...mount.enter, process.execPath, '-e', source], { stdout: 'pipe', stderr: 'inherit' })
    const { value } = await child.stdout.getReader().read()
    expect(new TextDecoder().decode(value)).toBe('ETIMEDOUT ETIMEDOUT ETIMEDOUT ETIMEDOUT\n')
    await eventually(
      async () => mount.held,
      (held) => held > 0,
    )
    expect(mount.held).toBe(1)
    await mount.close()
    await child.exited
  })

  test('F4: its space is counted in fragments, not in the blocks that are best to transfer', async () => {
    const mount = await fuse()
    mount.answer()
    const remote = client({ command: probeIn(mount) })
    expect(await remote.space(mount.folder, ampleMs)).toMatchObject({
      blockBytes: fuseSpace.fragmentBytes,
      blocks: fuseSpace.blocks,
      blocksFree: fuseSpace.free,
      blocksAvailable: fuseSpace.available,
    })
  })
})
