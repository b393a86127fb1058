import { statSync } from 'node:fs'
import type { BadLine, ScoredLine } from '../analyze/anomaly/scored-lines.ts'
import { errnoCode } from '../base/errors.ts'
import type { CommandContext } from './command.ts'
import { formatCount } from './format.ts'
import { failure, misuse } from './mistake.ts'
import { faint } from './output/span.ts'

/** A CSV through the detector: what comes in goes out at once, with its score. */
const usualScore = 0.99
/** More bad lines than this are counted only. */
const mostTold = 20

export async function scoreFile({ options, out, io }: CommandContext, file: string): Promise<number> {
  for (const name of ['since', 'until'])
    if (options.text(name) !== undefined) throw misuse(`--file and --${name} exclude each other`)
  const threshold = thresholdOf(options.text('threshold'))
  const isJson = options.flag('json')
  const source = file === '-' ? Bun.stdin.stream() : fileStream(file)
  const { LineScorer } = await import('../analyze/anomaly/scored-lines.ts')
  let bad = 0
  const scorer = new LineScorer(
    threshold,
    (scored) => (isJson ? out.json(objectOf(scored), 'line') : out.line(lineOf(scored))),
    (line) => tellBad(out, line, ++bad),
  )
  if (!isJson) out.line('timestamp,value,score,anomaly')
  for await (const bytes of source) {
    if (io.interrupted.aborted) break
    scorer.take(bytes)
    out.flush()
  }
  scorer.end()
  if (bad > mostTold) out.note(faint(`and ${formatCount(bad - mostTold)} more lines`))
  if (scorer.samples === 0) throw failure(`${nameOf(file)} has no line of timestamp,value`)
  return 0
}

const nameOf = (file: string): string => (file === '-' ? 'standard input' : file)

function thresholdOf(text: string | undefined): number {
  const value = text === undefined ? usualScore : Number(text)
  if (value > 0 && value <= 1) return value
  throw misuse(`--threshold takes a score above 0 up to 1, not '${text}'`)
}

function fileStream(file: string): ReadableStream<Uint8Array> {
  try {
    if (statSync(file).isDirectory()) throw failure(`${file} is a folder`)
    return Bun.file(file).stream()
  } catch (error) {
    const code = errnoCode(error)
    if (code === undefined) throw error
    throw failure(`${file} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : code}`)
  }
}

function tellBad(out: CommandContext['out'], { line, why }: BadLine, count: number): void {
  if (count <= mostTold) out.note(`line ${line}: ${why}`)
}

/** Twelve digits tell odds of one in a million million from certainty. */
const scoreText = (score: number): string => String(Number(score.toFixed(12)))

const lineOf = ({ timestamp, value, score, isAnomaly }: ScoredLine): string =>
  `${timestamp},${value},${scoreText(score)},${isAnomaly ? 1 : 0}`

const objectOf = ({ timestamp, unixMs, value, score, isAnomaly, expectedLow, expectedHigh }: ScoredLine): object => ({
  timestamp,
  unixMs,
  value,
  score,
  anomaly: isAnomaly,
  ...(Number.isFinite(expectedLow) ? { expectedLow, expectedHigh } : {}),
})
