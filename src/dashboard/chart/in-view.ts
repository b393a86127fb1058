import { type RefObject, useEffect, useState } from 'react'

/** Ahead of the scroll, so that nobody sees an empty chart. */
const margin = '200px'

/** Whether the element is in sight, or nearly: what nobody sees need not be drawn. */
export function useInView(element: RefObject<Element | null>): boolean {
  const [isSeen, setSeen] = useState(false)
  useEffect(() => {
    if (element.current === null) return
    const observer = new IntersectionObserver((entries) => setSeen(entries.at(-1)?.isIntersecting === true), {
      rootMargin: margin,
    })
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [element])
  return isSeen
}
