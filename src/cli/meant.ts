import { nearest } from '../base/nearest.ts'

/** The question after a mistyped word, when a right one is near. */
export const meant = (word: string, candidates: readonly string[]): string | undefined => {
  const near = nearest(word, candidates)
  return near === undefined ? undefined : `did you mean '${near}'?`
}
