import type { Violation } from './arrows.ts'

/** What no file of the project may contain. The classes in brackets keep each pattern from matching itself. */
export const forbidden: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  {
    pattern: /registry\.np[m]js|npm[m]irror\.com|\.pkg\.githu[b]\.com/,
    why: 'names a package registry: npm knows its own',
  },
  { pattern: /(?:^|[\s"'`(=:])\/wor[k]\//, why: 'a path of one machine' },
  { pattern: /\.\.\/share[d]\//, why: 'a path outside the repository' },
  { pattern: /-----BEGI[N] [A-Z ]*PRIVATE KEY-----/, why: 'a private key' },
]

export function checkContent(file: string, text: string): Violation[] {
  if (text.includes('\0')) return []
  return text
    .split('\n')
    .flatMap((content, index) =>
      forbidden
        .filter(({ pattern }) => pattern.test(content))
        .map(({ why }) => ({ file, line: index + 1, message: why })),
    )
}

/** The lock names packages and checksums, never where one machine fetched them. */
export function checkLock(lock: string): Violation[] {
  return lock.split('\n').flatMap((content, index) =>
    content.includes('"resolved"')
      ? [
          {
            file: 'package-lock.json',
            line: index + 1,
            message: 'an address: run npm with the .npmrc of the project',
          },
        ]
      : [],
  )
}
