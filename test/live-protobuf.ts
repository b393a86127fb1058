import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  ClientMessageSchema,
  type Process,
  type ProcessTable,
  type Series,
  ServerMessageSchema,
  type Tick,
} from '../src/api/live/generated/sysmon/live/v1/live_pb.ts'
import type { ServerMessage, Subscribe } from '../src/api/live-contract.ts'

/** The other end of src/api/live/protobuf-encoding.ts: what a client makes of the frames, in the shape of the JSON. */
export function readServerMessage(bytes: Uint8Array): ServerMessage {
  const { message, missed } = fromBinary(ServerMessageSchema, bytes)
  const told = missed === undefined ? {} : { missed: Number(missed) }
  return withoutUndefined({ ...shapeOf(message), ...told }) as ServerMessage
}

type Message = ReturnType<typeof fromBinary<typeof ServerMessageSchema>>['message']

function shapeOf(message: Message): object {
  switch (message.case) {
    case 'snapshot': {
      const { tick, host, series, values } = message.value
      const { $typeName: _, memoryBytes, ...facts } = host ?? raise('no host')
      return {
        type: 'snapshot',
        ...tickOf(tick),
        host: withoutUndefined({ ...facts, memoryBytes: numberOf(memoryBytes) }),
        series: series.map(seriesOf),
        values: values.map(orNull),
      }
    }
    case 'delta': {
      const { tick, series, changedIds, changedValues } = message.value
      if (changedIds.length !== changedValues.length) raise('as many values as ids')
      return {
        type: 'delta',
        ...tickOf(tick),
        ...(series.length === 0 ? {} : { series: series.map(seriesOf) }),
        changes: changedIds.map((id, place) => [id, orNull(changedValues[place] as number)]),
      }
    }
    case 'processes':
      return tableOf(message.value)
    case 'problem':
      return { type: 'problem', code: message.value.code, detail: message.value.detail }
    default:
      return raise('an empty message')
  }
}

const raise = (what: string): never => {
  throw new Error(`a server message: ${what}`)
}
const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value)
const numberOf = (value: bigint | undefined): number | undefined => (value === undefined ? undefined : Number(value))
const withoutUndefined = (shape: object): object =>
  Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined))

function tickOf(tick: Tick | undefined): object {
  const { seq, unixMs, elapsedSeconds, gap } = tick ?? raise('no tick')
  return withoutUndefined({ seq: Number(seq), unixMs: Number(unixMs), elapsedSeconds, gap })
}

const seriesOf = ({ id, metric, labels, unit }: Series): object => ({ id, metric, labels, unit })

function tableOf({ unixMs, total, limitedView, accounting, processes }: ProcessTable): object {
  const { hostBusy = null, processes: own = null, reaped = null, unattributed = null } = accounting ?? {}
  return {
    type: 'processes',
    unixMs: Number(unixMs),
    total,
    limitedView,
    accounting: { hostBusy, processes: own, reaped, unattributed },
    processes: processes.map(rowOf),
  }
}

function rowOf({ $typeName: _, startTicks, startUnixMs, residentBytes, virtualBytes, ...same }: Process): object {
  return withoutUndefined({
    ...same,
    startTicks: Number(startTicks),
    startUnixMs: numberOf(startUnixMs),
    residentBytes: numberOf(residentBytes),
    virtualBytes: numberOf(virtualBytes),
  })
}

export function writeSubscribe({ metrics, processes, since }: Omit<Subscribe, 'type'>): Uint8Array<ArrayBuffer> {
  const value = {
    ...(metrics === undefined ? {} : { metrics: { names: [...metrics] } }),
    ...(processes === undefined ? {} : { processes }),
    ...(since === undefined ? {} : { since: BigInt(since) }),
  }
  return toBinary(ClientMessageSchema, create(ClientMessageSchema, { message: { case: 'subscribe', value } }))
}
