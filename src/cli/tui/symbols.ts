/** What drawings are made of: braille where the font has it, blocks on the Linux console, ASCII where nothing else is. */
export type SymbolSet = 'braille' | 'block' | 'ascii'

export interface Symbols {
  readonly set: SymbolSet
  readonly horizontal: number
  readonly vertical: number
  /** Top left, top right, bottom left, bottom right. */
  readonly corners: readonly [number, number, number, number]
  /** Around a title in a border. */
  readonly opening: number
  readonly closing: number
  readonly meterFull: number
  readonly meterEmpty: number
  readonly down: string
  readonly up: string
  readonly live: string
  readonly play: string
  readonly pause: string
  readonly descending: string
  readonly ascending: string
  readonly dot: string
}

const code = (character: string): number => character.codePointAt(0) ?? 0

const unicode: Omit<Symbols, 'set'> = {
  horizontal: code('─'),
  vertical: code('│'),
  corners: [code('╭'), code('╮'), code('╰'), code('╯')],
  opening: code('┤'),
  closing: code('├'),
  meterFull: code('■'),
  meterEmpty: code('■'),
  down: '↓',
  up: '↑',
  live: '●',
  play: '▶',
  pause: '❚❚',
  descending: '▼',
  ascending: '▲',
  dot: '·',
}

const sets: Readonly<Record<SymbolSet, Omit<Symbols, 'set'>>> = {
  braille: unicode,
  // The console's font (512 glyphs) has the old box drawing and few arrows.
  block: {
    ...unicode,
    corners: [code('┌'), code('┐'), code('└'), code('┘')],
    live: '*',
    play: '>',
    pause: '||',
    descending: 'v',
    ascending: '^',
  },
  ascii: {
    horizontal: code('-'),
    vertical: code('|'),
    corners: [code('+'), code('+'), code('+'), code('+')],
    opening: code('['),
    closing: code(']'),
    meterFull: code('#'),
    meterEmpty: code('.'),
    down: 'v',
    up: '^',
    live: '*',
    play: '>',
    pause: '||',
    descending: 'v',
    ascending: '^',
    dot: '|',
  },
}

export const symbolsOf = (set: SymbolSet): Symbols => ({ set, ...sets[set] })

/** The character set is that of the first of these that is set (locale(7)). */
export function symbolSetFor(env: Readonly<Record<string, string | undefined>>, wantsAscii: boolean): SymbolSet {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((each) => each !== undefined && each !== '') ?? ''
  if (wantsAscii || !/utf-?8/i.test(locale)) return 'ascii'
  return env.TERM === 'linux' ? 'block' : 'braille'
}
