import type { ProcessesResponse } from '../contract.ts'
import type { LiveProcesses } from '../live-contract.ts'
import type { TableQuery } from './subscription.ts'

export type ListProcesses = (query: {
  readonly limit?: number | undefined
  readonly sort?: string | undefined
}) => Promise<ProcessesResponse>

/** Process tables of the last tick, each encoded once however many want it. */
export class LiveTables {
  #seq: number | undefined
  readonly #texts = new Map<string, Promise<string>>()

  constructor(private readonly list: ListProcesses) {}

  text({ key, limit, sort }: TableQuery, seq: number): Promise<string> {
    if (seq !== this.#seq) this.#texts.clear()
    this.#seq = seq
    let text = this.#texts.get(key)
    if (text === undefined) {
      text = this.#encode({ limit, sort })
      this.#texts.set(key, text)
    }
    return text
  }

  async #encode(query: Parameters<ListProcesses>[0]): Promise<string> {
    const message: LiveProcesses = { type: 'processes', ...(await this.list(query)) }
    return JSON.stringify(message)
  }

  forget(): void {
    this.#texts.clear()
    this.#seq = undefined
  }
}
