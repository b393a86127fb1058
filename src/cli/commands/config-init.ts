import { exitCodes } from '../../base/errors.ts'
import { initConfig } from '../../config/init.ts'
import { absolutePath, usualFile } from '../../config/locate.ts'
import type { CommandContext } from '../command.ts'
import { whereabouts } from '../configured.ts'

/** `sysmon config init`: a file with every setting explained; one that is there already is never touched. */
export async function run({ io, out, options, arguments: [name] }: CommandContext): Promise<number> {
  const where = whereabouts(options, io)
  const wished = name ?? where.configOption
  const file = wished === undefined ? usualFile(where) : absolutePath(wished, where)
  initConfig(file)
  if (options.flag('json')) out.json({ file })
  else out.line(`${file} written, readable by you alone`)
  return exitCodes.ok
}
