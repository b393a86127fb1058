/** Line coverage from an lcov report, with the files that no test loaded counted as not covered. */

export interface Coverage {
  readonly lines: number
  readonly covered: number
  /** Per file, the one with most lines left open first. */
  readonly files: readonly FileCoverage[]
}
export interface FileCoverage {
  readonly file: string
  readonly lines: number
  readonly covered: number
}

/** geninfo(1): SF names the file, LF counts its lines with code, LH those that ran. */
export function parseLcov(lcov: string): FileCoverage[] {
  return lcov
    .split('end_of_record')
    .map((record) => ({
      file: /^SF:(.*)$/m.exec(record)?.[1] ?? '',
      lines: Number(/^LF:(\d+)$/m.exec(record)?.[1] ?? 0),
      covered: Number(/^LH:(\d+)$/m.exec(record)?.[1] ?? 0),
    }))
    .filter(({ file }) => file !== '')
}

/** Lines of a source that do something at run time: types and comments are gone after transpiling. */
export function codeLines(source: string, loader: 'ts' | 'tsx' = 'ts'): number {
  const code = new Bun.Transpiler({ loader }).transformSync(source)
  return code.split('\n').filter((line) => /\w/.test(line) && !/^\s*(?:import|export)\b.*\bfrom\b/.test(line)).length
}

/** `sources`: every file that should be covered, by name. */
export function measureCoverage(lcov: string, sources: ReadonlyMap<string, string>): Coverage {
  const loaded = new Map(parseLcov(lcov).map((file) => [file.file, file]))
  const files = [...sources].map(([file, source]) => {
    const loader = file.endsWith('.tsx') ? 'tsx' : 'ts'
    return loaded.get(file) ?? { file, lines: codeLines(source, loader), covered: 0 }
  })
  const open = ({ covered, lines }: FileCoverage): number => lines - covered
  return {
    lines: files.reduce((sum, { lines }) => sum + lines, 0),
    covered: files.reduce((sum, { covered }) => sum + covered, 0),
    files: files.filter(({ lines }) => lines > 0).sort((a, b) => open(b) - open(a)),
  }
}
