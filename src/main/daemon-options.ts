import { exitCodes, UserError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'

/** What `sysmond` was told on its command line; values are read like those of the config file. */
export interface DaemonOptions {
  readonly config?: string
  readonly flags: Readonly<Record<string, string>>
}

/** Options that set a key of the configuration. */
const keyOfOption: Readonly<Record<string, string>> = {
  '--data-dir': 'data_dir',
  '--procfs': 'procfs',
  '--sysfs': 'sysfs',
  '--log-level': 'log.level',
}
const options = ['--config', ...Object.keys(keyOfOption), '--web', '--help', '--version']

export const daemonUsage = `sysmond records this machine, every second, every process.

Usage: sysmond [options]

  --config FILE      configuration, YAML or JSON (default: /etc/sysmon/config.yaml as root, else ~/.sysmon/config.yaml)
  --data-dir DIR     where the record is kept (default: /var/lib/sysmon as root, else ~/.sysmon)
  --procfs DIR       proc filesystem of the machine to watch (default: /proc)
  --sysfs DIR        sys filesystem of the machine to watch (default: /sys)
  --web[=HOST:PORT]  serve the web API and the dashboard too (default: 127.0.0.1:8080)
  --log-level LEVEL  debug, info, warn or error (default: info)
  --help             this text
  --version          which version this is

Runs in the foreground and logs to standard error. SIGTERM or Ctrl-C ends it, SIGHUP reads the configuration again.

Examples:
  sysmond                                  record into the usual place
  sysmond --data-dir /tmp/trial            try it without touching anything
  sysmond --web                            with the dashboard; the log names the link that opens it
  sysmon status                            in another terminal: what the machine does now
`

/** Throws UserError (usage). */
export function parseDaemonOptions(args: readonly string[]): DaemonOptions | 'help' | 'version' {
  let config: string | undefined
  const flags: Record<string, string> = {}
  for (let i = 0; i < args.length; i++) {
    const [option = '', attached] = splitOption(args[i] as string)
    if (option === '--help' || option === '-h') return 'help'
    if (option === '--version' || option === '-V') return 'version'
    if (option === '--web') {
      Object.assign(flags, webFlags(attached))
      continue
    }
    const key = keyOfOption[option]
    if (key === undefined && option !== '--config') throw unknownOption(option)
    const value = attached ?? args[++i]
    if (value === undefined || value === '' || (attached === undefined && value.startsWith('--'))) {
      throw new UserError({ what: 'needs a value', where: option, cure: 'sysmond --help', exitCode: exitCodes.usage })
    }
    if (key === undefined) config = value
    else flags[key] = value
  }
  return config === undefined ? { flags } : { config, flags }
}

/** The one option that may stand without a value. */
function webFlags(address: string | undefined): Record<string, string> {
  if (address !== '') return { 'web.enabled': 'true', ...(address === undefined ? {} : { 'web.listen': address }) }
  throw new UserError({
    what: 'needs an address behind the =, or no =',
    where: '--web',
    cure: 'Write --web=127.0.0.1:8080',
    exitCode: exitCodes.usage,
  })
}

function splitOption(argument: string): [string, string | undefined] {
  const at = argument.indexOf('=')
  return argument.startsWith('--') && at > 0 ? [argument.slice(0, at), argument.slice(at + 1)] : [argument, undefined]
}

function unknownOption(option: string): UserError {
  const near = nearest(option, options)
  const cure = near === undefined ? 'sysmond --help lists the options' : `Did you mean ${near}?`
  const what = option.startsWith('-') ? 'no such option' : 'sysmond takes no arguments'
  return new UserError({ what, where: option, cure, exitCode: exitCodes.usage })
}
