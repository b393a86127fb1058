/**
 * Where the bun executable is. The npm package `bun` moves it into place in a post-install script, which newer npm
 * versions do not run unasked; before that it lies in the package of the platform.
 */
import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** @type {Readonly<Record<string, string>>} */
const architectures = { x64: 'x64', arm64: 'aarch64' }
/** @type {Readonly<Record<string, string>>} */
const systems = { linux: 'linux', darwin: 'darwin', win32: 'windows', freebsd: 'freebsd' }

/**
 * Names of the npm packages that may hold bun for a system, best first.
 * @param {string} platform
 * @param {string} arch
 * @param {boolean} isMusl
 */
export function bunPackages(platform, arch, isMusl) {
  const system = systems[platform]
  const cpu = architectures[arch]
  if (system === undefined || cpu === undefined) return []
  const plain = `@oven/bun-${system}-${cpu}`
  if (platform !== 'linux') return [plain]
  return isMusl ? [`${plain}-musl`, plain] : [plain, `${plain}-musl`]
}

/** The executable, or undefined when it is not installed. */
export function findBun(folder = root) {
  const isMusl =
    process.platform === 'linux' && existsSync(`/lib/ld-musl-${process.arch === 'x64' ? 'x86_64' : 'aarch64'}.so.1`)
  const file = process.platform === 'win32' ? 'bun.exe' : 'bun'
  const places = bunPackages(process.platform, process.arch, isMusl).map((name) => path.join(name, 'bin', file))
  // Named .exe on every system; until the post-install script has run, it is a short text that says so.
  places.unshift(path.join('bun', 'bin', 'bun.exe'))
  return places.map((place) => path.join(folder, 'node_modules', place)).find(isExecutable)
}

const smallestExecutableBytes = 1_000_000
/** @param {string} file */
const isExecutable = (file) => existsSync(file) && statSync(file).size > smallestExecutableBytes

export function bunPath(folder = root) {
  const found = findBun(folder)
  if (found !== undefined) return found
  throw new Error(
    `no bun for ${process.platform} ${process.arch} in node_modules: delete node_modules and run this again; ` +
      'if it is still missing, this system is not one that bun is built for',
  )
}
