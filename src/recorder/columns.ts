import { type ColumnName, type NumberColumn, processColumns, type TextColumn } from '../catalogue/process-columns.ts'

/**
 * How each column of the process table is kept: as whole steps, small enough that differences between two seconds take a
 * byte. The order within a list is that of the bits in a row's mask; a block names its columns by catalogue id, so an
 * older block is read with the columns it has.
 */
export interface RecordedNumber {
  readonly id: number
  readonly column: NumberColumn
  /** Steps in one base unit. */
  readonly steps: number
  /** Grows for the life of the process: read as a rate. */
  readonly isCounter: boolean
}
export interface RecordedText {
  readonly id: number
  readonly column: TextColumn
}

/** Milliseconds are ten times finer than the kernel's own accounting of CPU time (USER_HZ). */
const secondSteps = 1000
/** Sizes of memory are counted in pages of 4 KiB or multiples of it everywhere. */
const pageSteps = 1 / 4096

const stepsOf: Partial<Record<NumberColumn, number>> = {
  cpuUserSeconds: secondSteps,
  cpuSystemSeconds: secondSteps,
  childrenCpuSeconds: secondSteps,
  runQueueWaitSeconds: secondSteps,
  ioDelaySeconds: secondSteps,
  residentBytes: pageSteps,
  virtualBytes: pageSteps,
}

const names = (Object.keys(processColumns) as ColumnName[]).filter((name) => processColumns[name].when === 'table')

export const recordedNumbers: readonly RecordedNumber[] = names
  .filter((name): name is NumberColumn => processColumns[name].kind !== 'text')
  .map((column) => ({
    id: processColumns[column].id,
    column,
    steps: stepsOf[column] ?? 1,
    isCounter: processColumns[column].kind === 'counter',
  }))

export const recordedTexts: readonly RecordedText[] = names
  .filter((name): name is TextColumn => processColumns[name].kind === 'text')
  .map((column) => ({ id: processColumns[column].id, column }))

/** The columns of a block, as its first tick lists them. */
export interface Layout {
  readonly numbers: readonly (RecordedNumber | undefined)[]
  readonly texts: readonly (RecordedText | undefined)[]
}

export const ownLayout: Layout = { numbers: recordedNumbers, texts: recordedTexts }

/** Columns that this version does not know are read over. */
export const layoutOf = (numberIds: readonly number[], textIds: readonly number[]): Layout => ({
  numbers: numberIds.map((id) => recordedNumbers.find((number) => number.id === id)),
  texts: textIds.map((id) => recordedTexts.find((text) => text.id === id)),
})
