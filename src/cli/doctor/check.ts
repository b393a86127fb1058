export type CheckLevel = 'ok' | 'warn' | 'fail'

/** One line of `sysmon doctor`. */
export interface Check {
  readonly level: CheckLevel
  readonly name: string
  readonly what: string
  /** What to do about it. */
  readonly cure?: string
}

export const ok = (name: string, what: string): Check => ({ level: 'ok', name, what })
export const warn = (name: string, what: string, cure?: string): Check => ({
  level: 'warn',
  name,
  what,
  ...(cure === undefined ? {} : { cure }),
})
export const fail = (name: string, what: string, cure?: string): Check => ({ ...warn(name, what, cure), level: 'fail' })
