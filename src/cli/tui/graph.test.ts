import { describe, expect, test } from 'bun:test'
import { CellBuffer, Pane } from './cells.ts'
import { graphSamples, paintGraph, roundTop } from './graph.ts'
import type { SymbolSet } from './symbols.ts'

function drawn(values: readonly number[], symbols: SymbolSet, width: number, height: number, isHanging = false) {
  const buffer = new CellBuffer(width, height)
  paintGraph(new Pane(buffer), values, { symbols, top: 1, style: () => 0, isHanging })
  return buffer.lines()
}

describe('graphs', () => {
  test('braille: two values a cell, four dots a row, the newest at the right', () => {
    expect(graphSamples(3, 'braille')).toBe(6)
    expect(drawn([0.25, 0.5, 0.75, 1], 'braille', 2, 1)).toEqual(['⣠⣾'])
    expect(drawn([1], 'braille', 2, 2)).toEqual([' ⢸', ' ⢸'])
  })

  test('0 shows its lowest dot, absent shows nothing', () => {
    expect(drawn([0, Number.NaN, Number.NaN, 0], 'braille', 2, 1)).toEqual(['⡀⢀'])
    expect(drawn([0, Number.NaN, 0], 'ascii', 3, 1)).toEqual(['. .'])
  })

  test('what is beyond the scale is cut at the top', () => {
    expect(drawn([7], 'block', 1, 2)).toEqual(['█', '█'])
  })

  test('hanging: from the top down', () => {
    expect(drawn([0.25, 0.5], 'braille', 1, 2, true)).toEqual(['⢻', ''])
  })

  test('blocks in eighths, ASCII in thirds', () => {
    expect(drawn([0.25, 0.5, 0.75, 1], 'block', 4, 1)).toEqual(['▂▄▆█'])
    expect(drawn([0.33, 0.66, 1], 'ascii', 3, 1)).toEqual(['.:|'])
  })

  test('a scale of 0 does not divide by it', () => {
    const buffer = new CellBuffer(1, 1)
    paintGraph(new Pane(buffer), [0, 0], { symbols: 'braille', top: 0, style: () => 0 })
    expect(buffer.lines()).toEqual(['⣀'])
  })

  for (const [highest, top] of [
    [0, 1024],
    [1025, 2 * 1024],
    [3 * 1024, 5 * 1024],
    [900 * 1024, 1000 * 1024],
    [1.2 * 2 ** 30, 2 * 2 ** 30],
  ] as const) {
    test(`the round scale above ${highest} is ${top}`, () => expect(roundTop(highest, 1024)).toBe(top))
  }
})
