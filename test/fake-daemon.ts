import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { AnalysisService } from '../src/api/analysis-service.ts'
import { createApp } from '../src/api/app.ts'
import type { ExplainService } from '../src/api/explain-answers.ts'
import { ApiError } from '../src/api/problems.ts'
import type { MonitorService } from '../src/api/service.ts'
import {
  sampleCurrent,
  sampleEvents,
  sampleHealth,
  sampleHistory,
  sampleMetrics,
  sampleNowMs,
  sampleProcess,
  sampleProcesses,
  sampleProcessesAnswer,
  sampleProcessHistory,
} from './sample-answers.ts'

/** The routes of the daemon, on a socket of its own, over canned answers. What was asked for is kept. */
export interface FakeDaemon {
  readonly dataDir: string
  readonly socketPath: string
  readonly asked: readonly { readonly what: string; readonly with: unknown }[]
  stop(): Promise<void>
}

export function startFakeDaemon(
  changes: Partial<MonitorService> = {},
  explain?: ExplainService,
  analysis?: AnalysisService,
): FakeDaemon {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'sysmon-'))
  const socketPath = path.join(dataDir, 'sysmon.sock')
  const asked: { what: string; with: unknown }[] = []
  const note = (what: string, given: unknown): void => void asked.push({ what, with: given })
  const service = { ...sampleService(note, dataDir), ...changes }
  const app = createApp({
    service,
    parseTime: Number,
    ...(explain === undefined ? {} : { explain }),
    ...(analysis === undefined ? {} : { analysis }),
    onInternalError: (error) => {
      throw error
    },
  })
  const server = Bun.serve({ unix: socketPath, fetch: app.fetch })
  return {
    dataDir,
    socketPath,
    asked,
    stop: async () => {
      await server.stop(true)
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

type Note = (what: string, given: unknown) => void

function sampleService(note: Note, dataDir: string): MonitorService {
  return {
    current: async (filter, atMs) => {
      note('current', { filter, atMs })
      const values = sampleCurrent.values.filter(
        ({ metric }) => filter.length === 0 || filter.some((each) => fits(metric, each)),
      )
      return { ...sampleCurrent, unixMs: atMs ?? sampleNowMs, values }
    },
    history: async (query) => {
      note('history', query)
      return sampleHistory(query.metric, [{}])
    },
    metrics: async () => sampleMetrics,
    processes: async (query) => {
      note('processes', query)
      return { ...sampleProcessesAnswer, unixMs: query.at === undefined ? sampleNowMs : Number(query.at) }
    },
    process: async (pid, query) => {
      note('process', { pid, ...query })
      if (pid === 812) return sampleProcess
      const found = sampleProcesses.find((row) => row.pid === pid)
      if (found === undefined) throw new ApiError('no_such_process', `no process ${pid}`)
      return { unixMs: sampleNowMs, process: found, parents: [] }
    },
    processHistory: async (pid, query) => {
      note('processHistory', { pid, ...query })
      if (pid !== 812) throw new ApiError('not_recorded', 'nothing recorded')
      return sampleProcessHistory
    },
    signal: async (pid, request) => note('signal', { pid, ...request }),
    events: async (query) => {
      note('events', query)
      return sampleEvents
    },
    health: () => ({ ...sampleHealth, data_dir: dataDir }),
    exposition: () => '',
    now: () => sampleNowMs,
  }
}

const fits = (metric: string, wanted: string): boolean =>
  wanted.endsWith('*') ? metric.startsWith(wanted.slice(0, -1)) : metric === wanted
