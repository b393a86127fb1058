import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const folder = mkdtempSync(path.join(tmpdir(), 'sysmon-tools-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('what is missing is recorded once with its reason, what is there is not', async () => {
  const reasons = path.join(folder, 'skipped.txt')
  const source = `
    import { requireFile, requireThat, requireTool } from ${JSON.stringify(path.join(import.meta.dir, 'tools.ts'))}
    const found = [requireTool('no-such-tool'), requireTool('no-such-tool'), requireTool('sh'), requireThat(false, 'no moon')]
    console.log([...found, requireFile('/no/such', 'reads it'), requireFile('/', 'reads it')].join(' '))`
  const child = Bun.spawn([process.execPath, '-e', source], {
    env: { ...process.env, SYSMON_SKIP_REASONS: reasons },
    stdout: 'pipe',
  })
  expect((await new Response(child.stdout).text()).trim()).toBe('false false true false false true')
  expect(readFileSync(reasons, 'utf8')).toBe(
    'no-such-tool is not installed\nno moon\n/no/such cannot be read, and a test reads it\n',
  )
})
