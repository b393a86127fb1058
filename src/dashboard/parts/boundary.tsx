import { Component, type ReactNode } from 'react'

interface Props {
  /** What failed, as the beginning of a sentence. */
  readonly what: string
  /** When it becomes another, what failed is tried again. */
  readonly at: string
  readonly children: ReactNode
}
interface State {
  readonly error?: unknown
}

/**
 * What browsers say of a script that is not there any more: Chromium and WebKit by "module script" or "dynamically
 * imported module", Firefox by "error loading dynamically imported module". After an upgrade names have other hashes.
 */
const isUpgrade = (error: unknown): boolean =>
  error instanceof Error && /dynamically imported module|module script|preload/i.test(error.message)

/** A part that throws is told of in its place; the rest goes on. */
export class Boundary extends Component<Props, State> {
  override state: State = {}

  static getDerivedStateFromError(error: unknown): State {
    return { error }
  }

  override componentDidUpdate({ at }: Props): void {
    if (at !== this.props.at && this.state.error !== undefined) this.setState({ error: undefined })
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === undefined) return this.props.children
    return (
      <section className="panel calm" role="alert">
        <h2>{isUpgrade(error) ? 'sysmon was updated' : `${this.props.what} could not be shown`}</h2>
        <p className="muted">
          {isUpgrade(error)
            ? 'This page is from before. Load it again: it comes back where you are.'
            : `The rest goes on. ${error instanceof Error ? error.message : String(error)}`}
        </p>
        <p>
          <button type="button" className="primary" onClick={() => window.location.reload()}>
            Reload
          </button>
        </p>
      </section>
    )
  }
}
