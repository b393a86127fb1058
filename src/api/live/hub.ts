import type { Clock } from '../../base/clock.ts'
import type { CurrentTick } from '../../query/current.ts'
import type { HostFacts } from '../contract.ts'
import { closeCodes, type Tick } from '../live-contract.ts'
import { ApiError } from '../problems.ts'
import { LiveConnection, type LiveIdentity, queueLimitBytes } from './connection.ts'
import { chooseProtocol, jsonEncoding, type LiveEncoding, type LiveFrame } from './encoding.ts'
import { type EncodedDelta, LiveGroup } from './group.ts'
import { checkSubscription, type Subscription, type TableQuery } from './subscription.ts'
import { type ListProcesses, LiveTables } from './tables.ts'
import { LiveValues } from './values.ts'

/**
 * The live stream: what each tick has brought, to all who subscribed. Everything is worked out and encoded once a tick
 * for all who want the same; a client that does not keep up is left out until it has read what it was sent, and then
 * begins anew with the latest (V6). It knows neither listeners nor rights: any `Bun.serve` may carry it, and who calls
 * `upgrade` has decided that the client may listen. While nobody does, it holds nothing and costs nothing.
 */
export interface LiveHubParts {
  /** The last tick, everything in it. Throws QueryError when none has been taken. */
  readonly current: () => CurrentTick
  readonly hasTick: () => boolean
  readonly processes: ListProcesses
  readonly host: HostFacts
  readonly clock: Clock
  readonly limits?: Partial<LiveLimits>
  /** Told of each client that was cut off because it did not read. */
  readonly onTooSlow: () => void
  /** Told of errors that are ours. */
  readonly onError: (error: unknown) => void
}

export interface LiveLimits {
  readonly connections: number
  /** Different lists of metrics, and different process tables: each is encoded apart. */
  readonly subscriptions: number
}
export const defaultLimits: LiveLimits = { connections: 10_000, subscriptions: 256 }

/** What a client may send in one message, bytes. */
export const messageLimitBytes = 64 * 1024
/** After so many seconds in which nothing is sent either way the server ends a connection; it pings before. */
const idleSeconds = 60
/** What of the time between two ticks counts as silence of the clients. */
const longestSweepMs = 5000
/** Clients served before others than clients get a turn: some 4 ms. Each turn costs all who wait another 0.4 ms. */
const batch = 1000

/** RFC 6455 7.4.1: the message does not follow the rules. */
const policyViolation = 1008
/** The same: the server met what it did not expect. */
const internalError = 1011

export interface LiveStats {
  readonly connections: number
  readonly groups: number
  readonly tables: number
  /** Clients that get nothing until they have read what waits for them. */
  readonly behind: number
  /** Turned away for want of room, since start. */
  readonly refused: number
  /** Closed since start because they did not read. */
  readonly droppedSlow: number
}

/** The server that carries the stream, as far as it is needed. */
export interface UpgradingServer {
  upgrade(request: Request, options: { data: LiveConnection; headers?: Record<string, string> }): boolean
}

export interface LiveHub {
  readonly websocket: Bun.WebSocketHandler<LiveConnection>
  /** False: it is no WebSocket request, or there is no room; `isFull` tells which. */
  upgrade(server: UpgradingServer, request: Request, identity: LiveIdentity): boolean
  readonly isFull: boolean
  /** After each tick. Never throws. */
  onTick(): void
  close(): void
  stats(): LiveStats
}

export function createLiveHub(parts: LiveHubParts): LiveHub {
  return new Hub(parts)
}

class Hub implements LiveHub {
  readonly #connections = new Set<LiveConnection>()
  readonly #groups = new Map<string, LiveGroup>()
  readonly #tables: LiveTables
  #binary: Promise<LiveEncoding> | undefined
  readonly #limits: LiveLimits
  #values: LiveValues | undefined
  #isClosed = false
  #sweptMs = 0
  #refused = 0
  #droppedSlow = 0

  constructor(private readonly parts: LiveHubParts) {
    this.#limits = { ...defaultLimits, ...parts.limits }
    this.#tables = new LiveTables(parts.processes)
  }

  readonly websocket: Bun.WebSocketHandler<LiveConnection> = {
    maxPayloadLength: messageLimitBytes,
    backpressureLimit: queueLimitBytes,
    idleTimeout: idleSeconds,
    sendPings: true,
    open: (socket) => this.#opened(socket.data, socket),
    message: (socket, message) => this.#heard(socket.data, message),
    drain: (socket) => this.#drained(socket.data),
    pong: (socket) => socket.data.heard(),
    close: (socket) => this.#closed(socket.data),
  }

  get isFull(): boolean {
    return this.#connections.size >= this.#limits.connections
  }

  upgrade(server: UpgradingServer, request: Request, identity: LiveIdentity): boolean {
    if (this.#isClosed) return false
    if (this.isFull) {
      this.#refused++
      return false
    }
    const protocol = chooseProtocol(request.headers.get('sec-websocket-protocol'))
    const isBinary = protocol === 'sysmon.v1.protobuf'
    const connection = new LiveConnection(identity, isBinary ? undefined : jsonEncoding, this.#nowMs())
    // Counted from here: those that are being upgraded at the same time are to see each other.
    this.#connections.add(connection)
    const isUpgraded = server.upgrade(request, {
      data: connection,
      // Without the header Bun 1.4.5 agrees to the first that was offered; an empty one is not sent.
      headers: { 'sec-websocket-protocol': protocol ?? '' },
    })
    if (!isUpgraded) this.#connections.delete(connection)
    // By the time that it asks for something it is there; if it fails, that is told then.
    else if (isBinary) this.#loadBinary().catch(() => undefined)
    return isUpgraded
  }

  /** The protobuf runtime costs memory: only who wants it brings it in. */
  #loadBinary(): Promise<LiveEncoding> {
    this.#binary ??= import('./protobuf-encoding.ts').then(({ protobufEncoding }) => protobufEncoding)
    return this.#binary
  }

  #nowMs(): number {
    return this.parts.clock.monotonicMs()
  }

  #opened(connection: LiveConnection, socket: Parameters<LiveConnection['opened']>[0]): void {
    connection.opened(socket)
    if (this.#isClosed) connection.close(closeCodes.serverStops, 'sysmond stops')
  }

  #closed(connection: LiveConnection): void {
    connection.closed()
    this.#leave(connection)
    this.#connections.delete(connection)
    if (!connection.wasTooSlow) return
    this.#droppedSlow++
    this.parts.onTooSlow()
  }

  #heard(connection: LiveConnection, message: string | Uint8Array): void {
    connection.heard()
    if (connection.encoding === undefined) return void this.#hearLater(connection, message)
    const admission = connection.admit(this.#nowMs())
    if (admission === 'hopeless') connection.close(policyViolation, 'too many messages')
    else if (admission === 'refused') connection.problem('too_many_messages', 'one message a second is heard')
    else this.#answer(connection, connection.encoding, message)
  }

  async #hearLater(connection: LiveConnection, message: string | Uint8Array): Promise<void> {
    try {
      connection.encoding = await this.#loadBinary()
      if (this.#connections.has(connection)) this.#heard(connection, message)
    } catch (error) {
      this.parts.onError(error)
      connection.close(internalError, 'something went wrong; the log has it')
    }
  }

  #answer(connection: LiveConnection, encoding: LiveEncoding, message: string | Uint8Array): void {
    try {
      this.#subscribe(connection, encoding, checkSubscription(encoding.read(message)))
    } catch (error) {
      if (!(error instanceof ApiError)) this.parts.onError(error)
      const { code, message: detail } =
        error instanceof ApiError ? error : new ApiError('internal', 'something went wrong; the log has it')
      connection.problem(code, detail)
    }
  }

  #subscribe(connection: LiveConnection, encoding: LiveEncoding, { key, wants, table, since }: Subscription): void {
    const groupKey = `${encoding.protocol} ${key}`
    const { subscriptions } = this.#limits
    const isNewGroup = !this.#groups.has(groupKey)
    const isNewTable = table !== undefined && !this.#tables.has(table, encoding)
    if ((isNewGroup && this.#groups.size >= subscriptions) || (isNewTable && this.#tables.size >= subscriptions))
      throw new ApiError('too_much', 'too many different subscriptions at once; subscribe to what others do, or to all')
    this.#joinGroup(connection, encoding, groupKey, wants)
    this.#tables.leave(connection)
    if (table !== undefined) this.#tables.join(connection, table, encoding)
    connection.seq = undefined
    connection.since = since
    const nowMs = this.#nowMs()
    if (!connection.isReady(nowMs)) return
    this.#begin(connection, nowMs)
    void this.#sendTable(connection)
  }

  #joinGroup(connection: LiveConnection, encoding: LiveEncoding, key: string, wants: Subscription['wants']): void {
    if (connection.group?.key === key) return
    const values = this.#listen()
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = new LiveGroup(key, wants, encoding, values, this.parts.host)
      this.#groups.set(key, group)
    }
    this.#leaveGroup(connection)
    group.members.add(connection)
    connection.group = group
  }

  #leaveGroup(connection: LiveConnection): void {
    const { group } = connection
    connection.group = undefined
    group?.members.delete(connection)
    if (group?.members.size === 0) this.#groups.delete(group.key)
  }

  #leave(connection: LiveConnection): void {
    this.#leaveGroup(connection)
    this.#tables.leave(connection)
    if (this.#groups.size > 0) return
    this.#values = undefined
  }

  /** The values, up to date from here on. */
  #listen(): LiveValues {
    if (this.#values === undefined) {
      this.#values = new LiveValues()
      if (this.parts.hasTick()) this.#values.update(this.parts.current())
    }
    return this.#values
  }

  /** Snapshot of the last tick; without one, the first tick brings it. */
  #begin(connection: LiveConnection, nowMs: number): void {
    const tick = this.#values?.tick
    if (tick === undefined || connection.group === undefined) return
    connection.seq = tick.seq
    connection.send(connection.group.snapshot(tick, connection.since), nowMs)
    connection.since = undefined
  }

  #drained(connection: LiveConnection): void {
    const nowMs = this.#nowMs()
    if (!connection.isBehind || !connection.isReady(nowMs)) return
    this.#begin(connection, nowMs)
    void this.#sendTable(connection)
  }

  async #sendTable(connection: LiveConnection): Promise<void> {
    const { table, encoding } = connection
    const seq = this.#values?.tick?.seq
    if (table === undefined || encoding === undefined || seq === undefined) return
    const frame = await this.#tableFrame(table, encoding, seq, (why) => connection.problem(why.code, why.message))
    if (frame === undefined || connection.table !== table || connection.isBehind) return
    connection.send(frame, this.#nowMs())
  }

  /** `undefined` when there is none: why, who asks for it first is told. */
  async #tableFrame(
    query: TableQuery,
    encoding: LiveEncoding,
    seq: number,
    onAbsent?: (why: ApiError) => void,
  ): Promise<LiveFrame | undefined> {
    try {
      return await this.#tables.frame(query, encoding, seq)
    } catch (error) {
      if (error instanceof ApiError) onAbsent?.(error)
      else this.parts.onError(error)
      return undefined
    }
  }

  onTick(): void {
    if (this.#connections.size === 0) return
    try {
      this.#sweep()
      const values = this.#values
      if (values === undefined) return
      values.update(this.parts.current())
      const { tick } = values
      if (tick === undefined) return
      const deltas = [...this.#groups.values()].map((group) => {
        group.forgetSnapshot()
        return { group, delta: group.delta(tick) }
      })
      this.#deliver(tick, deltas).catch(this.parts.onError)
    } catch (error) {
      this.parts.onError(error)
    }
  }

  /** Who may not listen any more, and who is gone. */
  #sweep(): void {
    const nowMs = this.#nowMs()
    // While we were stopped ourselves nobody was heard.
    const passedMs = Math.min(nowMs - this.#sweptMs, longestSweepMs)
    this.#sweptMs = nowMs
    for (const connection of this.#connections) {
      if (connection.identity.isCurrent()) connection.passed(passedMs)
      else connection.close(closeCodes.unauthorized, 'the right to listen has ended')
    }
  }

  async #deliver(tick: Tick, deltas: readonly { group: LiveGroup; delta: EncodedDelta }[]): Promise<void> {
    let served = 0
    for (const { group, delta } of deltas) {
      for (const connection of group.members) {
        this.#offer(connection, delta)
        if (++served % batch === 0) await othersTurn()
      }
    }
    for (const { query, encoding, members } of this.#tables.all()) {
      const frame = await this.#tableFrame(query, encoding, tick.seq)
      if (this.#values?.tick !== tick) return
      if (frame === undefined) continue
      for (const connection of members) {
        // Whether the client keeps up was judged with the delta: a tick is sent whole or not at all.
        if (!connection.isBehind) connection.send(frame, this.#nowMs())
        if (++served % batch === 0) await othersTurn()
      }
    }
  }

  /** The delta to who has the tick before, the whole to who has not, nothing to who has not read yet. */
  #offer(connection: LiveConnection, delta: EncodedDelta): void {
    const nowMs = this.#nowMs()
    if ((connection.seq ?? -1) >= delta.seq || !connection.isReady(nowMs)) return
    if (connection.seq === undefined || connection.seq !== delta.previousSeq) {
      this.#begin(connection, nowMs)
    } else {
      connection.seq = delta.seq
      connection.send(delta.frame, nowMs)
    }
  }

  close(): void {
    this.#isClosed = true
    for (const connection of this.#connections) connection.close(closeCodes.serverStops, 'sysmond stops')
  }

  stats(): LiveStats {
    return {
      connections: this.#connections.size,
      groups: this.#groups.size,
      tables: this.#tables.size,
      behind: [...this.#connections].filter(({ isBehind }) => isBehind).length,
      refused: this.#refused,
      droppedSlow: this.#droppedSlow,
    }
  }
}

const othersTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
