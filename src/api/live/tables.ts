import type { ProcessesResponse } from '../contract.ts'
import type { LiveConnection } from './connection.ts'
import type { LiveEncoding, LiveFrame } from './encoding.ts'
import type { TableQuery } from './subscription.ts'

export type ListProcesses = (query: {
  readonly limit?: number | undefined
  readonly sort?: string | undefined
}) => Promise<ProcessesResponse>

/** All who want the same process table in the same encoding. */
export interface LiveTable {
  readonly query: TableQuery
  readonly encoding: LiveEncoding
  readonly members: Set<LiveConnection>
}

/** Process tables of the last tick, each asked for and encoded once however many want it. */
export class LiveTables {
  readonly #tables = new Map<string, LiveTable>()
  #seq: number | undefined
  readonly #answers = new Map<string, Promise<ProcessesResponse>>()
  readonly #frames = new Map<string, Promise<LiveFrame>>()

  constructor(private readonly list: ListProcesses) {}

  get size(): number {
    return this.#tables.size
  }

  has(query: TableQuery, encoding: LiveEncoding): boolean {
    return this.#tables.has(keyOf(query, encoding))
  }

  /** As they are now: who comes or goes meanwhile changes nothing. */
  all(): LiveTable[] {
    return [...this.#tables.values()]
  }

  join(connection: LiveConnection, query: TableQuery, encoding: LiveEncoding): void {
    const key = keyOf(query, encoding)
    let table = this.#tables.get(key)
    if (table === undefined) {
      table = { query, encoding, members: new Set() }
      this.#tables.set(key, table)
    }
    table.members.add(connection)
    connection.table = query
  }

  leave(connection: LiveConnection): void {
    const { table, encoding } = connection
    connection.table = undefined
    if (table === undefined || encoding === undefined) return
    const key = keyOf(table, encoding)
    const members = this.#tables.get(key)?.members
    members?.delete(connection)
    if (members?.size === 0) this.#tables.delete(key)
    if (this.#tables.size === 0) this.#forget()
  }

  frame(query: TableQuery, encoding: LiveEncoding, seq: number): Promise<LiveFrame> {
    if (seq !== this.#seq) this.#forget()
    this.#seq = seq
    const key = keyOf(query, encoding)
    let frame = this.#frames.get(key)
    if (frame === undefined) {
      frame = this.#answer(query).then(encoding.processes)
      this.#frames.set(key, frame)
    }
    return frame
  }

  #answer({ key, limit, sort }: TableQuery): Promise<ProcessesResponse> {
    let answer = this.#answers.get(key)
    if (answer === undefined) {
      answer = this.list({ limit, sort })
      this.#answers.set(key, answer)
    }
    return answer
  }

  #forget(): void {
    this.#answers.clear()
    this.#frames.clear()
    this.#seq = undefined
  }
}

const keyOf = ({ key }: TableQuery, { protocol }: LiveEncoding): string => `${protocol} ${key}`
