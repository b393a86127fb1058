import { writeFileSync } from 'node:fs'
import { createLiveNative } from '../src/platform/windows/live-native.ts'
import { createWindowsPlatform } from '../src/platform/windows/platform.ts'
import { collect } from './collected.ts'
import { liveHost } from './live-host.ts'
import { recordNative } from './windows-native.ts'

/**
 * Records a Windows for tests, run on it (or inside Wine) by the runtime of a built executable:
 * `BUN_BE_BUN=1 sysmon.exe test/record-windows.ts FILE`. Holds no text of the machine but names of programs, accounts,
 * drives and interfaces, and command lines with their secrets.
 */
const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('which file?')
const { native, recording } = recordNative(createLiveNative())
const platform = createWindowsPlatform(liveHost(), native)
platform.identity()
platform.limitations()
await collect(platform, 3, () => undefined)
platform.close()
writeFileSync(file, `${JSON.stringify(recording, undefined, 1)}\n`)
