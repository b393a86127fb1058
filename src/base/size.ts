/** Sizes as people write them, `512MiB`, `2GB`, always with a unit; inside they are bytes. */

// IEC 80000-13 (powers of 1024) and SI (powers of 1000): different numbers, so neither stands for the other.
const unitBytes = {
  B: 1,
  kB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
} as const
type SizeUnit = keyof typeof unitBytes

export const sizeUnits: readonly string[] = Object.keys(unitBytes)

const isUnit = (text: string): text is SizeUnit => Object.hasOwn(unitBytes, text)

/** `undefined` when it is not a size. */
export function parseSize(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(text) ?? []
  return isUnit(unit) ? Math.round(Number(amount) * unitBytes[unit]) : undefined
}

/** The shortest exact way to write it. */
export function formatSize(bytes: number): string {
  const units = Object.entries(unitBytes).reverse()
  const [unit, size] = units.find(([, each]) => bytes !== 0 && bytes % each === 0) ?? ['B', 1]
  return `${bytes / size}${unit}`
}
