import { misuse } from './mistake.ts'

/** The options as given on the line, by their long name in camel case, each read as what it must be. */
export class Options {
  constructor(private readonly given: Readonly<Record<string, unknown>>) {}

  flag(name: string): boolean {
    return this.given[name] === true
  }

  text(name: string): string | undefined {
    const value = this.given[name]
    return typeof value === 'string' ? value : undefined
  }

  /** Values of an option that may be repeated, or be a list with commas. */
  list(name: string): readonly string[] | undefined {
    const value = this.given[name]
    if (value === undefined) return undefined
    const texts: readonly unknown[] = Array.isArray(value) ? value : [value]
    return texts.flatMap((text) => String(text).split(','))
  }

  /** Values of an option that may be repeated, commas kept. */
  repeated(name: string): readonly string[] {
    const value = this.given[name]
    if (value === undefined) return []
    const texts: readonly unknown[] = Array.isArray(value) ? value : [value]
    return texts.map(String)
  }

  /** A whole number of at least `least`. */
  count(name: string, least = 1): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = Number(text)
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value
    throw misuse(`--${dashed(name)} takes a whole number of at least ${least}, not '${text}'`)
  }
}

const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
