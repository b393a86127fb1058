import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { eventually, programCommand, removeDataDir, startDaemon } from '../../test/e2e/daemon.ts'
import { idleProcesses } from '../load.ts'
import type { BenchPart, Figure } from '../part.ts'
import { measureCost } from '../process-cost.ts'

const warmUpSeconds = 5
/** By then the runtime has compiled what it will: the state of a program that is kept open. */
const settledSeconds = 60
const size = ['-x', '160', '-y', '50'] as const
const megabyte = 1e6

/** `sysmon top` beside `btop`, each in a terminal of the same size, at what each does by default: 1 s and 2 s. */
export const part: BenchPart = {
  name: 'top',
  about: 'CPU and memory of sysmon top, beside btop in a terminal of the same size',
  async run(context) {
    if (Bun.which('tmux') === null) throw new Error('tmux is not installed, and both programs need a terminal')
    const directory = mkdtempSync(path.join(tmpdir(), 'sysmon-bench-top-'))
    const daemon = await startDaemon()
    const load = idleProcesses(context.processes)
    const terminals: Terminal[] = []
    try {
      const ours = await openTerminal(directory, [...programCommand('sysmon'), 'top', '--data-dir', daemon.dataDir])
      terminals.push(ours)
      const btop = Bun.which('btop') === null ? undefined : await openTerminal(directory, ['btop', '--utf-force'])
      if (btop !== undefined) terminals.push(btop)
      const sideBySide = () =>
        Promise.all([
          measureCost(ours.pid, context.seconds),
          btop === undefined ? undefined : measureCost(btop.pid, context.seconds),
          measureCost(ours.server, context.seconds),
        ])
      context.progress(`both: ${context.seconds} s side by side from the start`)
      await Bun.sleep(warmUpSeconds * 1000)
      const [ownEarly, otherEarly] = await sideBySide()
      context.progress(`both: again after a minute`)
      await Bun.sleep(Math.max(0, settledSeconds - warmUpSeconds - context.seconds) * 1000)
      const [own, other, server] = await sideBySide()
      const drawing = server.cores - own.cores
      const cpu = (name: string, value: number, reference: number | undefined): Figure => ({
        name,
        value: value * 100,
        unit: '% of a core',
        ...(reference === undefined ? {} : { reference: { name: 'btop', value: reference * 100 } }),
      })
      const figures: Figure[] = [
        cpu(`CPU of sysmon top, ${context.processes} processes`, own.cores, other?.cores),
        cpu('the same in its first half minute', ownEarly.cores, otherEarly?.cores),
        { name: 'resident memory of sysmon top', value: own.residentBytes / megabyte, unit: 'MB' },
        { name: 'CPU of its terminal (tmux)', value: drawing * 100, unit: '% of a core' },
      ]
      if (other !== undefined) {
        figures.push(
          { name: 'CPU of btop', value: other.cores * 100, unit: '% of a core' },
          { name: 'resident memory of btop', value: other.residentBytes / megabyte, unit: 'MB' },
          { name: 'CPU as a share of btop', value: own.cores / other.cores, unit: '×', target: 1 },
        )
      }
      return figures
    } finally {
      for (const terminal of terminals) terminal.close()
      load.end()
      await daemon.stop()
      await removeDataDir(daemon)
      rmSync(directory, { recursive: true, force: true })
    }
  },
}

interface Terminal {
  /** The program itself. */
  readonly pid: number
  /** The terminal that shows it, with the program among its descendants. */
  readonly server: number
  close(): void
}

async function openTerminal(directory: string, command: readonly string[]): Promise<Terminal> {
  const socket = path.join(directory, crypto.randomUUID().slice(0, 8))
  const tmux = (...args: readonly string[]): string =>
    Bun.spawnSync(['tmux', '-f', '/dev/null', '-S', socket, ...args], {
      env: { ...process.env, HOME: directory, TMUX: '', LC_ALL: 'C.UTF-8', COLORTERM: 'truecolor' },
    })
      .stdout.toString()
      .trim()
  tmux('new-session', '-d', ...size, `exec ${command.join(' ')}`)
  const shown = await eventually(
    async () => tmux('capture-pane', '-p'),
    (text) => text.split('\n').length > 10,
  )
  if (shown === '') throw new Error(`${command[0]} shows nothing`)
  const [pid, server] = tmux('list-panes', '-F', '#{pane_pid} #{pid}').split(' ').map(Number)
  return { pid: pid ?? 0, server: server ?? 0, close: () => void tmux('kill-server') }
}
