import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { errnoCode, UserError } from '../../base/errors.ts'

/** What tokens are signed with. Whoever reads it can make himself admin. Taking the file away ends all tokens. */
const secretBytes = 32
const ownerOnly = 0o600
const othersMask = 0o077

/** Made at the first start. Throws UserError when others can read it, or it is not ours. */
export function readOrMakeSecret(file: string): Uint8Array {
  try {
    return readSecret(file)
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw asUserError(error, file)
  }
  const secret = crypto.getRandomValues(new Uint8Array(secretBytes))
  try {
    // `wx` follows no link and takes over no file that somebody put there meanwhile.
    writeFileSync(file, `${Buffer.from(secret).toString('base64url')}\n`, { mode: ownerOnly, flag: 'wx' })
  } catch (error) {
    throw asUserError(error, file)
  }
  return secret
}

function readSecret(file: string): Uint8Array {
  const descriptor = openSync(file, 'r')
  try {
    const { mode, uid } = fstatSync(descriptor)
    if ((mode & othersMask) !== 0)
      throw refusal(
        file,
        'others can read the secret that tokens are signed with',
        `rm ${file}, which ends all tokens, and start again`,
      )
    if (uid !== process.getuid?.())
      throw refusal(file, 'the secret belongs to another user', 'Run as its owner, or take it away')
    const secret = Buffer.from(readFileSync(descriptor, 'utf8').trim(), 'base64url')
    if (secret.length < secretBytes) throw refusal(file, 'this is no secret of ours', 'Take it away: a new one is made')
    return secret
  } finally {
    closeSync(descriptor)
  }
}

const refusal = (where: string, what: string, cure: string): UserError => new UserError({ what, where, cure })

function asUserError(error: unknown, file: string): unknown {
  const code = errnoCode(error)
  if (code === undefined) return error
  return refusal(file, `the secret of the web listener cannot be kept (${code})`, 'Let this user read and write there')
}
