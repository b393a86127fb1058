import type { CommandContext } from '../command.ts'
import { failure, misuse } from '../mistake.ts'

/** As the daemon checks it: OWASP's smaller choice for argon2id, 19 MiB and two passes. */
const cost = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const
const longestPassword = 1024

/** `sysmon token hash-password`: what stands in web.users. The password comes from standard input, never the command line. */
export async function run({ io, out }: CommandContext): Promise<number> {
  const password = (await io.ask('Password (it is shown as you type): ')) ?? (await firstLine())
  if (io.interrupted.aborted) throw failure('interrupted')
  if (password === '') throw misuse('no password was given', 'write it to standard input')
  if (password.length > longestPassword) throw misuse(`a password has ${longestPassword} characters at most`)
  out.line(await Bun.password.hash(password, cost))
  return 0
}

const firstLine = async (): Promise<string> => (await Bun.stdin.text()).split('\n')[0]?.replace(/\r$/, '') ?? ''
