import { ProcessTable } from '../src/frame/process-table.ts'
import { LiveProcesses } from '../src/recorder/live.ts'

/**
 * A machine whose processes do what those of a machine at work were seen to do: of 500, 27 change in a second, most of
 * them the same ones, and one starts every other second. Always the same, so that runs can be compared.
 */
export class MadeUpMachine {
  readonly table = new ProcessTable()
  readonly live = new LiveProcesses()
  #seed = 1
  #second = 0
  #nextPid = 1
  /** Those that come and go. */
  readonly #passing: number[] = []

  constructor(
    private readonly processes: number,
    /** Share of the processes that run in a second. */
    private readonly busyShare = 0.05,
  ) {}

  /** One second; the bytes of its tick and how long they took, milliseconds. */
  tick(isKey: boolean): { readonly bytes: Uint8Array; readonly tookMs: number; readonly unixMs: number } {
    const { table } = this
    table.beginTick()
    if (this.#second === 0) for (let i = 0; i < this.processes; i++) this.#start(1)
    else this.#live()
    const unixMs = 1_700_000_000_000 + this.#second * 1000
    const monotonicMs = this.#second * 1000
    const elapsedMs = this.#second === 0 ? 0 : 1000
    const startMs = performance.now()
    const bytes = this.live.update(table, { unixMs, monotonicMs, elapsedMs, isKey })
    const tookMs = performance.now() - startMs
    table.endTick()
    this.#second++
    return { bytes, tookMs, unixMs }
  }

  #live(): void {
    const { table } = this
    const oldest = this.#passing.length > 3 ? this.#passing.shift() : undefined
    if (oldest !== undefined) table.end(oldest)
    if (this.#random() < 0.5) this.#passing.push(this.#start(this.#nextPid - 20))
    const busy = Math.round(this.processes * this.busyShare)
    for (let i = 0; i < busy; i++) {
      // The first few run every second, the rest now and then.
      const slot = i < busy / 2 ? i : Math.floor(this.#random() * this.processes)
      if (table.alive[slot] === 1) this.#run(slot, i < 4)
    }
  }

  #run(slot: number, isHard: boolean): void {
    const { numbers, texts } = this.table
    const add = (column: keyof typeof numbers, by: number): void => {
      numbers[column][slot] = (numbers[column][slot] as number) + by
    }
    add('contextSwitches', 1 + Math.floor(this.#random() ** 3 * 400))
    add('runQueueWaitSeconds', this.#random() ** 4 / 50)
    if (isHard || this.#random() < 0.2) {
      add('cpuUserSeconds', Math.floor(this.#random() * (isHard ? 90 : 3)) / 100)
      add('cpuSystemSeconds', Math.floor(this.#random() * 10) / 100)
      add('minorFaults', Math.floor(this.#random() ** 3 * 3000))
    }
    if (this.#random() < 0.3) add('residentBytes', (Math.floor(this.#random() * 400) - 190) * 4096)
    if (this.#random() < 0.1) add('writtenBytes', Math.floor(this.#random() * 30) * 4096)
    if (this.#random() < 0.2) numbers.processor[slot] = Math.floor(this.#random() * 2)
    if (this.#random() < 0.15) texts.state[slot] = texts.state[slot] === 'R' ? 'S' : 'R'
    this.#read(slot)
  }

  #start(parentPid: number): number {
    const { table } = this
    const slot = table.add()
    const pid = this.#nextPid++
    const random = (most: number): number => Math.floor(this.#random() * most)
    const values = {
      pid,
      startTicks: this.#second * 100 + (this.#second === 0 ? pid : random(100)),
      parentPid,
      threads: 1 + random(4),
      nice: 0,
      cpuUserSeconds: this.#second === 0 ? random(100_000) / 100 : random(20) / 100,
      cpuSystemSeconds: this.#second === 0 ? random(100_000) / 100 : random(20) / 100,
      childrenCpuSeconds: 0,
      runQueueWaitSeconds: this.#random(),
      residentBytes: random(20_000) * 4096,
      virtualBytes: random(200_000) * 4096,
      readBytes: random(1000) * 4096,
      writtenBytes: random(1000) * 4096,
      minorFaults: random(100_000),
      majorFaults: random(50),
      contextSwitches: random(100_000),
      processor: random(2),
    }
    for (const [column, value] of Object.entries(values)) table.numbers[column as 'pid'][slot] = value
    const name = `program-${random(60)}`
    table.texts.name[slot] = name
    table.texts.commandLine[slot] = `/usr/lib/${name}/${name} --number=${random(1e6)} --config /etc/${name}.conf`
    table.texts.user[slot] = random(4) === 0 ? 'www-data' : 'root'
    table.texts.state[slot] = 'S'
    table.texts.cgroup[slot] = `0::/system.slice/${name}.service`
    this.#read(slot)
    return slot
  }

  #read(slot: number): void {
    this.table.readAtMs[slot] = this.#second * 1000 + slot / 100 + this.#random()
    this.table.touch(slot)
  }

  /** 0 to 1 (Park and Miller’s minimal standard generator). */
  #random(): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647
    return this.#seed / 2_147_483_647
  }
}
