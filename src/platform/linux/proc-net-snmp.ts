import { ascii, Cursor } from './bytes.ts'

const cursor = new Cursor()

/**
 * /proc/net/snmp and /proc/net/netstat (RFC 1213 names): pairs of lines, names then numbers:
 * `Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens …` / `Tcp: 1 200 120000 -1 3 …`.
 * Where each wanted name stands is looked up once and again when the line of names changes in length.
 */
export class SnmpGroup<K extends string> {
  readonly values: Record<K, number>
  readonly #prefix: Uint8Array
  #columns: (K | undefined)[] = []
  #headerBytes = -1

  constructor(
    group: string,
    private readonly wanted: readonly K[],
  ) {
    this.#prefix = ascii(`${group}: `)
    this.values = Object.fromEntries(wanted.map((key) => [key, Number.NaN])) as Record<K, number>
  }

  /** NaN for what the kernel does not have. */
  parse(bytes: Uint8Array): Record<K, number> {
    for (const key of this.wanted) this.values[key] = Number.NaN
    cursor.of(bytes)
    while (!cursor.done) {
      if (!cursor.take(this.#prefix)) {
        cursor.nextLine()
        continue
      }
      this.#learn()
      cursor.nextLine()
      if (cursor.take(this.#prefix)) this.#readNumbers()
      break
    }
    return this.values
  }

  #learn(): void {
    const end = cursor.bytes.indexOf(0x0a, cursor.at)
    if (end - cursor.at === this.#headerBytes) return
    this.#headerBytes = end - cursor.at
    const names: string[] = []
    while (!cursor.atLineEnd) names.push(cursor.word())
    this.#columns = names.map((name) => this.wanted.find((key) => key === name))
    while (this.#columns.length > 0 && this.#columns.at(-1) === undefined) this.#columns.pop()
  }

  #readNumbers(): void {
    for (const key of this.#columns) {
      if (key === undefined) cursor.skipField()
      else this.values[key] = cursor.number()
    }
  }
}

export const tcpKeys = [
  'InSegs',
  'OutSegs',
  'RetransSegs',
  'ActiveOpens',
  'PassiveOpens',
  'AttemptFails',
  'EstabResets',
  'InErrs',
  'OutRsts',
] as const
export const udpKeys = ['InDatagrams', 'OutDatagrams', 'NoPorts', 'InErrors', 'RcvbufErrors', 'SndbufErrors'] as const
export const listenKeys = ['ListenOverflows', 'ListenDrops'] as const
