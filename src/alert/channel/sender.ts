import { readFileSync, statSync } from 'node:fs'
import type { NotificationBody } from '../../api/alert-contract.ts'
import { errnoCode } from '../../base/errors.ts'

/** Carries notifications to one place. Loaded with the first notification, never before. */
export interface Sender {
  /** Resolves once the receiver has taken it. Throws SendError. */
  send(body: NotificationBody, signal: AbortSignal): Promise<void>
}

/** Why a notification was not taken. The text is shown to people: it holds no secret. */
export class SendError extends Error {
  constructor(
    message: string,
    /** About this notification: others may go through, and trying again will hardly help. */
    readonly isAboutMessage = false,
  ) {
    super(message)
    this.name = 'SendError'
  }
}

/** Longest secret, bytes: a file of this size was named by mistake. */
const longestSecretBytes = 64 * 1024
const othersMask = 0o007

/** The content of a file that only sysmon may read, without the line break at its end. Throws SendError. */
export function readSecret(file: string): string {
  try {
    const { mode, size } = statSync(file)
    if ((mode & othersMask) !== 0) throw new SendError(`${file}: everybody can read it. Close it: chmod 600 ${file}`)
    if (size > longestSecretBytes) throw new SendError(`${file}: has ${size} bytes: that is no secret`)
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    if (error instanceof SendError) throw error
    throw new SendError(`${file} cannot be read (${errnoCode(error) ?? 'unknown'})`)
  }
}

/** A certificate authority of the owner's own. Throws SendError. */
export function readAuthority(file: string | undefined): string | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new SendError(`${file} cannot be read (${errnoCode(error) ?? 'unknown'})`)
  }
}
