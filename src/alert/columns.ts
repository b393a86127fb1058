/** What the engine reads of each watch in each tick, one column a field: no objects on the way. */
export class WatchColumns {
  cell = new Int32Array(0)
  phase = new Uint8Array(0)
  isMissing = new Uint8Array(0)
  /** -1 where low values are bad: levels and values are turned round. */
  sign = new Float64Array(0)
  raise = new Float64Array(0)
  clear = new Float64Array(0)
  heldMs = new Float64Array(0)
  missingMs = new Float64Array(0)
  raiseForMs = new Float64Array(0)
  clearForMs = new Float64Array(0)
  noDataForMs = new Float64Array(0)

  reserve(count: number): void {
    if (count <= this.cell.length) return
    const length = Math.max(count, this.cell.length * 2, 64)
    const cell = new Int32Array(length)
    cell.set(this.cell)
    this.cell = cell
    this.phase = longerBytes(this.phase, length)
    this.isMissing = longerBytes(this.isMissing, length)
    this.sign = longer(this.sign, length)
    this.raise = longer(this.raise, length)
    this.clear = longer(this.clear, length)
    this.heldMs = longer(this.heldMs, length)
    this.missingMs = longer(this.missingMs, length)
    this.raiseForMs = longer(this.raiseForMs, length)
    this.clearForMs = longer(this.clearForMs, length)
    this.noDataForMs = longer(this.noDataForMs, length)
  }

  move(from: number, to: number): void {
    for (const column of this.#all()) column[to] = column[from] as number
  }

  #all(): (Int32Array | Uint8Array | Float64Array)[] {
    const { cell, phase, isMissing, sign, raise, clear, heldMs, missingMs, raiseForMs, clearForMs, noDataForMs } = this
    return [cell, phase, isMissing, sign, raise, clear, heldMs, missingMs, raiseForMs, clearForMs, noDataForMs]
  }
}

function longer(from: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(length)
  to.set(from)
  return to
}
function longerBytes(from: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const to = new Uint8Array(length)
  to.set(from)
  return to
}
