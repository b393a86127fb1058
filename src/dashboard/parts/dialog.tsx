import { type ReactNode, useLayoutEffect, useRef } from 'react'

/** A dialog of the browser: it keeps the focus, gives it back, and closes on Escape and on a click beside it. */
export function Dialog(props: { readonly label: string; readonly close: () => void; readonly children: ReactNode }) {
  const element = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    // Closed before it is taken away: only then the focus goes back to where it was.
    return () => dialog?.close()
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it, the browser sees to that
    <dialog
      ref={element}
      aria-label={props.label}
      onClose={props.close}
      onClick={(event) => {
        if (event.target === element.current) element.current.close()
      }}
    >
      {props.children}
    </dialog>
  )
}
