import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Window } from './scoring.ts'

/**
 * The Numenta Anomaly Benchmark's files as they are published (github.com/numenta/NAB, AGPL-3.0 with the data's own
 * notices): folders of `timestamp,value` CSV, one folder a category, and the anomalies' windows by file name. The
 * corpus is no part of this project; somebody who has it names its directory.
 */
export interface CorpusFile {
  readonly name: string
  readonly category: string
  readonly unixMs: Float64Array
  readonly values: Float64Array
  readonly windows: readonly Window[]
}

export function readCorpus(directory: string): CorpusFile[] {
  const windows = JSON.parse(readFileSync(windowsFile(directory), 'utf8')) as Record<string, [string, string][]>
  return Object.entries(windows)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, limits]) => readCorpusFile(directory, name, limits))
}

/** `windows.json`, or as the repository has it. */
function windowsFile(directory: string): string {
  return readdirSync(directory).includes('windows.json')
    ? join(directory, 'windows.json')
    : join(directory, 'labels', 'combined_windows.json')
}

const unixMsOf = (text: string): number => Date.parse(`${text.trim().replace(' ', 'T')}Z`)

function readCorpusFile(directory: string, name: string, limits: readonly [string, string][]): CorpusFile {
  const folder = readdirSync(directory).includes('data') ? join(directory, 'data') : directory
  const lines = readFileSync(join(folder, name), 'utf8').trim().split(/\r?\n/).slice(1)
  const unixMs = new Float64Array(lines.length)
  const values = new Float64Array(lines.length)
  lines.forEach((line, row) => {
    const [time = '', value = ''] = line.split(',')
    unixMs[row] = unixMsOf(time)
    values[row] = Number(value)
  })
  return {
    name: basename(name, '.csv'),
    category: name.split('/')[0] ?? '',
    unixMs,
    values,
    windows: limits.map(([start, end]) => rowsOf(unixMs, unixMsOf(start), unixMsOf(end))),
  }
}

function rowsOf(unixMs: Float64Array, startMs: number, endMs: number): Window {
  let first = unixMs.findIndex((at) => at >= startMs)
  if (first < 0) first = unixMs.length - 1
  return {
    first,
    last: Math.max(
      first,
      unixMs.findLastIndex((at) => at <= endMs),
    ),
  }
}
