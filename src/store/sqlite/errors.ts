import { SQLiteError } from 'bun:sqlite'
import { StoreError, type StoreErrorCode } from '../store.ts'

/** SQLite result codes (https://www.sqlite.org/rescode.html) as what they mean to the owner of the machine. */
const codes: Readonly<Record<number, StoreErrorCode>> = {
  5: 'locked',
  6: 'locked',
  8: 'read_only',
  10: 'io',
  11: 'corrupt',
  13: 'full',
  14: 'io',
  26: 'corrupt',
}

/** Runs a call on the database; what SQLite throws becomes a StoreError. */
export function translated<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw storeError(error)
  }
}

export function storeError(error: unknown): unknown {
  if (!(error instanceof SQLiteError)) return error
  const code = codes[error.errno & 0xff]
  return code === undefined ? error : new StoreError(code, `${error.message} (${error.code ?? error.errno})`)
}
