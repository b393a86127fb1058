import { RequestAborted } from '../../api/client.ts'
import type { CommandContext } from '../command.ts'
import { failure, misuse } from '../mistake.ts'

/** As the daemon checks it: OWASP's smaller choice for argon2id, 19 MiB and two passes. */
const cost = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const
const longestPassword = 1024

/** `sysmon token hash-password`: what stands in web.users. Typed unseen, and so twice, or from standard input; never the command line. */
export async function run({ io, out }: CommandContext): Promise<number> {
  const typed = await io.askSecret('Password (it is not shown): ')
  if (io.interrupted.aborted) throw new RequestAborted()
  const password = typed ?? (await firstLine())
  if (password === '') throw misuse('no password was given', 'write it to standard input')
  if (password.length > longestPassword) throw misuse(`a password has ${longestPassword} characters at most`)
  if (typed !== undefined && (await io.askSecret('The same again: ')) !== typed) {
    if (io.interrupted.aborted) throw new RequestAborted()
    throw failure('these are two different passwords', 'nothing was made; try again')
  }
  out.line(await Bun.password.hash(password, cost))
  return 0
}

const firstLine = async (): Promise<string> => (await Bun.stdin.text()).split('\n')[0]?.replace(/\r$/, '') ?? ''
