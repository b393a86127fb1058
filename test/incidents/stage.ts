import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { CurrentResponse } from '../../src/api/contract.ts'
import type { Actor, ExplainResponse } from '../../src/api/explain-contract.ts'
import { startProcess, type TestProcess } from '../child-process.ts'
import { endsWithTest, eventually, startDaemon, type TestDaemon } from '../e2e/daemon.ts'

/**
 * A real daemon on this machine, and loads that make one thing short: what `explain` says of it is compared with what
 * was done. Nothing here lasts longer than it must, and everything is ended by the one that began it.
 */
export interface Stage {
  readonly daemon: TestDaemon
  readonly folder: string
  /** Waits until so many ticks have passed. */
  ticks(count: number): Promise<void>
  /** Waits until a metric fits, and gives its value. */
  until(metric: string, fits: (value: number) => boolean, labels?: Readonly<Record<string, string>>): Promise<number>
  now(): Promise<number>
  explain(startMs: number, endMs: number): Promise<ExplainResponse>
  end(): Promise<void>
}

export async function openStage(args: readonly string[] = []): Promise<Stage> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sysmon-incident-'))
  const config = path.join(folder, 'config.yaml')
  writeFileSync(config, 'collectors:\n  slow_interval: 1s\n')
  const daemon = await startDaemon({ dataDir: folder, args: ['--config', config, ...args] })
  const current = (): Promise<CurrentResponse> => daemon.get<CurrentResponse>('/api/v1/metrics/current')
  const stage: Stage = {
    daemon,
    folder,
    ticks: async (count) => {
      const { seq } = await current()
      await eventually(current, (answer) => answer.seq >= seq + count, (count + 15) * 1000)
    },
    until: async (metric, fits, labels = {}) => {
      const valueIn = (answer: CurrentResponse): number =>
        answer.values.find(
          (one) => one.metric === metric && Object.entries(labels).every(([name, value]) => one.labels[name] === value),
        )?.value ?? Number.NaN
      return valueIn(await eventually(current, (answer) => fits(valueIn(answer))))
    },
    now: async () => (await current()).unixMs,
    explain: (startMs, endMs) => daemon.get(`/api/v1/explain?start=${Math.round(startMs)}&end=${Math.round(endMs)}`),
    end: async () => {
      await daemon.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await eventually(current, ({ elapsedSeconds }) => elapsedSeconds > 0)
  return stage
}

const loads = path.join(import.meta.dir, 'loads')

/** One of the loads; it has said that it began. */
export async function load(
  name: string,
  args: readonly (string | number)[] = [],
  before: readonly string[] = [],
): Promise<TestProcess> {
  const command = [...endsWithTest, ...before, process.execPath, path.join(loads, `${name}.ts`), ...args.map(String)]
  const child = startProcess(command)
  await child.said(name === 'udp-deaf' ? 'port' : 'begun')
  return child
}

/** What was staged: what is to be said first, and of whom. */
export interface Staged {
  readonly startMs: number
  readonly endMs: number
  readonly resource: readonly string[]
  readonly instance?: string
  /** Pids that did it; of several, each is right. */
  readonly pids: readonly number[]
  readonly waiterPid?: number
}

export interface Verdict {
  readonly isRight: boolean
  /** What stood first, in words. */
  readonly said: string
  readonly severity: number
  /** Rank among everything that the machine had to tell; 1: nothing else stood before it. */
  readonly rank: number
  /** Among those who are told to have done it; 1: nobody else stood before it. */
  readonly place: number
  readonly answer: ExplainResponse
}

/**
 * The machine of a test is not ours alone: what others do meanwhile is told, too, and rightly so. Of what our own
 * processes did, the first finding must be the right one, and of our processes the right one must stand first in it.
 */
export function judge(staged: Staged, answer: ExplainResponse): Verdict {
  const { pids, resource, instance, waiterPid } = staged
  const placeIn = (actors: readonly Actor[]): number => actors.findIndex(({ pid = -1 }) => pids.includes(pid))
  // Further down a list stands who took part in what others did.
  const first = answer.findings.find(({ culprits }) => placeIn(culprits.slice(0, 2)) >= 0)
  const isRight =
    first !== undefined &&
    resource.includes(first.resource) &&
    (instance === undefined || first.instance === instance) &&
    (waiterPid === undefined || first.waiters.slice(0, 2).some(({ pid }) => pid === waiterPid))
  return {
    isRight,
    said: first?.sentence ?? answer.summary,
    severity: first?.severity ?? 0,
    rank: first?.rank ?? 0,
    place: first === undefined ? 0 : placeIn(first.culprits) + 1,
    answer,
  }
}
