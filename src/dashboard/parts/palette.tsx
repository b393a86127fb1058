import { useState } from 'react'
import { api } from '../data/api.ts'
import { useCell } from '../data/cell.ts'
import { processes } from '../data/feed.ts'
import { go, leaving, place } from '../data/place-store.ts'
import { switchTheme } from '../data/theme.ts'
import { explainThis, goLive } from '../keys.ts'
import { presets } from '../state/view.ts'
import { analysis, menu, pageTitles } from '../titles.ts'
import { Dialog } from './dialog.tsx'

interface Command {
  readonly text: string
  readonly run: () => void
}

function logOut(): void {
  // With or without a session, the log-in page is what follows.
  const leave = (): void => window.location.assign('/signin')
  api.logOut().then(leave, leave)
}

const fixed: readonly Command[] = [
  { text: 'Explain this: what was short, who used it', run: explainThis },
  ...[...menu, ...analysis].map((page) => ({
    text: `Go to ${pageTitles[page]}`,
    run: () => go({ page, ...leaving }),
  })),
  ...presets.map(({ name, spanMs }) => ({
    text: name,
    run: () => go({ view: { kind: 'live', spanMs }, atMs: undefined }),
  })),
  { text: 'Back to live', run: goLive },
  { text: 'Log out', run: logOut },
  { text: 'Switch colours: by system, light, dark', run: switchTheme },
]

export function Palette({ close }: { readonly close: () => void }) {
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const table = useCell(processes)
  const running = (table?.processes ?? []).map(({ name, pid, startTicks }) => ({
    text: `Process ${name} ${pid}`,
    run: () => go({ process: { pid, startTicks } }),
  }))
  const words = text.toLowerCase().split(/\s+/)
  const filter = text.trim()
  const search: readonly Command[] =
    filter === ''
      ? []
      : [
          {
            text: `Find processes: ${filter}`,
            run: () => go({ page: 'processes', table: { ...place.get().table, filter } }),
          },
        ]
  const fitting = [...fixed, ...running].filter((one) => words.every((word) => one.text.toLowerCase().includes(word)))
  const shown = [...fitting.slice(0, 9), ...search]
  const run = (command: Command | undefined): void => {
    close()
    command?.run()
  }
  return (
    <Dialog label="Commands" close={close}>
      <input
        className="palette-input"
        placeholder="Page, time, process…"
        aria-label="Command"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={`palette-${chosen}`}
        value={text}
        onChange={({ target }) => {
          setText(target.value)
          setChosen(0)
        }}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
          if (step !== 0) {
            event.preventDefault()
            setChosen((before) => (before + step + shown.length) % Math.max(1, shown.length))
          } else if (event.key === 'Enter') run(shown[chosen])
        }}
      />
      <div id="palette-list" role="listbox" aria-label="Commands" className="palette-list">
        {shown.map((command, index) => (
          <button
            type="button"
            role="option"
            tabIndex={-1}
            id={`palette-${index}`}
            key={command.text}
            aria-selected={index === chosen}
            onClick={() => run(command)}
          >
            {command.text}
          </button>
        ))}
      </div>
    </Dialog>
  )
}
