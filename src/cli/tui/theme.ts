import { meant } from '../meant.ts'
import { misuse } from '../mistake.ts'
import { between, type Colour, type ColourDepth, colour, colourCode } from './colour.ts'

/**
 * What things look like. Views name a role (`title`, `warn`) or a place on a ramp; a theme gives it colours. No theme
 * sets the background of the screen: the terminal's own stays, so transparency and scheme of the person hold.
 */
export interface Look {
  readonly foreground?: Colour
  readonly background?: Colour
  readonly bold?: boolean
  readonly faint?: boolean
  readonly reverse?: boolean
  readonly underline?: boolean
}

export const roles = [
  'plain',
  'faint',
  'strong',
  'title',
  'key',
  'header',
  'sorted',
  'good',
  'warn',
  'bad',
  'live',
  'replay',
  'selected',
  'followed',
  'bar',
  'prompt',
  'cpuBox',
  'memoryBox',
  'pressureBox',
  'storageBox',
  'networkBox',
  'processBox',
  'dialogBox',
  'used',
  'cache',
  'swap',
  'read',
  'write',
  'receive',
  'transmit',
  'cpuLine',
  'memoryLine',
  'ioLine',
  'empty',
] as const
export type Role = (typeof roles)[number]

interface Palette {
  readonly looks: Readonly<Record<Role, Look>>
  /** From idle to full. */
  readonly load: readonly Colour[]
}

/** Steps of a ramp: more than anybody tells apart. */
const rampSteps = 24

export const themeNames = ['default', 'light', 'mono'] as const
export type ThemeName = (typeof themeNames)[number]

export function parseThemeName(text: string): ThemeName {
  const found = themeNames.find((name) => name === text)
  if (found !== undefined) return found
  throw misuse(`unknown theme '${text}'`, meant(text, themeNames) ?? `themes: ${themeNames.join(', ')}`)
}

const fg = (rgb: number, ansi: number, more: Look = {}): Look => ({ foreground: colour(rgb, ansi), ...more })

/** For dark backgrounds. */
const dark: Palette = {
  looks: {
    plain: {},
    faint: fg(0x8a8f98, 8),
    strong: { bold: true },
    title: { bold: true },
    key: fg(0xf0a45d, 3),
    header: fg(0xb8bdc6, 7, { bold: true }),
    sorted: fg(0x7fd1ff, 14, { bold: true }),
    good: fg(0x6fcf7f, 2),
    warn: fg(0xe8c35a, 3),
    bad: fg(0xff6b6b, 9, { bold: true }),
    live: fg(0x6fcf7f, 10, { bold: true }),
    replay: { foreground: colour(0x1c1c1c, 0), background: colour(0xf0c050, 3), bold: true },
    selected: { foreground: colour(0xffffff, 15), background: colour(0x34506b, 4), bold: true },
    followed: { foreground: colour(0xffffff, 15), background: colour(0x6a4a86, 5), bold: true },
    bar: fg(0xb8bdc6, 7),
    prompt: fg(0xffffff, 15, { bold: true }),
    cpuBox: fg(0x5c8f73, 2),
    memoryBox: fg(0x8d8a55, 3),
    pressureBox: fg(0x96685b, 1),
    storageBox: fg(0x55869a, 6),
    networkBox: fg(0x6d6aa8, 4),
    processBox: fg(0x8d5f7c, 5),
    dialogBox: fg(0xf0a45d, 3),
    used: fg(0xe07a6a, 9),
    cache: fg(0x5fb3c9, 6),
    swap: fg(0xc58be0, 5),
    read: fg(0x62c3e8, 14),
    write: fg(0xf08fb0, 13),
    receive: fg(0x7fb2ff, 12),
    transmit: fg(0xe58fd8, 13),
    cpuLine: fg(0x6fcf7f, 10),
    memoryLine: fg(0xe8c35a, 11),
    ioLine: fg(0x62c3e8, 14),
    empty: fg(0x4a4f57, 8),
  },
  load: [colour(0x58b47a, 2), colour(0xe0c452, 3), colour(0xf0604f, 9)],
}

const light: Palette = {
  looks: {
    ...dark.looks,
    faint: fg(0x6a6f78, 8),
    key: fg(0xa04a00, 1),
    header: fg(0x30343a, 0, { bold: true }),
    sorted: fg(0x005f9e, 4, { bold: true }),
    good: fg(0x1f7a36, 2),
    warn: fg(0x8a6400, 3),
    bad: fg(0xc01818, 1, { bold: true }),
    live: fg(0x1f7a36, 2, { bold: true }),
    replay: { foreground: colour(0xffffff, 15), background: colour(0x9a5b00, 3), bold: true },
    selected: { foreground: colour(0x000000, 0), background: colour(0xbcd8f5, 14), bold: true },
    followed: { foreground: colour(0x000000, 0), background: colour(0xe3c8f5, 13), bold: true },
    bar: fg(0x40454d, 8),
    prompt: fg(0x000000, 0, { bold: true }),
    cpuBox: fg(0x4f9068, 2),
    memoryBox: fg(0x8f8640, 3),
    pressureBox: fg(0xa86a58, 1),
    storageBox: fg(0x3f849e, 6),
    networkBox: fg(0x6663b0, 4),
    processBox: fg(0x9a5580, 5),
    dialogBox: fg(0xa04a00, 1),
    used: fg(0xb8392b, 1),
    cache: fg(0x117a94, 6),
    swap: fg(0x8a3fb0, 5),
    read: fg(0x00729c, 6),
    write: fg(0xb02a63, 5),
    receive: fg(0x2257c4, 4),
    transmit: fg(0xa32a94, 5),
    cpuLine: fg(0x1f7a36, 2),
    memoryLine: fg(0x8a6400, 3),
    ioLine: fg(0x00729c, 6),
    empty: fg(0xb4b8be, 7),
  },
  load: [colour(0x2a8a4a, 2), colour(0x9a7400, 3), colour(0xc62a1c, 1)],
}

/** No colours: meaning by weight alone. */
const monoLooks: Partial<Record<Role, Look>> = {
  faint: { faint: true },
  strong: { bold: true },
  title: { bold: true },
  key: { bold: true },
  header: { underline: true },
  sorted: { bold: true, underline: true },
  warn: { bold: true },
  bad: { bold: true, reverse: true },
  live: { bold: true },
  replay: { reverse: true, bold: true },
  selected: { reverse: true },
  followed: { reverse: true, bold: true },
  prompt: { bold: true },
  empty: { faint: true },
  cache: { faint: true },
}
const mono: Palette = {
  looks: Object.fromEntries(roles.map((role) => [role, monoLooks[role] ?? {}])) as Record<Role, Look>,
  load: [],
}

const palettes: Readonly<Record<ThemeName, Palette>> = { default: dark, light, mono }

/** Roles as the style numbers of cells, and what turns each on. */
export interface Theme {
  readonly name: ThemeName
  readonly style: Readonly<Record<Role, number>>
  /** The style of a load of 0 to 1. */
  load(share: number): number
  sgr(style: number): string
}

export function createTheme(name: ThemeName, depth: ColourDepth): Theme {
  const palette = depth === 0 ? mono : palettes[name]
  const codes: string[] = []
  const style = Object.fromEntries(
    roles.map((role) => [role, codes.push(sgrOf(palette.looks[role], depth)) - 1]),
  ) as Record<Role, number>
  const ramp = palette.load.length === 0 ? [] : between(palette.load, rampSteps)
  const firstStep = codes.length
  for (const step of ramp) codes.push(sgrOf({ foreground: step }, depth))
  return {
    name: depth === 0 ? 'mono' : name,
    style,
    load: (share) =>
      ramp.length === 0 ? style.plain : firstStep + Math.round(Math.min(1, Math.max(0, share)) * (rampSteps - 1)),
    sgr: (id) => codes[id] ?? '\u001b[0m',
  }
}

/** Always from nothing: what came before is turned off by the 0 in front (ECMA-48 SGR). */
function sgrOf(look: Look, depth: ColourDepth): string {
  const parameters = ['0']
  if (look.bold === true) parameters.push('1')
  if (look.faint === true) parameters.push('2')
  if (look.underline === true) parameters.push('4')
  if (look.reverse === true) parameters.push('7')
  if (depth !== 0 && look.foreground !== undefined) parameters.push(colourCode(look.foreground, depth, false))
  if (depth !== 0 && look.background !== undefined) parameters.push(colourCode(look.background, depth, true))
  return `\u001b[${parameters.join(';')}m`
}
