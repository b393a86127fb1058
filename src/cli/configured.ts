import { UserError } from '../base/errors.ts'
import { diskFiles } from '../config/files.ts'
import { locateFile, type Whereabouts } from '../config/locate.ts'
import type { Candidate } from './discovery.ts'
import type { CliIo } from './io.ts'
import type { Options } from './options.ts'

/** The configuration as the daemon would read it here. The reader of it is loaded only when there is a file. */
export type Surroundings = Pick<CliIo, 'env' | 'home' | 'cwd' | 'isRoot'>

export function whereabouts(options: Options, { env, home, cwd, isRoot }: Surroundings): Whereabouts {
  const configOption = options.text('config')
  return { env, home, cwd, isRoot, ...(configOption === undefined ? {} : { configOption }) }
}

export interface ConfiguredPlace {
  readonly place: Candidate
  /** Somebody named the file, so it alone counts. */
  readonly isNamed: boolean
}

/** Where the config file says the daemon listens; `undefined`: there is no file. */
export async function configuredPlace(options: Options, io: Surroundings): Promise<ConfiguredPlace | undefined> {
  const where = whereabouts(options, io)
  const located = locateFile(where, diskFiles)
  if (located === undefined) return undefined
  try {
    const { loadConfig } = await import('../config/load.ts')
    const { config } = await loadConfig(where)
    return {
      place: { dataDir: config.dataDir, socketPath: config.socket.path, from: located.file },
      isNamed: located.isNamed,
    }
  } catch (error) {
    // A daemon may well be running with what the file said before; `config check` and `doctor` say what is wrong now.
    if (error instanceof UserError && !located.isNamed) return undefined
    throw error
  }
}

/** One line on the config in use, for `doctor`. Throws ConfigError when it is wrong. */
export async function describeConfig(options: Options, io: Surroundings): Promise<string> {
  const { loadConfig } = await import('../config/load.ts')
  const { file, warnings } = await loadConfig(whereabouts(options, io))
  const what = file === undefined ? 'no file: the defaults are in effect' : `${file} is right`
  return [what, ...warnings].join('; ')
}
