// Loaded while there is no window: it then asks nothing of a screen.
import 'uplot'

/**
 * What the dashboard's modules ask of a browser while they are loaded and drawn to text (react-dom/server): an address,
 * a history, no storage, a wide screen. Nothing is laid out, no effect runs and nobody clicks; that is tested in Chromium.
 */
export interface PaperWindow {
  /** Addresses in the order in which one went there. */
  readonly visited: readonly string[]
  close(): void
}

export function openPaperWindow(address = '/'): PaperWindow {
  const visited: string[] = []
  const location = new URL(address, 'http://sysmon.test')
  const visit = (_: unknown, __: string, to: string): void => {
    visited.push(to)
    location.href = new URL(to, location).href
  }
  const paper = {
    location,
    history: { pushState: visit, replaceState: visit },
    addEventListener: () => undefined,
    matchMedia: () => ({ matches: false, addEventListener: () => undefined }),
    get localStorage(): never {
      throw new Error('storage is refused')
    },
  }
  Object.assign(globalThis, { window: paper })
  return { visited, close: () => void Reflect.deleteProperty(globalThis, 'window') }
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#x27;': "'",
}
const decoded = (text: string): string =>
  text.replaceAll(/&(?:amp|lt|gt|quot|#x27);/g, (entity) => entities[entity] ?? '')

/** The words that stand on the page, without its elements; one space between two. */
export const wordsOf = (markup: string): string =>
  decoded(
    markup
      .replaceAll('<!-- -->', '')
      .replaceAll(/<(?:\/?(?:b|i|code)\b[^>]*)>/g, '')
      .replaceAll(/<[^>]*>/g, ' '),
  )
    .replaceAll(/\s+/g, ' ')
    .trim()

/** What a screen reader calls the things with this attribute. */
export const labelsOf = (markup: string, attribute = 'aria-label'): string[] =>
  [...markup.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g'))].map(([, text]) => decoded(text ?? ''))

/** Words on the buttons that can be pressed. */
export const buttonsOf = (markup: string): string[] =>
  [...markup.matchAll(/<button\b([^>]*)>(.*?)<\/button>/gs)]
    .filter(([, attributes]) => !/ disabled=""/.test(attributes ?? ''))
    .map(([, , inside]) => wordsOf(inside ?? ''))
