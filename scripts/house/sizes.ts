import type { Violation } from './arrows.ts'

/** Hard bound on the length of a file, lines. Functions are Biome's (noExcessiveLinesPerFunction). */
export const longestFileLines = 400

/** Longer files, each with the reason. */
export const longFiles: Readonly<Record<string, string>> = {
  'src/api/live/generated/sysmon/live/v1/live_pb.ts': 'generated from proto/',
}

export function checkSize(file: string, source: string): Violation[] {
  const lines = source.split('\n').length - 1
  if (lines <= longestFileLines || longFiles[file] !== undefined) return []
  return [
    { file, line: longestFileLines + 1, message: `${lines} lines: ${longestFileLines} at most. Split it by subject` },
  ]
}

/** Names that say nothing about what is inside. */
export function checkName(file: string): Violation[] {
  const stem = file.split('/').at(-1)?.split('.')[0] ?? ''
  if (!/^(?:utils?|helpers?|common|misc|shared)$/.test(stem)) return []
  return [{ file, line: 1, message: `"${stem}" names nothing: call the file by the noun it holds` }]
}
