import { createApp } from '../../src/api/app.ts'
import { type OpenApiDocument, type Operation, openApiDocument } from '../../src/api/openapi/document.ts'
import { listenerTexts, operationsOf } from '../../src/api/openapi/reference-page.ts'
import { problems } from '../../src/api/problems.ts'
import type { MonitorService } from '../../src/api/service.ts'
import { table } from './metrics-reference.ts'

/** docs/api.md, from the routes and the catalogue of problems. */
export async function apiReference(): Promise<string> {
  // Only asked what its routes are: nothing answers behind them.
  const app = createApp({
    service: {} as MonitorService,
    parseTime: () => Number.NaN,
    onInternalError: (error) => {
      throw error
    },
  })
  const document = await openApiDocument(app)
  const sections = [
    intro,
    '## Routes',
    table(
      ['Route', 'What'],
      operationsOf(document).map(({ method, path, operation }) => [
        `[\`${method} ${path}\`](#${operation.operationId.toLowerCase()})`,
        operation.summary,
      ]),
    ),
    ...operationsOf(document).map(({ method, path, operation }) => routeText(`${method} ${path}`, operation)),
    '## Problems',
    problemsIntro,
    table(['Code', 'Status', 'What it means', 'Cure', 'Routes'], problemRows(document)),
  ]
  return `${sections.join('\n\n')}\n`
}

function routeText(title: string, operation: Operation): string {
  const { operationId, summary, description, parameters, responses } = operation
  const only = listenerTexts[operation['x-listener'] ?? '']
  const rows = (parameters ?? []).map(({ name, required, schema, description: meaning = '' }) => [
    `\`${name}\`${required === true ? ', needed' : ''}`,
    [schema.type ?? 'text'].flat().join(', '),
    meaning,
    ((schema.examples ?? []) as unknown[]).map((example) => `\`${example}\``).join(', '),
  ])
  const lines = [
    `### ${operationId}`,
    `\`${title}\` · ${summary}.${description === undefined ? '' : ` ${description}`}${only === undefined ? '' : ` ${only}`}`,
    ...(rows.length === 0 ? [] : [table(['Parameter', 'Value', 'Meaning', 'Examples'], rows)]),
    `Problems: ${codesOf(responses)
      .map((code) => `\`${code}\``)
      .join(', ')}.`,
  ]
  return lines.join('\n\n')
}

const codesOf = (responses: Operation['responses']): string[] =>
  Object.values(responses).flatMap(({ content }) => Object.keys(content?.['application/problem+json']?.examples ?? {}))

function problemRows(document: OpenApiDocument): string[][] {
  const operations = operationsOf(document)
  const inFront = codesOf(document.components.responses)
  return Object.entries(problems).map(([code, { status, title, cure }]) => {
    const of = operations.filter(({ operation }) => codesOf(operation.responses).includes(code))
    const names = of.map(({ operation }) => operation.operationId).join(', ')
    const isOfAll = of.length === operations.length
    const where = isOfAll ? 'all' : inFront.includes(code) ? 'all of the web listener' : names
    return [`\`${code}\``, String(status), title, cure, where === '' ? 'around the routes' : where]
  })
}

const intro = `# HTTP API
Generated from the routes and \`src/api/problems.ts\` by \`npm run docs\`: edit there, not here. A running sysmon describes
itself the same way: \`GET /docs\` for people, \`GET /openapi.json\` (OpenAPI 3.1) for programs.

The same routes answer on the local socket and, where it is on, on the web listener. Times go out as Unix milliseconds and
come in as RFC 3339, Unix milliseconds or relative times (\`-15m\`, \`now\`). Units are base units, ratios 0 to 1. What is
absent is left out of objects and \`null\` in arrays, never 0.

Answers that may be kept carry an \`ETag\`; who sends it back in \`If-None-Match\` and has it already gets 304. History
between two absolute times that are over may be kept for a minute. Everything else is of the moment (\`no-store\`). From
1 KiB on, answers come as zstd or gzip to who accepts it.`

const problemsIntro = `Errors are problem documents (RFC 9457, \`application/problem+json\`): \`code\` for programs, \`detail\` and
\`cure\` for people. 405 carries \`Allow\`, 429 \`Retry-After\`.`
