import { Dialog } from './dialog.tsx'

const keys: readonly (readonly [string, string])[] = [
  ['Ctrl-K', 'commands: pages, times, processes'],
  ['1 … 9, 0', 'overview, processes, CPU and on, in the order of the menu'],
  ['e', 'explain the window, or the chosen second: what was short, who used it'],
  ['a', 'alerts'],
  ['← →', 'the chosen second, earlier and later'],
  ['Shift ← →', 'the whole window, earlier and later'],
  ['+ −', 'half or double the window'],
  ['l', 'back to live'],
  ['/', 'filter processes'],
  ['t', 'colours: by system, light, dark'],
  ['Esc', 'close, let go of the chosen second'],
  ['?', 'this'],
]

export function Help({ close }: { readonly close: () => void }) {
  return (
    <Dialog label="Help" close={close}>
      <div className="help">
        <h2>Keys</h2>
        <table>
          <tbody>
            {keys.map(([key, what]) => (
              <tr key={key}>
                <th scope="row">
                  <kbd>{key}</kbd>
                </th>
                <td>{what}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <h2>Charts</h2>
        <p>
          Point at a chart to see every number and the processes of that second; click to keep it. Drag to zoom in; the
          browser's back button zooms out. Over long windows a line is the average and the band goes from lowest to
          highest. A break in a line is time nobody recorded, never 0. The address holds all of it: send it to somebody.
        </p>
        <button type="button" className="primary" onClick={close}>
          Close
        </button>
      </div>
    </Dialog>
  )
}
