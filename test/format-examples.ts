import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The worked examples of a page under docs/format: the bytes drawn, and what the page says they mean. */
export function formatExamples(page: string): {
  readonly bytes: readonly Uint8Array[]
  readonly values: readonly unknown[]
} {
  const text = readFileSync(join(import.meta.dir, '../docs/format', page), 'utf8')
  const fences = (kind: string): string[] =>
    [...text.matchAll(new RegExp(`^\`\`\`${kind}\n(.*?)^\`\`\`$`, 'gms'))].map(([, inner]) => inner as string)
  return { bytes: fences('bytes').map(bytesOf), values: fences('json').map((json) => JSON.parse(json)) }
}

/** Each line: bytes in hexadecimal, at least two blanks, what they are. */
const bytesOf = (fence: string): Uint8Array =>
  Uint8Array.from(
    fence
      .trimEnd()
      .split('\n')
      .flatMap((line) => {
        const [, hex] = /^((?:[0-9a-f]{2} )*[0-9a-f]{2}) {2,}\S/.exec(line) ?? []
        if (hex === undefined) throw new Error(`no bytes: ${line}`)
        return hex.split(' ').map((byte) => Number.parseInt(byte, 16))
      }),
  )
