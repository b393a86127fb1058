import { runCli } from '../cli/main.ts'
import { processIo } from '../cli/process-io.ts'
import type { RecordFiles } from '../cli/record-files.ts'
import type { Limitation } from '../platform/platform.ts'

/** The command line and terminal client. */
export const runClient = (args: readonly string[]): Promise<number> =>
  runCli(args, processIo({ limitations: limitationsHere, records }))

/** Loaded when a file of a record is asked for. */
const records: RecordFiles = {
  backup: async (request) => (await recordFiles()).backup(request),
  restore: async (request) => (await recordFiles()).restore(request),
  bundle: async (request) => (await recordFiles()).bundle(request),
  open: async (request) => (await recordFiles()).open(request),
}
const recordFiles = async (): Promise<RecordFiles> => (await import('./record-files.ts')).recordFiles

/** What a daemon started by this user could not read: for `doctor` where none runs. */
async function limitationsHere(): Promise<readonly Limitation[]> {
  const { createLiveHost } = await import('../platform/live-host.ts')
  const { choosePlatform } = await import('../platform/choose.ts')
  const host = createLiveHost({ remoteSpace: (path) => Promise.reject(new Error(`${path} is not asked here`)) })
  const platform = await choosePlatform(host, { cgroupLimit: 0 })
  try {
    return platform.limitations()
  } finally {
    platform.close()
  }
}
