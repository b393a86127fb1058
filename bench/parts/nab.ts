import { SeriesDetector, type Tuning, usualTuning } from '../../src/analyze/anomaly/detector.ts'
import { type CorpusFile, readCorpus } from '../nab/corpus.ts'
import { type CorpusScore, type Profile, profiles, type ScoredFile, scoreCorpus } from '../nab/scoring.ts'
import { WindowedGaussian } from '../nab/windowed-gaussian.ts'
import type { BenchPart, Figure } from '../part.ts'

/** Standard profile, whole corpus, as its authors publish it: github.com/numenta/NAB, README, "Scoreboard". */
const published = [
  ['Numenta HTM', 70],
  ['CAD OSE', 70],
  ['KNN CAD', 58],
  ['Random Cut Forest', 52],
  ['Windowed Gaussian', 40],
] as const

interface Judge {
  judge(unixMs: number, value: number): { readonly alarm: number }
}
type Judged = CorpusFile & ScoredFile

/** The detector on the Numenta Anomaly Benchmark: `npm run bench -- nab --corpus DIR`. */
export const part: BenchPart = {
  name: 'nab',
  about: 'anomalies on the Numenta Anomaly Benchmark (published by Numenta on GitHub as NAB)',
  run(context) {
    if (context.corpus === undefined) {
      context.progress('no --corpus DIR: nothing to score')
      return Promise.resolve([])
    }
    const files = readCorpus(context.corpus)
    const rows = files.reduce((sum, { values }) => sum + values.length, 0)
    context.progress(`${files.length} files, ${rows} rows`)
    const ours = judgeAll(files, () => new SeriesDetector())
    const gaussian = judgeAll(files, () => new WindowedGaussian())
    return Promise.resolve([
      ...scores(ours.files, gaussian.files),
      ...categories(ours.files),
      ...heldOut(files, ours.files),
      {
        name: 'a sample',
        value: ours.microseconds,
        unit: 'µs',
        target: 10,
        reference: { name: 'windowed gaussian', value: gaussian.microseconds },
      },
      ...published.map(([name, score]) => ({
        name: `published: ${name}`,
        value: score,
        unit: 'of 100',
        note: 'standard profile, whole corpus',
      })),
    ])
  },
}

function judgeAll(files: readonly CorpusFile[], make: () => Judge): { files: Judged[]; microseconds: number } {
  const startMs = performance.now()
  let rows = 0
  const judged = files.map((file) => {
    const judge = make()
    const scores = file.values.map((value, row) => judge.judge(file.unixMs[row] as number, value).alarm)
    rows += scores.length
    return { ...file, scores }
  })
  return { files: judged, microseconds: ((performance.now() - startMs) * 1000) / rows }
}

const told = ({ windowsFound, windows, falsePositives, threshold }: CorpusScore): string =>
  `${windowsFound} of ${windows} windows, ${falsePositives} false, threshold ${threshold.toFixed(2)}`

function scores(ours: readonly Judged[], gaussian: readonly Judged[]): Figure[] {
  return profiles.map((profile) => {
    const score = scoreCorpus(ours, profile)
    return {
      name: `score, ${profile.name}`,
      value: score.normalized,
      unit: 'of 100',
      ...(profile.name === 'standard' ? { target: 70, sense: 'at least' as const } : {}),
      reference: { name: 'windowed gaussian here', value: scoreCorpus(gaussian, profile).normalized },
      note: told(score),
    }
  })
}

const namesOf = (files: readonly CorpusFile[]): string[] => [...new Set(files.map(({ category }) => category))]

/** At the corpus' threshold. A category without anomalies has no scale of 100: its cost is told. */
function categories(files: readonly Judged[]): Figure[] {
  return profiles.flatMap((profile) => {
    const { threshold } = scoreCorpus(files, profile)
    return namesOf(files).map((name) => {
      const own = files.filter(({ category }) => category === name)
      const score = scoreCorpus(own, profile, threshold)
      const isScaled = score.windows > 0
      return {
        name: `${profile.name}: ${name}`,
        value: isScaled ? score.normalized : score.raw,
        unit: isScaled ? 'of 100' : 'points',
        note: told(score),
      }
    })
  })
}

const tunings: readonly Tuning[] = [3, 4, 5].flatMap((power) =>
  [4000, 8000].flatMap((tailHorizon) => [0.03, 0.05, 0.08].map((holdShare) => ({ power, tailHorizon, holdShare }))),
)

/** What is scored was not there when threshold, or threshold and parameters, were chosen. */
function heldOut(files: readonly CorpusFile[], ours: readonly Judged[]): Figure[] {
  const standard = profiles[0] as Profile
  const byTuning = tunings.map((tuning) => judgeAll(files, () => new SeriesDetector(0, undefined, tuning)).files)
  const byCategory = (a: CorpusFile, b: CorpusFile): boolean => a.category === b.category
  const byName = (a: CorpusFile, b: CorpusFile): boolean => a.name === b.name && byCategory(a, b)
  const all = byTuning.map((judged) => scoreCorpus(judged, standard).normalized)
  return [
    { name: 'threshold from the other categories', value: without([ours], standard, byCategory), unit: 'of 100' },
    { name: 'threshold from the other files', value: without([ours], standard, byName), unit: 'of 100' },
    {
      name: 'threshold, parameters from other categories',
      value: without(byTuning, standard, byCategory),
      unit: 'of 100',
    },
    { name: 'threshold, parameters from other files', value: without(byTuning, standard, byName), unit: 'of 100' },
    {
      name: `worst of ${tunings.length} parameter sets`,
      value: Math.min(...all),
      unit: 'of 100',
      note: `best ${Math.max(...all).toFixed(1)}; used ${usualTuning.power}, ${usualTuning.tailHorizon}, ${usualTuning.holdShare}`,
    },
  ]
}

/** Each file scored with what is best on those that do not count as its own. */
function without(
  variants: readonly (readonly Judged[])[],
  profile: Profile,
  isOwn: (a: CorpusFile, b: CorpusFile) => boolean,
): number {
  let raw = 0
  let windows = 0
  const files = variants[0] as readonly Judged[]
  files.forEach((file, index) => {
    const tried = variants.map((variant) => ({
      variant,
      score: scoreCorpus(
        variant.filter((other) => !isOwn(other, file)),
        profile,
      ),
    }))
    const best = tried.reduce((a, b) => (b.score.raw > a.score.raw ? b : a))
    raw += scoreCorpus([best.variant[index] as Judged], profile, best.score.threshold).raw
    windows += file.windows.length
  })
  const nothing = -profile.falseNegative * windows
  return (100 * (raw - nothing)) / (profile.truePositive * windows - nothing)
}
