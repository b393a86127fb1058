/** What is exported, whatever the format: named columns of one length, block after block. */
export interface Table {
  readonly columns: readonly TableColumn[]
  /** Told in the formats that have room for it. */
  readonly facts: Readonly<Record<string, string | number>>
  blocks(): AsyncGenerator<TableBlock>
}

export interface TableColumn {
  readonly name: string
  /** `time`: Unix milliseconds, in every row. NaN of a number is absent. */
  readonly kind: 'time' | 'number' | 'text'
  /** UCUM unit of a value of the catalogue. */
  readonly unit?: string
}

export interface TableBlock {
  readonly length: number
  /** In the order of the columns. */
  readonly values: readonly (Float64Array | readonly string[])[]
}

/** Names of the two columns of times, in all formats. */
export const timeColumn = 'unix_ms'
export const elapsedColumn = 'elapsed_ms'

/**
 * A double as the shortest decimal that reads back to the very same bits (ECMA-262, Number::toString), also of those
 * for which JSON has no word: 1e999 is read as infinity by every reader of decimals. Not for NaN.
 */
export function numberText(value: number): string {
  if (Object.is(value, -0)) return '-0'
  if (value === Number.POSITIVE_INFINITY) return '1e999'
  return value === Number.NEGATIVE_INFINITY ? '-1e999' : String(value)
}

/** Cells written between two turns: a few milliseconds of work. */
export const cellsPerTurn = 12_000
