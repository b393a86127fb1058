import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import type { HostFacts, ProcessesResponse, ProcessRow } from '../contract.ts'
import type { LiveSeries, Tick } from '../live-contract.ts'
import { ApiError } from '../problems.ts'
import type { LiveEncoding, LiveFrame } from './encoding.ts'
import {
  ClientMessageSchema,
  type HostSchema,
  type ProcessSchema,
  type ProcessTableSchema,
  ServerMessageSchema,
  type Subscribe,
  type TickSchema,
} from './generated/sysmon/live/v1/live_pb.ts'

/**
 * The live stream as proto/sysmon/live/v1/live.proto has it. Imported when the first client asks for it, for it brings
 * the protobuf runtime along. A field that JSON has and this has not is an error of the compiler: see `Complete`.
 */
export const protobufEncoding: LiveEncoding = {
  protocol: 'sysmon.v1.protobuf',
  snapshot: (tick, host, series, numberOf) =>
    frame({
      case: 'snapshot',
      value: {
        tick: tickOf(tick),
        host: hostOf(host),
        series: series.map(seriesOf),
        values: series.map(({ id }) => finite(numberOf(id))),
      },
    }),
  // Messages may be put together from pieces: the fields of the second are added to the first.
  withMissed: (snapshot, missed) =>
    joined(snapshot, toBinary(ServerMessageSchema, create(ServerMessageSchema, { missed: BigInt(missed) }))),
  delta: (tick, fresh, changed, numberOf) =>
    frame({
      case: 'delta',
      value: {
        tick: tickOf(tick),
        series: fresh.map(seriesOf),
        changedIds: [...changed],
        changedValues: changed.map((id) => finite(numberOf(id))),
      },
    }),
  processes: (table) => frame({ case: 'processes', value: tableOf(table) }),
  problem: (code, detail) => frame({ case: 'problem', value: { code, detail } }),
  read: (message) => {
    if (typeof message === 'string')
      throw new ApiError('invalid_request', 'a message is a sysmon.live.v1.ClientMessage in a binary frame')
    return readClientMessage(message)
  },
}

type ServerMessageInit = MessageInitShape<typeof ServerMessageSchema>
const frame = (message: NonNullable<ServerMessageInit['message']>): LiveFrame =>
  toBinary(ServerMessageSchema, create(ServerMessageSchema, { message }))

function joined(first: LiveFrame, second: Uint8Array): LiveFrame {
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first as Uint8Array)
  bytes.set(second, first.length)
  return bytes
}

/** NaN is how the format says absent. */
const finite = (value: number): number => (Number.isFinite(value) ? value : Number.NaN)
/** Whole by what it is: a count, a size, a time in milliseconds. */
const whole = (value: number): bigint => BigInt(Math.round(value))

/** Every field of the JSON shape is named, under the name that the generated code has for it. */
type Complete<Shape, Init> = { readonly [Key in keyof Shape]-?: Key extends keyof Init ? Init[Key] | undefined : never }
type Init<Schema extends Parameters<typeof create>[0]> = Omit<MessageInitShape<Schema>, '$typeName' | '$unknown'>

function tickOf({ seq, unixMs, elapsedSeconds, gap }: Tick): Init<typeof TickSchema> {
  const fields: Complete<Tick, Init<typeof TickSchema>> = {
    seq: whole(seq),
    unixMs: whole(unixMs),
    elapsedSeconds,
    gap,
  }
  return fields as Init<typeof TickSchema>
}

const seriesOf = ({ id, metric, labels, unit }: LiveSeries) => ({ id, metric, labels: { ...labels }, unit })

function hostOf({ memoryBytes, ...facts }: HostFacts): Init<typeof HostSchema> {
  const fields: Complete<HostFacts, Init<typeof HostSchema>> = { ...facts, memoryBytes: optional(memoryBytes) }
  return fields as Init<typeof HostSchema>
}

const optional = (value: number | undefined): bigint | undefined => (value === undefined ? undefined : whole(value))

function tableOf({
  unixMs,
  total,
  limitedView,
  accounting,
  processes,
}: ProcessesResponse): Init<typeof ProcessTableSchema> {
  const fields: Complete<ProcessesResponse, Init<typeof ProcessTableSchema>> = {
    unixMs: whole(unixMs),
    total,
    limitedView,
    accounting: {
      ...(accounting.hostBusy === null ? {} : { hostBusy: accounting.hostBusy }),
      ...(accounting.processes === null ? {} : { processes: accounting.processes }),
      ...(accounting.reaped === null ? {} : { reaped: accounting.reaped }),
      ...(accounting.unattributed === null ? {} : { unattributed: accounting.unattributed }),
    },
    processes: processes.map(rowOf),
  }
  return fields as Init<typeof ProcessTableSchema>
}

function rowOf(row: ProcessRow): Init<typeof ProcessSchema> {
  const { startTicks, startUnixMs, residentBytes, virtualBytes, ...same } = row
  const fields: Complete<ProcessRow, Init<typeof ProcessSchema>> = {
    ...(same as Required<typeof same>),
    startTicks: whole(startTicks),
    startUnixMs: optional(startUnixMs),
    residentBytes: optional(residentBytes),
    virtualBytes: optional(virtualBytes),
  }
  return fields as Init<typeof ProcessSchema>
}

function readClientMessage(bytes: Uint8Array): unknown {
  const { message } = parse(bytes)
  if (message.case === undefined) throw new ApiError('invalid_request', 'the message has no "subscribe"')
  return subscribeOf(message.value)
}

function parse(bytes: Uint8Array) {
  try {
    return fromBinary(ClientMessageSchema, bytes)
  } catch (error) {
    // The runtime throws RangeError at a truncated message and Error at the rest.
    if (!(error instanceof Error)) throw error
    throw new ApiError('invalid_request', 'the message is no sysmon.live.v1.ClientMessage')
  }
}

const subscribeOf = ({ metrics, processes, since }: Subscribe) => ({
  type: 'subscribe',
  ...(metrics === undefined ? {} : { metrics: metrics.names }),
  ...(processes === undefined
    ? {}
    : {
        processes: {
          ...(processes.limit === undefined ? {} : { limit: processes.limit }),
          ...(processes.sort === undefined ? {} : { sort: processes.sort }),
        },
      }),
  ...(since === undefined ? {} : { since: Number(since) }),
})
