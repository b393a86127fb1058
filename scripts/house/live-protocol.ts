import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { root } from './files.ts'

/** Where `buf generate` puts what it makes of proto/ (buf.gen.yaml names the folder above it). */
const folder = 'src/api/live/generated'
const file = 'sysmon/live/v1/live_pb.ts'
export const liveProtocolFile = `${folder}/${file}`

/** The code of proto/sysmon/live/v1/live.proto. Throws what buf found wrong with it, its rules of style included. */
export function liveProtocol(): string {
  const place = mkdtempSync(path.join(tmpdir(), 'live-protocol-'))
  try {
    buf('lint')
    buf('generate', '--output', place)
    return readFileSync(path.join(place, folder, file), 'utf8')
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

function buf(...args: string[]): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync([path.join(root, 'node_modules/.bin/buf'), ...args], { cwd: root })
  if (exitCode !== 0) throw new Error(`buf ${args[0]} failed: ${stdout}${stderr}`.trim())
}
