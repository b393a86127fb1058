/** Reading of the report that `bun test --reporter=junit` writes. */

export interface TestCase {
  readonly name: string
  readonly file: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
}

// <testcase name="a &gt; b" classname="group" time="0.1" file="src/x.test.ts" line="3" assertions="1" />
const testCase = /<testcase\b([^>]*?)(\/>|>([\s\S]*?)<\/testcase>)/g

export function parseJunit(xml: string): TestCase[] {
  return [...xml.matchAll(testCase)].map(([, attributes = '', , body = '']) => ({
    name: attribute(attributes, 'name'),
    file: attribute(attributes, 'file'),
    outcome: /<(?:failure|error)\b/.test(body) ? 'failed' : /<skipped\b/.test(body) ? 'skipped' : 'passed',
  }))
}

function attribute(attributes: string, name: string): string {
  return unescapeXml(new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? '')
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }
const unescapeXml = (text: string): string =>
  text.replace(
    /&(?:(lt|gt|quot|apos|amp)|#(\d+)|#x([\da-f]+));/gi,
    (_, entity?: string, decimal?: string, hex?: string) =>
      entity === undefined
        ? String.fromCodePoint(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number.parseInt(decimal, 10))
        : (entities[entity] ?? ''),
  )
