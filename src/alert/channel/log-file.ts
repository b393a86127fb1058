import { appendFileSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { errnoCode } from '../../base/errors.ts'
import type { LogChannel } from '../../rule/channel.ts'
import { SendError, type Sender } from './sender.ts'

/** A JSON line each. The file is opened anew for each, so that another program may move it away at any time. */
export function createLogFile({ file }: LogChannel): Sender {
  return {
    async send(body) {
      try {
        mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
        appendFileSync(file, `${JSON.stringify(body)}\n`, { mode: 0o600 })
      } catch (error) {
        throw new SendError(`${file} cannot be written (${errnoCode(error) ?? 'unknown'})`)
      }
    },
  }
}
