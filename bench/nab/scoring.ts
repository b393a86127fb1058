/**
 * The scoring of the Numenta Anomaly Benchmark, written from its published rules: A. Lavin and S. Ahmad, "Evaluating
 * Real-Time Anomaly Detection Algorithms: the Numenta Anomaly Benchmark", ICMLA 2015 (arXiv:1510.03336), section II.
 *
 * Each anomaly has a window. The first detection in a window earns up to `truePositive`, the earlier the more; a window
 * without one costs `falseNegative`; a detection outside costs up to `falsePositive`, less just after a window. Rows of
 * the probationary period count for nothing. One threshold holds for the whole corpus: the one with the best score.
 */

export interface Profile {
  readonly name: 'standard' | 'reward_low_FP' | 'reward_low_FN'
  readonly truePositive: number
  readonly falsePositive: number
  readonly falseNegative: number
}

/** Table I of the paper, scaled as the corpus is run: 0.11 makes random detections of a tenth of the rows score near 0. */
export const profiles: readonly Profile[] = [
  { name: 'standard', truePositive: 1, falsePositive: 0.11, falseNegative: 1 },
  { name: 'reward_low_FP', truePositive: 1, falsePositive: 0.22, falseNegative: 1 },
  { name: 'reward_low_FN', truePositive: 1, falsePositive: 0.11, falseNegative: 2 },
]

/** First and last row of an anomaly's window. */
export interface Window {
  readonly first: number
  readonly last: number
}

export interface ScoredFile {
  readonly scores: Float64Array
  /** Ascending, disjoint. */
  readonly windows: readonly Window[]
}

/** Rows at the start of a file that are for learning only: 15 %, 750 at most. */
export const probationaryRows = (rows: number): number => Math.floor(0.15 * Math.min(rows, 5000))

/** Of the position relative to a window: -1 its start, 0 its end, beyond 3 widths a plain false positive. */
export const scaledSigmoid = (position: number): number => (position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1)

/** What a detection at a row is worth. */
interface Worth {
  readonly score: number
  /** Index of the window over all files; -1: outside. */
  readonly window: number
  readonly value: number
}

function worthOfRows({ scores, windows }: ScoredFile, profile: Profile, firstWindow: number): Worth[] {
  const worths: Worth[] = []
  const most = scaledSigmoid(-1)
  let next = 0
  for (let row = 0; row < scores.length; row++) {
    while (next < windows.length && (windows[next] as Window).last < row) next++
    const window = windows[next]
    const before = windows[next - 1]
    if (row < probationaryRows(scores.length)) continue
    const score = scores[row] as number
    if (window !== undefined && row >= window.first) {
      const position = -(window.last - row + 1) / (window.last - window.first + 1)
      worths.push({
        score,
        window: firstWindow + next,
        value: (profile.truePositive * scaledSigmoid(position)) / most,
      })
    } else {
      const past = before === undefined ? Number.POSITIVE_INFINITY : (row - before.last) / (before.last - before.first)
      worths.push({ score, window: -1, value: profile.falsePositive * scaledSigmoid(past) })
    }
  }
  return worths
}

export interface CorpusScore {
  /** 0: a detector that detects nothing; 100: each window met at its first row and nothing else. */
  readonly normalized: number
  readonly raw: number
  readonly threshold: number
  readonly windows: number
  readonly windowsFound: number
  readonly falsePositives: number
}

/** Over all files, at the given threshold (a row is a detection when its score is at least that), or else at the best one. */
export function scoreCorpus(files: readonly ScoredFile[], profile: Profile, threshold?: number): CorpusScore {
  let windows = 0
  const worths: Worth[] = []
  for (const file of files) {
    worths.push(...worthOfRows(file, profile, windows))
    windows += file.windows.length
  }
  worths.sort((a, b) => b.score - a.score)
  return sweep(worths, windows, profile, threshold)
}

function sweep(worths: readonly Worth[], windows: number, profile: Profile, threshold?: number): CorpusScore {
  const best = new Float64Array(windows).fill(-profile.falseNegative)
  let raw = -profile.falseNegative * windows
  const nothing = raw
  let windowsFound = 0
  let falsePositives = 0
  const state = (at: number): CorpusScore => ({
    normalized: windows === 0 ? Number.NaN : (100 * (raw - nothing)) / (profile.truePositive * windows - nothing),
    raw,
    threshold: at,
    windows,
    windowsFound,
    falsePositives,
  })
  let top = state(Number.POSITIVE_INFINITY)
  for (let index = 0; index < worths.length; index++) {
    const { score, window, value } = worths[index] as Worth
    if (threshold !== undefined && score < threshold) break
    if (window < 0) {
      raw += value
      falsePositives++
    } else {
      const had = best[window] as number
      if (had === -profile.falseNegative) windowsFound++
      if (value > had) {
        best[window] = value
        raw += value - had
      }
    }
    const isLastOfScore = worths[index + 1]?.score !== score
    if (isLastOfScore && (threshold !== undefined || raw > top.raw)) top = state(threshold ?? score)
  }
  return threshold === undefined ? top : { ...state(threshold), threshold }
}
