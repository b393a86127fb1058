import path from 'node:path'
import { eventually } from './daemon.ts'

/** A tmux server of its own, with one window that is a shell. */
export interface Terminal {
  readonly keys: (...names: readonly string[]) => void
  readonly screen: () => string
  /** Waits until the screen fits. */
  readonly shows: (fits: RegExp) => Promise<string>
  readonly resize: (columns: number, rows: number) => void
  /** The shell in it. */
  readonly shellPid: () => number
  readonly close: () => void
}

export function openTerminal(directory: string, columns = 120, rows = 40): Terminal {
  const socket = path.join(directory, `tmux-${crypto.randomUUID().slice(0, 8)}`)
  const tmux = (...args: readonly string[]): string =>
    Bun.spawnSync(['tmux', '-f', '/dev/null', '-S', socket, ...args], {
      env: { ...process.env, TMUX: '', LC_ALL: 'C.UTF-8', PS1: '$ ' },
    }).stdout.toString()
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), 'sh')
  const screen = (): string => tmux('capture-pane', '-p')
  return {
    keys: (...names) => void tmux('send-keys', '--', ...names),
    screen,
    shows: (fits) =>
      eventually(
        async () => screen(),
        (text) => fits.test(text),
      ),
    resize: (x, y) => void tmux('resize-window', '-x', String(x), '-y', String(y)),
    shellPid: () => Number(tmux('list-panes', '-F', '#{pane_pid}')),
    close: () => void tmux('kill-server'),
  }
}
