import type { OptionSpec } from './command.ts'

/** Options that every command takes. */
export const commonOptions: readonly OptionSpec[] = [
  { flags: '--data-dir <dir>', help: 'the daemon’s data directory (SYSMON_DATA_DIR)', complete: 'directory' },
  { flags: '--config <file>', help: 'the daemon’s config file (SYSMON_CONFIG)', complete: 'file' },
  { flags: '--no-color', help: 'no colours (NO_COLOR)' },
  { flags: '-h, --help', help: 'help for the command' },
]
