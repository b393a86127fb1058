import { describeError, errnoCode } from '../base/errors.ts'
import type { ConfigFiles } from './files.ts'
import type { LocatedFile } from './locate.ts'
import { ConfigError } from './problem.ts'

/** Nobody writes a config of this size; a log file named by mistake has it. */
const largestBytes = 1024 ** 2
/** Group and others may neither read nor write. */
const othersMask = 0o077
const worldWritable = 0o002

export interface ConfigText {
  readonly file: string
  readonly text: string
  readonly mode: number | undefined
}

/** The text of the file; everything that keeps it from being read is a ConfigError. */
export function readConfigText({ file, isNamed, namedBy }: LocatedFile, files: ConfigFiles): ConfigText {
  const refuse = (what: string): never => {
    throw new ConfigError([{ where: namedBy === undefined ? file : `${file} (${namedBy})`, what }])
  }
  try {
    const facts = files.stat(file)
    if (facts === undefined)
      return refuse(isNamed ? 'there is no such file. `sysmon config init` writes one' : 'it has gone')
    if (facts.kind === 'directory')
      return refuse(`is a directory. Name the file: ${file.replace(/\/$/, '')}/config.yaml`)
    if (facts.kind !== 'file') return refuse('is no regular file')
    if (facts.bytes > largestBytes) return refuse(`has ${facts.bytes} bytes: that is no config file`)
    if (facts.mode !== undefined && (facts.mode & worldWritable) !== 0)
      return refuse(`everybody may change it (mode ${octal(facts.mode)}). Close it: chmod 600 ${file}`)
    return { file, text: files.readText(file), mode: facts.mode }
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const isDenied = errnoCode(error) === 'EACCES' || errnoCode(error) === 'EPERM'
    return refuse(
      isDenied ? 'may not be read by this user. Make it theirs (chown) or run as its owner' : describeError(error),
    )
  }
}

/** Secrets are for the owner only. */
export function refuseOpenSecrets({ file, mode }: ConfigText, secretKeys: readonly string[]): void {
  if (mode === undefined || secretKeys.length === 0 || (mode & othersMask) === 0) return
  const what = `others can read it (mode ${octal(mode)}) and it holds secrets (${secretKeys.join(', ')}). Close it: chmod 600 ${file}`
  throw new ConfigError([{ where: file, what }])
}

const octal = (mode: number): string => mode.toString(8).padStart(4, '0')
