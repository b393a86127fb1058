import { describeError } from '../../base/errors.ts'
import { formatBytes } from '../format.ts'
import { type Check, fail, ok, warn } from './check.ts'
import { statOf } from './data-dir.ts'

/** The database as a file: size, write-ahead log, and whether SQLite finds it whole. Knows nothing of what is in it. */
const databaseName = 'data.db'

/** Reading all of a larger one would take long and disturb the machine. */
const wholeCheckBytes = 512 * 2 ** 20
/** The daemon keeps its log far below; one this large was held open by a reader or left by a crash. */
const largeLogBytes = 256 * 2 ** 20

export async function storeChecks(dataDir: string, isThorough: boolean): Promise<readonly Check[]> {
  const path = `${dataDir}/${databaseName}`
  const found = statOf(path)
  if (found === undefined) return [warn('database', `${path} does not exist`, 'sysmond makes it when it first starts')]
  if (found === 'EACCES')
    return [warn('database', `${path} may not be read by this user`, 'run doctor as the user that sysmond runs as')]
  if (typeof found === 'string') return [fail('database', `${path}: ${found}`, 'is the disk in order?')]
  const log = statOf(`${path}-wal`)
  const logBytes = typeof log === 'object' ? log.size : 0
  const sizes = `${path}, ${formatBytes(found.size)}, write-ahead log ${formatBytes(logBytes)}`
  const size =
    logBytes > largeLogBytes
      ? warn('database', sizes, 'end programs that hold it open for long')
      : ok('database', sizes)
  if (found.size > wholeCheckBytes && !isThorough)
    return [size, ok('integrity', 'not checked: it is large; sysmon doctor --thorough reads it all')]
  return [size, await integrity(path)]
}

/** https://www.sqlite.org/pragma.html#pragma_quick_check: `ok`, or one line a problem. */
async function integrity(path: string): Promise<Check> {
  const { Database } = await import('bun:sqlite')
  try {
    const database = new Database(path, { readonly: true })
    try {
      const [first] = database.query<{ quick_check: string }, []>('PRAGMA quick_check(1)').all()
      if (first?.quick_check === 'ok') return ok('integrity', 'whole')
      return fail('integrity', first?.quick_check ?? 'no answer from SQLite', corruptCure)
    } finally {
      database.close()
    }
  } catch (error) {
    const isCorrupt = /malformed|not a database|corrupt/i.test(describeError(error))
    return isCorrupt
      ? fail('integrity', describeError(error), corruptCure)
      : warn('integrity', `not checked: ${describeError(error)}`)
  }
}

const corruptCure = 'restart sysmond: it moves the file aside, keeps it, and begins a new one'
