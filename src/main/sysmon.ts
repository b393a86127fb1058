import { runCli } from '../cli/main.ts'
import { processIo } from '../cli/process-io.ts'

/** The command line and terminal client. */
export const runClient = (args: readonly string[]): Promise<number> => runCli(args, processIo())
