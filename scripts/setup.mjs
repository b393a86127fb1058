/**
 * Brings node_modules to what package-lock.json says, when it is not already. Plain Node: it runs before anything is
 * installed. Costs a few milliseconds when there is nothing to do.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { findBun, root } from './bun-path.mjs'

const oldestNode = 20

/**
 * @typedef {{ readonly version: string, readonly optional?: boolean }} Locked
 */

/** Packages that are not there as the lock wants them. Optional ones may be missing, but not in another version. */
export function missingPackages(folder = root) {
  /** @type {{ readonly packages: Readonly<Record<string, Locked>> }} */
  const lock = JSON.parse(readFileSync(path.join(folder, 'package-lock.json'), 'utf8'))
  return Object.entries(lock.packages)
    .filter(([where]) => where !== '')
    .filter(([where, wanted]) => {
      const version = installedVersion(path.join(folder, where, 'package.json'))
      return version === undefined ? wanted.optional !== true : version !== wanted.version
    })
    .map(([where]) => where.replace(/^node_modules\//, ''))
}

/** @param {string} file @returns {string | undefined} */
function installedVersion(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined
}

export function setUp(folder = root) {
  requireNode()
  const missing = missingPackages(folder)
  if (missing.length === 0 && findBun(folder) !== undefined) return
  const startedMs = Date.now()
  const isFirst = !existsSync(path.join(folder, 'node_modules'))
  console.error(isFirst ? 'Setting up, once: installing packages…' : `Setting up: installing ${missing.join(', ')}…`)
  // Not `ci`: it refuses a lock that leaves out a platform's optional packages, and deletes a tree that may be in use.
  npm(folder, ['install', '--no-save'])
  linkBun(folder)
  console.error(`Set up in ${((Date.now() - startedMs) / 1000).toFixed(1)} s.`)
}

function requireNode() {
  const major = Number(process.versions.node.split('.')[0])
  if (major >= oldestNode) return
  console.error(`Node ${process.versions.node} is too old: Node ${oldestNode} or newer is needed.`)
  process.exit(1)
}

/** @param {string} folder @param {readonly string[]} args */
function npm(folder, args) {
  const options = [
    '--include=dev',
    '--include=optional',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]
  // Inside an npm script npm_execpath names the npm that runs it; outside, the one on PATH (a .cmd on Windows).
  const cli = process.env.npm_execpath
  const result =
    cli === undefined || !/npm-cli\.[cm]?js$/.test(cli)
      ? spawnSync('npm', [...args, ...options], { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' })
      : spawnSync(process.execPath, [cli, ...args, ...options], { cwd: folder, stdio: 'inherit' })
  if (result.status === 0) return
  console.error(
    `npm ${args.join(' ')} failed (${result.error?.message ?? `exit code ${result.status}`}): see its message above; it needs the package registry to be reachable.`,
  )
  process.exit(1)
}

/**
 * Only for people who type `npx bun`: what the package's own post-install script does. Nothing here depends on it.
 * @param {string} folder
 */
function linkBun(folder) {
  const installer = path.join(folder, 'node_modules', 'bun', 'install.js')
  if (!existsSync(installer)) return
  const result = spawnSync(process.execPath, [installer], { cwd: path.dirname(installer), stdio: 'ignore' })
  if (result.status !== 0)
    console.error('(npx bun will not work: its post-install script failed; the npm scripts do not need it)')
}
