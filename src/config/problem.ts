import { exitCodes, UserError } from '../base/errors.ts'

/** Where a value came from. */
export type Origin =
  | { readonly from: 'default' }
  | { readonly from: 'file'; readonly file: string }
  | { readonly from: 'environment'; readonly variable: string }
  | { readonly from: 'option'; readonly option: string }

export interface ConfigProblem {
  /** `/etc/sysmon/config.yaml:3:9`, `SYSMON_INTERVAL`, `--web`. */
  readonly where: string
  /** The setting, where it is about one. */
  readonly key?: string
  /** What is wrong and, where there is one, the cure. */
  readonly what: string
}

/** Everything that is wrong with a configuration, all at once. */
export class ConfigError extends UserError {
  constructor(readonly problems: readonly ConfigProblem[]) {
    super({ what: problems.map(formatProblem).join('\n'), exitCode: exitCodes.usage })
    this.name = 'ConfigError'
  }
}

export const formatProblem = ({ where, key, what }: ConfigProblem): string =>
  key === undefined ? `${where}: ${what}` : `${where}: ${key}: ${what}`

export function formatOrigin(origin: Origin): string {
  switch (origin.from) {
    case 'default':
      return 'default'
    case 'file':
      return origin.file
    case 'environment':
      return origin.variable
    case 'option':
      return origin.option
  }
}
