import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linesOf } from '../../src/platform/mount-probe.ts'
import { canMountFuse, childOf, mountFuse } from '../fuse-mount.ts'
import { eventually, programCommand } from './daemon.ts'

const opened: { close(): void | Promise<void> }[] = []
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close()
})

interface Current {
  readonly seq: number
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]
}

test.skipIf(!canMountFuse())(
  'F1: beside a mount that never answers the daemon ticks on, tells it, and ends',
  async () => {
    const mount = await mountFuse({ ownPids: true })
    opened.push(mount)
    const dataDir = mkdtempSync(join(tmpdir(), 'sysmon-dead-mount-'))
    opened.push({ close: () => rmSync(dataDir, { recursive: true, force: true }) })
    const daemon = Bun.spawn([...mount.enter, ...programCommand('sysmond'), '--data-dir', dataDir], {
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'pipe',
      env: { ...process.env, HOME: dataDir },
    })
    for await (const line of linesOf(daemon.stderr)) if (line.includes('"msg":"ready"')) break
    const socket = join(dataDir, 'sysmon.sock')
    const pid = childOf(daemon.pid)
    const current = async (metric: string): Promise<Current> => {
      const url = `http://sysmon/api/v1/metrics/current?metric=${metric}`
      return (await (await fetch(url, { unix: socket } as RequestInit)).json()) as Current
    }
    const told = await eventually(
      () => current('system.filesystem.stale'),
      ({ values }) => values.some(({ labels, value }) => labels.mountpoint === mount.folder && value === 1),
      30_000,
    )
    expect(told.values.filter(({ value }) => value === 1)).toHaveLength(1)
    expect(told.values.length).toBeGreaterThan(1)
    expect(mount.held).toBe(1)
    await eventually(
      () => current('sysmon.tick.lateness'),
      ({ seq }) => seq >= told.seq + 3,
    )
    process.kill(pid, 'SIGTERM')
    expect(await daemon.exited).toBe(0)
  },
)
