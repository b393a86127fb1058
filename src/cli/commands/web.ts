import { ApiProblem } from '../../api/client.ts'
import type { CommandContext } from '../command.ts'
import { failure, misuse } from '../mistake.ts'

/** `sysmon web`: a link that opens the dashboard, once. */
export async function run({ out, options, client }: CommandContext): Promise<number> {
  const link = await webOnly(() => client.createLink(roleOf(options.text('role') ?? 'admin')))
  if (options.flag('json')) out.json(link)
  else {
    out.line(link.url)
    out.note(`good once, for ${link.minutes} minutes`)
  }
  return 0
}

export function roleOf(text: string): 'viewer' | 'admin' {
  if (text === 'viewer' || text === 'admin') return text
  throw misuse(`--role takes viewer or admin, not '${text}'`)
}

/** The daemon has these routes only while its web listener is on. */
export async function webOnly<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.problem.code !== 'unknown_route') throw error
    throw failure('the daemon serves no web', 'start it with sysmond --web, or set web.enabled')
  }
}
