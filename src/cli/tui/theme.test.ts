import { describe, expect, test } from 'bun:test'
import { colour, colourCode, colourDepth } from './colour.ts'
import { symbolSetFor } from './symbols.ts'
import { createTheme, parseThemeName, roles, themeNames } from './theme.ts'

describe('how many colours', () => {
  for (const [env, noColour, depth] of [
    [{ TERM: 'xterm-256color' }, false, 256],
    [{ TERM: 'xterm-256color', COLORTERM: 'truecolor' }, false, 24],
    [{ TERM: 'linux' }, false, 16],
    [{}, false, 16],
    [{ TERM: 'dumb', COLORTERM: 'truecolor' }, false, 0],
    [{ TERM: 'xterm-256color', NO_COLOR: '1' }, false, 0],
    [{ TERM: 'xterm-256color', NO_COLOR: '' }, false, 256],
    [{ TERM: 'xterm-direct' }, true, 0],
  ] as const) {
    test(`${JSON.stringify(env)} ${noColour}: ${depth}`, () => expect(colourDepth(env, noColour)).toBe(depth))
  }

  for (const [depth, code] of [
    [24, '38;2;255;0;0'],
    [256, '38;5;196'],
    [16, '91'],
  ] as const) {
    test(`red of ${depth}`, () => expect(colourCode(colour(0xff0000, 9), depth, false)).toBe(code))
  }

  test('greys have more steps than the cube', () => {
    expect(colourCode(colour(0x4a4f50, 8), 256, true)).toBe('48;5;239')
  })
})

describe('themes', () => {
  test('every role and load has a look, from nothing, in every theme and depth', () => {
    for (const name of themeNames)
      for (const depth of [0, 16, 256, 24] as const) {
        const theme = createTheme(name, depth)
        const styles = [
          ...roles.map((role) => theme.style[role]),
          theme.load(0),
          theme.load(0.5),
          theme.load(7),
          theme.load(-1),
        ]
        for (const style of styles) expect(theme.sgr(style)).toMatch(/^\u001b\[0(;\d+)*m$/)
      }
  })

  test('without colours there are none, and what matters still stands out', () => {
    const theme = createTheme('default', 0)
    expect(roles.map((role) => theme.sgr(theme.style[role])).join('')).not.toMatch(/;(?:3[0-8]|4[0-8]|9\d|10\d)/)
    for (const role of ['selected', 'replay', 'bad'] as const) expect(theme.sgr(theme.style[role])).toContain(';7')
  })

  test('only what is selected or of the past has a background', () => {
    const theme = createTheme('default', 16)
    const filled = roles.filter((role) => /;4[0-7](?=[;m])|;10\d/.test(theme.sgr(theme.style[role])))
    expect(filled).toEqual(['replay', 'selected', 'followed'])
  })

  test('a mistyped name is answered with the nearest', () => {
    expect(() => parseThemeName('lihgt')).toThrow("unknown theme 'lihgt'")
  })
})

describe('characters', () => {
  for (const [env, wantsAscii, set] of [
    [{ LANG: 'en_GB.UTF-8' }, false, 'braille'],
    [{ LC_ALL: 'C.utf8', LANG: 'C' }, false, 'braille'],
    [{ LANG: 'en_GB.UTF-8', LC_ALL: 'C' }, false, 'ascii'],
    [{ LANG: 'de_DE.ISO-8859-1' }, false, 'ascii'],
    [{}, false, 'ascii'],
    [{ LANG: 'C.UTF-8', TERM: 'linux' }, false, 'block'],
    [{ LANG: 'C.UTF-8' }, true, 'ascii'],
  ] as const) {
    test(`${JSON.stringify(env)} ${wantsAscii}: ${set}`, () => expect(symbolSetFor(env, wantsAscii)).toBe(set))
  }
})
