import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { bunPackages, bunPath, findBun, root } from '../../scripts/bun-path.mjs'
import { missingPackages } from '../../scripts/setup.mjs'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sysmon-setup-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(file: string, content: string | object): void {
  const place = path.join(folder, file)
  mkdirSync(path.dirname(place), { recursive: true })
  writeFileSync(place, typeof content === 'string' ? content : JSON.stringify(content))
}

describe('what is missing', () => {
  const lock = {
    packages: {
      '': { name: 'sysmon' },
      'node_modules/a': { version: '1.0.0' },
      'node_modules/@s/b': { version: '2.0.0' },
      'node_modules/other-system': { version: '3.0.0', optional: true },
    },
  }
  beforeEach(() => write('package-lock.json', lock))

  test('everything, before anything is installed', () => expect(missingPackages(folder)).toEqual(['a', '@s/b']))
  test('nothing, when all that is needed is there', () => {
    write('node_modules/a/package.json', { version: '1.0.0' })
    write('node_modules/@s/b/package.json', { version: '2.0.0' })
    expect(missingPackages(folder)).toEqual([])
  })
  test('what has another version, optional or not', () => {
    write('node_modules/a/package.json', { version: '1.0.1' })
    write('node_modules/@s/b/package.json', { version: '2.0.0' })
    write('node_modules/other-system/package.json', { version: '2.9.0' })
    expect(missingPackages(folder)).toEqual(['a', 'other-system'])
  })
  test('nothing here and now', () => expect(missingPackages(root)).toEqual([]))
})

describe('where bun is', () => {
  const executable = 'x'.repeat(1_000_001)
  const [name = ''] = bunPackages(process.platform, process.arch, false)

  test('nowhere: said so, with the cure', () => {
    expect(findBun(folder)).toBeUndefined()
    expect(() => bunPath(folder)).toThrow('delete node_modules and run this again')
  })
  test('in the package of the platform when the post-install script has not run', () => {
    write('node_modules/bun/bin/bun.exe', 'echo this is not bun')
    write(`node_modules/${name}/bin/bun`, executable)
    expect(findBun(folder)).toBe(path.join(folder, 'node_modules', name, 'bin', 'bun'))
  })
  test('where that script has moved it', () => {
    write('node_modules/bun/bin/bun.exe', executable)
    expect(findBun(folder)).toBe(path.join(folder, 'node_modules/bun/bin/bun.exe'))
  })
  test('musl and glibc stand in for each other, other systems for nobody', () => {
    expect(bunPackages('linux', 'arm64', true)).toEqual(['@oven/bun-linux-aarch64-musl', '@oven/bun-linux-aarch64'])
    expect(bunPackages('win32', 'x64', false)).toEqual(['@oven/bun-windows-x64'])
    expect(bunPackages('sunos', 'x64', false)).toEqual([])
  })
})
