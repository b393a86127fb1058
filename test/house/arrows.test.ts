import { describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { arrows, bans, checkFile, exceptions, type Violation } from '../../scripts/house/arrows.ts'
import { projectFiles, readProjectFile } from '../../scripts/house/files.ts'

const messages = (file: string, source: string): string[] => checkFile(file, source, []).map(({ message }) => message)

test('every folder of src has its entry, and every name in the graph is a folder of the graph', () => {
  const folders = readdirSync(path.join(import.meta.dir, '../../src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
  for (const folder of folders) expect(Object.keys(arrows)).toContain(folder)
  for (const target of Object.values(arrows).flat()) expect(Object.keys(arrows)).toContain(target.split('/')[0] ?? '')
})

test('the graph has no cycle', () => {
  const visiting: string[] = []
  const visit = (layer: string): void => {
    expect(visiting).not.toContain(layer)
    visiting.push(layer)
    for (const next of arrows[layer] ?? []) visit(arrows[next] === undefined ? (next.split('/')[0] ?? '') : next)
    visiting.pop()
  }
  for (const layer of Object.keys(arrows)) visit(layer)
})

describe('arrows', () => {
  const allowed: readonly [string, string][] = [
    ['src/frame/frame.ts', '../catalogue/catalogue.ts'],
    ['src/cli/status.ts', '../api/contract.ts'],
    ['src/cli/output/table.ts', '../../base/text.ts'],
    ['src/main/main.ts', '../store/sqlite/sqlite-store.ts'],
    ['src/store/store.test.ts', '../platform/host.ts'],
    ['src/base/version.ts', '../../package.json'],
    ['src/main/daemon.test.ts', './daemon.ts'],
  ]
  for (const [file, module] of allowed)
    test(`${file} may import ${module}`, () => expect(messages(file, `import { x } from '${module}'`)).toEqual([]))

  const refused: readonly [string, string, RegExp][] = [
    ['src/catalogue/cpu.ts', '../base/errors.ts', /catalogue may import nothing/],
    ['src/cli/status.ts', '../store/store.ts', /against the flow/],
    ['src/api/contract.ts', '../store/store.ts', /api\/contract\.ts may import catalogue/],
    ['src/api/client.ts', './app.ts', /api\/client\.ts → api\/app\.ts/],
    ['src/cli/status.ts', '../api/app.ts', /cli → api\/app\.ts/],
    ['src/store/sqlite/chunk.ts', '../../platform/host.ts', /store → platform\/host\.ts/],
    ['src/derive/rate.ts', 'node:fs', /neutral/],
    ['src/frame/frame.ts', 'bun:sqlite', /neutral/],
    ['src/api/app.test.ts', '../main/main.ts', /nobody imports it/],
    ['src/api/app.ts', '../../test/machine.ts', /only from src/],
    ['src/novel/thing.ts', '../base/errors.ts', /no entry/],
  ]
  for (const [file, module, message] of refused)
    test(`${file} may not import ${module}`, () => {
      const found = messages(file, `import type { x } from '${module}'`)
      expect(found).toHaveLength(1)
      expect(found[0]).toMatch(message)
    })
})

describe('bans', () => {
  const cases: readonly [string, string][] = [
    ['process.platform', "if (process.platform === 'linux') go()"],
    ["a path under '/proc' or '/sys'", "read('/proc/stat')"],
    ["a path under '/proc' or '/sys'", 'read(`/sys/${name}`)'],
    ['a child process', "import { spawn } from 'node:child_process'"],
    ['a child process', "Bun.spawnSync(['ps'])"],
    ['a connection', "import net from 'node:net'"],
    ['a connection', 'await fetch(url)'],
    ['a connection', 'Bun.connect({ hostname, port })'],
    ['Date.now', 'const now = Date.now()'],
    ['Date.now', 'const now = new Date()'],
    ['performance.now', 'const now = performance.now()'],
    ['a timer', 'setTimeout(run, 10)'],
    ['a timer', 'setInterval(run, 10)'],
  ]
  for (const [what, source] of cases) {
    test(`${source} is refused in query/`, () => expect(messages('src/query/x.ts', source)[0]).toStartWith(`${what}:`))
    test(`${source} may stand in a test and in platform/`, () => {
      expect(messages('src/query/x.test.ts', source)).toEqual([])
      expect(messages('src/platform/linux/x.ts', source)).toEqual([])
    })
    test(`${source} may stand in a comment`, () => {
      expect(messages('src/query/x.ts', source.replaceAll(/^/gm, '// '))).toEqual([])
    })
  }

  test('an exception lifts one ban for one file', () => {
    const lifted = [{ file: 'src/query/x.ts', what: 'Date.now', reason: 'to see' }]
    expect(checkFile('src/query/x.ts', 'Date.now()', lifted)).toEqual([])
    expect(checkFile('src/query/y.ts', 'Date.now()', lifted)).toHaveLength(1)
    expect(checkFile('src/query/x.ts', 'setTimeout(f, 1)', lifted)).toHaveLength(1)
  })

  test('every exception has a reason and names a ban that exists', () => {
    const names = bans.map(({ what }) => what)
    for (const { what, reason } of exceptions) {
      expect(names).toContain(what)
      expect(reason.length).toBeGreaterThan(10)
    }
  })
})

describe('the sources as they are', () => {
  const found: Violation[] = projectFiles(/^src\/.*\.tsx?$/).flatMap((file) => checkFile(file, readProjectFile(file)))
  const of = (what: string): Violation[] => found.filter(({ message }) => message.startsWith(`${what}:`))
  test('V5: no program is started with names of devices or anything else', () =>
    expect(of('a child process')).toEqual([]))
  test('V7: nobody is called whom the user did not name', () => expect(of('a connection')).toEqual([]))
})
