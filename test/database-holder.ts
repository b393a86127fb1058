/** `bun test/database-holder.ts PATH exclusive|write|read`: holds the database until its input ends; says `held` when it does. */
import { Database } from 'bun:sqlite'

const [path = '', mode = 'read'] = process.argv.slice(2)
const db = new Database(path, { readwrite: true })
if (mode === 'exclusive') {
  db.run('PRAGMA locking_mode = EXCLUSIVE')
  db.run('BEGIN EXCLUSIVE')
} else if (mode === 'write') {
  db.run('BEGIN IMMEDIATE')
} else {
  db.run('BEGIN')
  db.query('SELECT count(*) FROM head').get()
}
console.log('held')
for await (const _ of process.stdin);
db.close()
