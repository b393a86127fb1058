import type { HostFacts, ProcessesResponse } from '../contract.ts'
import type { LiveProblem, LiveProcesses, LiveSeries, Tick } from '../live-contract.ts'
import { ApiError } from '../problems.ts'

/** What travels in one WebSocket frame: a text or a binary one. */
export type LiveFrame = string | Uint8Array<ArrayBuffer>

/** The numbers of a tick, by series id. NaN where absent. */
export type NumberOf = (id: number) => number

/**
 * How messages become frames. There is one way for each subprotocol, and all say the same; what is said when, and to whom,
 * is the hub's.
 */
export interface LiveEncoding {
  readonly protocol: LiveProtocol
  snapshot(tick: Tick, host: HostFacts, series: readonly LiveSeries[], numberOf: NumberOf): LiveFrame
  /** A snapshot that tells besides how many ticks were missed. */
  withMissed(snapshot: LiveFrame, missed: number): LiveFrame
  /** `changed`: ids, read before it returns. */
  delta(tick: Tick, fresh: readonly LiveSeries[], changed: readonly number[], numberOf: NumberOf): LiveFrame
  processes(table: ProcessesResponse): LiveFrame
  problem(code: string, detail: string): LiveFrame
  /** What a client has sent, unchecked, in the shape of the JSON. Throws ApiError: it cannot be read. */
  read(message: string | Uint8Array): unknown
}

export type LiveProtocol = 'sysmon.v1.json' | 'sysmon.v1.protobuf'
const protocols: readonly LiveProtocol[] = ['sysmon.v1.json', 'sysmon.v1.protobuf']

/** The first of those offered that is known (RFC 6455 11.3.4: the client's order is its preference). */
export const chooseProtocol = (offered: string | null): LiveProtocol | undefined =>
  offered
    ?.split(',')
    .map((name) => protocols.find((known) => known === name.trim()))
    .find((known) => known !== undefined)

export const jsonEncoding: LiveEncoding = {
  protocol: 'sysmon.v1.json',
  snapshot: (tick, host, series, numberOf) => {
    const values = series.map(({ id }) => numberText(numberOf(id))).join(',')
    const head = `{"type":"snapshot",${tickText(tick)},"host":${JSON.stringify(host)}`
    return `${head},"series":${JSON.stringify(series)},"values":[${values}]}`
  },
  withMissed: (snapshot, missed) => `${(snapshot as string).slice(0, -1)},"missed":${missed}}`,
  delta: (tick, fresh, changed, numberOf) => {
    let changes = ''
    for (const id of changed) changes += `${changes === '' ? '' : ','}[${id},${numberText(numberOf(id))}]`
    const series = fresh.length === 0 ? '' : `,"series":${JSON.stringify(fresh)}`
    return `{"type":"delta",${tickText(tick)}${series},"changes":[${changes}]}`
  },
  processes: (table) => JSON.stringify({ type: 'processes', ...table } satisfies LiveProcesses),
  problem: (code, detail) => JSON.stringify({ type: 'problem', code, detail } satisfies LiveProblem),
  read: (message) => {
    if (typeof message !== 'string') throw new ApiError('invalid_request', 'a message is JSON in a text frame')
    try {
      return JSON.parse(message)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      throw new ApiError('invalid_request', 'the message is not valid JSON')
    }
  },
}

/** The members of a tick, as JSON without braces. */
const tickText = (tick: Tick): string => JSON.stringify(tick).slice(1, -1)
const numberText = (value: number): string => (Number.isFinite(value) ? String(value) : 'null')
