import { exitCodes } from '../../base/errors.ts'
import { loadConfig } from '../../config/load.ts'
import { ConfigError } from '../../config/problem.ts'
import type { CommandContext } from '../command.ts'
import { whereabouts } from '../configured.ts'

/** `sysmon config check`: everything that is wrong at once, each with file, line and column. */
export async function run({ io, out, options, arguments: [file] }: CommandContext): Promise<number> {
  const where = whereabouts(options, io)
  try {
    const loaded = await loadConfig(file === undefined ? where : { ...where, configOption: file })
    const { warnings } = loaded
    if (options.flag('json')) out.json({ status: 'ok', file: loaded.file ?? null, warnings })
    else {
      out.line(loaded.file === undefined ? 'no config file: the defaults are in effect' : `${loaded.file} is right`)
      for (const warning of warnings) out.note(`sysmon: ${warning}`)
    }
    return exitCodes.ok
  } catch (error) {
    if (!(error instanceof ConfigError) || !options.flag('json')) throw error
    out.json({ status: 'wrong', problems: error.problems })
    return error.exitCode
  }
}
