import type { ProcessRow } from '../../api/contract.ts'
import { formatAmount, formatPercent } from '../format.ts'
import { absentMark, type Facts, type ProcessField } from '../process-fields.ts'
import type { Theme } from './theme.ts'

/** One cell of the process table: its text, and a colour that says how much it is. Absent is `-`, never 0. */
export interface ProcessCell {
  readonly text: string
  readonly style: number
}

export function formatProcessCell(field: ProcessField, row: ProcessRow, facts: Facts, theme: Theme): ProcessCell {
  const { style } = theme
  const value = field.value(row, facts)
  if (value === undefined || value === '') return { text: absentMark, style: style.faint }
  if (typeof value === 'string') return { text: value, style: textStyle(field.name, value, theme) }
  switch (field.kind) {
    case 'ratio':
      return { text: formatPercent(value, ''), style: value < 0.0005 ? style.faint : theme.load(value) }
    case 'bytes': {
      const share = value / (facts.memoryBytes ?? Number.POSITIVE_INFINITY)
      return { text: formatAmount(value), style: share >= 0.02 ? theme.load(share * 3) : style.plain }
    }
    case 'rate':
      return {
        text: formatAmount(value),
        style: value < 0.5 ? style.faint : style[field.name === 'read' ? 'read' : 'write'],
      }
    default:
      return { text: String(Math.round(value)), style: field.name === 'pid' ? style.plain : style.faint }
  }
}

function textStyle(name: string, value: string, { style }: Theme): number {
  switch (name) {
    case 'state':
      return value === 'R' ? style.good : value === 'D' || value === 'Z' ? style.bad : style.faint
    case 'command':
      return style.plain
    default:
      return style.faint
  }
}
