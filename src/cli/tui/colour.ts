/** Colours as terminals take them: 24 bits where they can, else the nearest of the 256 or the 16 (ECMA-48, xterm). */
export type ColourDepth = 0 | 16 | 256 | 24

export interface Colour {
  /** 0xrrggbb */
  readonly rgb: number
  /** The same in words of the sixteen, 0 to 15, so that the person's own palette holds. */
  readonly ansi: number
}

export const colour = (rgb: number, ansi: number): Colour => ({ rgb, ansi })

/** What the terminal says of itself: https://no-color.org, COLORTERM, the name of its type. */
export function colourDepth(env: Readonly<Record<string, string | undefined>>, noColour: boolean): ColourDepth {
  if (noColour || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb') return 0
  if (/truecolor|24bit/i.test(env.COLORTERM ?? '')) return 24
  const term = env.TERM ?? ''
  if (/direct/.test(term)) return 24
  return /256|kitty|alacritty|ghostty|foot|wezterm/.test(term) ? 256 : 16
}

const parts = (rgb: number): readonly [number, number, number] => [rgb >> 16, (rgb >> 8) & 0xff, rgb & 0xff]

/** Parameters that set it as the foreground, or the background. */
export function colourCode({ rgb, ansi }: Colour, depth: ColourDepth, isBackground: boolean): string {
  if (depth === 24) return `${isBackground ? 48 : 38};2;${parts(rgb).join(';')}`
  if (depth === 256) return `${isBackground ? 48 : 38};5;${nearest256(rgb)}`
  const base = ansi < 8 ? 30 + ansi : 90 + ansi - 8
  return String(isBackground ? base + 10 : base)
}

/** Levels of the 6×6×6 cube. */
const levels = [0, 95, 135, 175, 215, 255] as const

function nearest256(rgb: number): number {
  const [red, green, blue] = parts(rgb)
  const place = (value: number): number =>
    levels.reduce<number>(
      (best, level, index) => (Math.abs(level - value) < Math.abs((levels[best] ?? 0) - value) ? index : best),
      0,
    )
  const cube = [place(red), place(green), place(blue)] as const
  const cubeDistance = distance(rgb, [levels[cube[0]] ?? 0, levels[cube[1]] ?? 0, levels[cube[2]] ?? 0])
  const grey = Math.max(0, Math.min(23, Math.round(((red + green + blue) / 3 - 8) / 10)))
  const greyDistance = distance(rgb, [8 + 10 * grey, 8 + 10 * grey, 8 + 10 * grey])
  return greyDistance < cubeDistance ? 232 + grey : 16 + 36 * cube[0] + 6 * cube[1] + cube[2]
}

const distance = (rgb: number, other: readonly [number, number, number]): number =>
  parts(rgb).reduce((sum, value, index) => sum + (value - (other[index] ?? 0)) ** 2, 0)

/** Colours in between, both ends included. */
export function between(stops: readonly Colour[], steps: number): readonly Colour[] {
  return Array.from({ length: steps }, (_, step) => {
    const place = (step / Math.max(1, steps - 1)) * (stops.length - 1)
    const from = stops[Math.floor(place)] ?? colour(0, 0)
    const to = stops[Math.ceil(place)] ?? from
    const share = place - Math.floor(place)
    const [a, b] = [parts(from.rgb), parts(to.rgb)]
    const mixed = a.map((value, index) => Math.round(value + ((b[index] ?? 0) - value) * share))
    return colour(((mixed[0] ?? 0) << 16) | ((mixed[1] ?? 0) << 8) | (mixed[2] ?? 0), (share < 0.5 ? from : to).ansi)
  })
}
