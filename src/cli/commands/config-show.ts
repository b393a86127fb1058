import { exitCodes } from '../../base/errors.ts'
import { loadConfig } from '../../config/load.ts'
import { formatConfig, showConfig } from '../../config/show.ts'
import type { CommandContext } from '../command.ts'
import { whereabouts } from '../configured.ts'

/** `sysmon config show`: what is in effect and where it is from; never a secret. */
export async function run({ io, out, options }: CommandContext): Promise<number> {
  const dataDir = options.text('dataDir')
  const { entries, file, warnings } = await loadConfig({
    ...whereabouts(options, io),
    ...(dataDir === undefined ? {} : { flags: { data_dir: dataDir } }),
  })
  if (options.flag('json')) out.json({ file: file ?? null, settings: showConfig(entries), warnings })
  else {
    for (const line of formatConfig(entries).trimEnd().split('\n')) out.line(line)
    for (const warning of warnings) out.note(`sysmon: ${warning}`)
  }
  return exitCodes.ok
}
