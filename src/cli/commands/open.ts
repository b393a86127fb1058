import { createClient } from '../../api/client.ts'
import type { CommandContext } from '../command.ts'
import { failure, misuse } from '../mistake.ts'
import { faint } from '../output/span.ts'

/** `sysmon open`: a bundle in the dashboard or in `top`, on any machine, without a daemon. */
export async function run(context: CommandContext): Promise<number> {
  const { io, options, out, times } = context
  if (io.records === undefined) throw failure('this program cannot read records itself')
  const isTop = options.flag('top') || options.flag('once')
  const port = isTop ? undefined : portOf(options.text('port'))
  const bundle = await io.records.open({ file: context.arguments[0] ?? '', port })
  try {
    if (isTop) return await top(context, bundle.socketPath)
    out.line(`${bundle.host}, ${times.stamp(bundle.startMs)} to ${times.stamp(bundle.endMs)}`)
    out.line(bundle.url ?? '')
    out.note(faint('the link works once; Ctrl-C ends'))
    await ended(io.interrupted)
    return 0
  } finally {
    await bundle.close()
  }
}

function portOf(text: string | undefined): number {
  const port = Number(text ?? 0)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw misuse(`--port takes a number from 0 to 65535, not '${text}'`)
}

async function top(context: CommandContext, socketPath: string): Promise<number> {
  const module = await import('./top.ts')
  return await module.run({
    ...context,
    places: async () => [{ dataDir: '', socketPath, from: 'the bundle' }],
    client: createClient({ socketPath }, { signal: context.io.interrupted }),
  })
}

const ended = (interrupted: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (interrupted.aborted) resolve()
    else interrupted.addEventListener('abort', () => resolve(), { once: true })
  })
