import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RequestAborted } from '../api/client.ts'
import { systemClock } from '../base/clock.ts'
import { describeError, errnoCode, UserError } from '../base/errors.ts'
import { version } from '../base/version.ts'
import type { BackupRequest, BundleRequest, RecordFiles, RestoreRequest } from '../cli/record-files.ts'
import { packBundle } from '../exchange/bundle-file.ts'
import { nextTurn } from '../exchange/turns.ts'
import { checkRecord, copyRecord, copyStretch } from '../store/sqlite/copies.ts'
import { fileNames } from '../store/sqlite/open.ts'
import { StoreError } from '../store/store.ts'

/** Backups and bundles, made by the program of the person who asks: the daemon is not disturbed, and none is needed. */
export const recordFiles: RecordFiles = {
  backup: (request) => told(request.file, () => backup(request)),
  restore: (request) => told(request.file, () => restore(request)),
  bundle: (request) => told(request.file, () => bundle(request)),
  open: async (request) => (await import('./bundle-viewer.ts')).openBundle(request),
}

async function backup({ dataDir, file, interrupted }: BackupRequest): Promise<number> {
  await inSteps(copyRecord(join(dataDir, fileNames.database), file), interrupted)
  return settled(file)
}

async function bundle(request: BundleRequest): Promise<number> {
  const { dataDir, file, startMs, endMs, facts, interrupted } = request
  const stretch = `${file}.db`
  try {
    await inSteps(copyStretch(join(dataDir, fileNames.database), stretch, { startMs, endMs }), interrupted)
    const record = new Uint8Array(await Bun.file(stretch).arrayBuffer())
    const parts = await packBundle(
      {
        version,
        createdUnixMs: systemClock.wallMs(),
        startUnixMs: startMs,
        endUnixMs: endMs,
        intervalMs: 1000,
        redactions: ['passwords, tokens and keys in command lines and URLs were blanked when they were recorded'],
        facts,
      },
      record,
    )
    await Bun.write(file, parts as never)
    return settled(file)
  } finally {
    rmSync(stretch, { force: true })
  }
}

async function restore({ file, dataDir }: RestoreRequest): Promise<void> {
  const target = join(dataDir, fileNames.database)
  const taken = [target, `${target}-wal`].find((path) => existsSync(path))
  if (taken !== undefined) {
    throw new UserError({
      what: `${taken} is there already, and nothing is overwritten`,
      cure: 'Name an empty place with --data-dir, or move that file away',
    })
  }
  checkRecord(file)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const part = `${target}.${process.pid}.part`
  try {
    await copyFile(file, part)
    settled(part)
    renameSync(part, target)
  } finally {
    rmSync(part, { force: true })
  }
}

/** Between two steps Ctrl-C is heard. */
async function inSteps(work: Generator<void>, interrupted: AbortSignal): Promise<void> {
  try {
    while (work.next().done !== true) {
      await nextTurn()
      if (interrupted.aborted) throw new RequestAborted()
    }
  } finally {
    work.return(undefined)
  }
}

/** For its owner only, and safe on the disk; bytes of the file. */
function settled(file: string): number {
  chmodSync(file, 0o600)
  const descriptor = openSync(file, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  return statSync(file).size
}

async function told<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof StoreError) throw new UserError({ what: storeText(error), where: file })
    const code = errnoCode(error)
    if (code === undefined) throw error
    throw new UserError({ what: code === 'ENOSPC' ? 'no space left on the disk' : describeError(error), where: file })
  }
}

const storeText = ({ code, message }: StoreError): string => (code === 'full' ? 'no space left on the disk' : message)
