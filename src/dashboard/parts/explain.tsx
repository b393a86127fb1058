import { type ReactNode, useId } from 'react'
import type { MetricInfo } from '../../api/contract.ts'

/** Words or a number with what they mean and where they come from, on hover and on focus. */
export function Explain({
  metrics,
  children,
}: {
  readonly metrics: readonly MetricInfo[]
  readonly children: ReactNode
}) {
  const id = useId()
  if (metrics.length === 0) return <>{children}</>
  return (
    <span className="explain">
      <button type="button" className="explained" aria-describedby={id}>
        {children}
      </button>
      <span role="tooltip" id={id} className="tip">
        {metrics.slice(0, 4).map(({ name, help, formula, source }) => (
          <span key={name} className="tip-entry">
            <code>{name}</code>
            <span>{help}</span>
            {formula !== undefined && <span className="muted">= {formula}</span>}
            {source !== undefined && <span className="muted">from {source}</span>}
          </span>
        ))}
      </span>
    </span>
  )
}
