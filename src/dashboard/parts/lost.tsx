import { useCell } from '../data/cell.ts'
import { go, place } from '../data/place-store.ts'

/** An address that leads nowhere: said so, with a way back. */
export function Missing() {
  return (
    <section className="panel calm" aria-label="Not found">
      <h2>There is no such page</h2>
      <p className="muted">
        Nothing is at <code>{window.location.pathname.slice(0, 120)}</code>. It may be mistyped, or of another version.
      </p>
      <p>
        <button type="button" className="primary" onClick={() => go({ page: 'overview', process: undefined })}>
          To the overview
        </button>
      </p>
    </section>
  )
}

/** Times in the address that cannot be read: what is shown instead, until one moves on. */
export function Unread() {
  const { unread, view } = useCell(place)
  if (unread === undefined) return null
  return (
    <p className="notice">
      <span>
        The address names a time that cannot be read (<code>{unread.join(', ')}</code>).{' '}
        {view.kind === 'live' ? 'What you see is up to now.' : 'The rest of it is shown.'}
      </span>
      <button type="button" onClick={() => go({ unread: undefined }, 'replace')}>
        Understood
      </button>
    </p>
  )
}
