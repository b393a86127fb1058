import { version as packageVersion } from '../../package.json' with { type: 'json' }

/** Put in by the build; absent when running from source. */
declare const SYSMON_COMMIT: string | undefined

export const version: string = packageVersion
/** Short commit that the executable was built from, with `+` when the tree had changes; `source` when not built. */
export const commit: string = typeof SYSMON_COMMIT === 'string' ? SYSMON_COMMIT : 'source'
/** e.g. `0.1.0 (3bc5391)` */
export const versionText = `${version} (${commit})`
