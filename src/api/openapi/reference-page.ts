import { type ProblemCode, problems } from '../problems.ts'
import type { JsonSchema, OpenApiDocument, Operation, Parameter, ResponseDescription } from './document.ts'

/** The OpenAPI document as one page of HTML: no script, no font, no image, nothing from elsewhere. */
export function referencePage(document: OpenApiDocument): string {
  const groups = document.tags.map(({ name, description }) => ({
    name,
    description,
    operations: operationsOf(document).filter(({ operation }) => operation.tags.includes(name)),
  }))
  const { title, version, description } = document.info
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} API</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)} API <small>${escapeHtml(version)}</small></h1>
<p>${prose(description)}</p>
<p>For programs: <a href="/openapi.json">openapi.json</a></p>
</header>
<nav aria-label="Routes">${groups.map(navigation).join('')}</nav>
<main>
${groups.map(section).join('\n')}
<section id="shapes"><h2>Shapes</h2>
${Object.entries(document.components.schemas).map(shape).join('\n')}
</section>
<section id="problems"><h2>Problems</h2>
<p>${prose('Every error is a problem document (RFC 9457) with one of these as `code`.')}</p>
${table('All of them', ['Code', 'Status', 'Meaning', 'Cure'], Object.entries(problems).map(problemRow))}
</section>
</main>
</body>
</html>
`
}

interface Listed {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}
interface Group {
  readonly name: string
  readonly description: string
  readonly operations: readonly Listed[]
}

export const operationsOf = (document: OpenApiDocument): Listed[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )

const navigation = ({ name, operations }: Group): string =>
  `<h2>${escapeHtml(name)}</h2><ul>${operations
    .map(
      ({ method, path, operation }) =>
        `<li><a href="#${operation.operationId}"><code>${method} ${escapeHtml(path)}</code></a></li>`,
    )
    .join('')}</ul>`

const section = ({ name, description, operations }: Group): string =>
  `<section><h2>${escapeHtml(name)}</h2><p>${prose(description)}</p>${operations.map(article).join('\n')}</section>`

function article({ method, path, operation }: Listed): string {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation
  const body = requestBody?.content['application/json']?.schema
  const only = listenerTexts[operation['x-listener'] ?? '']
  return `<article id="${operationId}">
<h3><code>${method} ${escapeHtml(path)}</code></h3>
<p>${prose(summary)}.${description === undefined ? '' : ` ${prose(description)}`}${only === undefined ? '' : ` ${only}`}</p>
${parameters.length === 0 ? '' : table('Parameters', ['Name', 'In', 'Value', 'Meaning'], parameters.map(parameterRow))}
${body === undefined ? '' : `<details><summary>Body</summary><pre>${escapeHtml(JSON.stringify(body, null, 2))}</pre></details>`}
${table('Answers', ['Status', 'Meaning', 'Shape'], ofItsOwn(responses).map(responseRow))}
${ofItsOwn(responses)
  .map(([, response]) => example(response))
  .join('')}
</article>`
}

const parameterRow = ({ name, in: place, required, schema, description = '' }: Parameter): string[] => [
  `<code>${escapeHtml(name)}</code>${required === true ? ' (needed)' : ''}`,
  place,
  typeText(schema),
  prose(description),
]

const problemRow = ([code, { status, title, cure }]: [string, (typeof problems)[ProblemCode]]): string[] => [
  `<code>${code}</code>`,
  String(status),
  prose(title),
  prose(cure),
]

const responseRow = ([status, { description, content = {} }]: [string, ResponseDescription]): string[] => [
  status,
  prose(description),
  Object.entries(content)
    .map(([media, { schema }]) => (schema.$ref === undefined ? escapeHtml(media) : typeText(schema)))
    .join('<br>'),
]

/** Of routes that only one of the listeners has. */
export const listenerTexts: Readonly<Record<string, string>> = {
  web: 'Only on the web listener.',
  local: 'Only on the local socket.',
}

/** What all routes have in common is told once. */
const ofItsOwn = (responses: Operation['responses']): [string, ResponseDescription][] =>
  Object.entries(responses).filter(([, { $ref }]) => $ref === undefined)

function example({ content = {} }: ResponseDescription): string {
  const shown = Object.values(content).find((one) => one.example !== undefined)?.example
  if (shown === undefined) return ''
  return `<details><summary>Example</summary><pre>${escapeHtml(JSON.stringify(shown, null, 2))}</pre></details>`
}

function shape([name, schema]: [string, JsonSchema]): string {
  const required = schema.required ?? []
  const rows = Object.entries(schema.properties ?? {}).map(([field, type]) => [
    `<code>${escapeHtml(field)}</code>${required.includes(field) ? '' : ' (may be absent)'}`,
    typeText(type),
    prose(type.description ?? ''),
  ])
  const about = schema.description === undefined ? '' : `<p>${prose(schema.description)}</p>`
  return `<article id="shape-${name}"><h3>${name}</h3>${about}${table('Fields', ['Field', 'Type', 'Meaning'], rows)}</article>`
}

function typeText(schema: JsonSchema): string {
  const name = schema.$ref?.split('/').at(-1)
  if (name !== undefined) return `<a href="#shape-${name}">${name}</a>`
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(' or ')
  if (Array.isArray(schema.enum))
    return schema.enum.map((value) => `<code>${escapeHtml(String(value))}</code>`).join(' ')
  if (schema.type === 'array') return `list of ${schema.items === undefined ? 'anything' : typeText(schema.items)}`
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object')
    return `${typeText(schema.additionalProperties)} by name`
  if (schema.type === 'object') {
    const fields = Object.entries(schema.properties ?? {}).map(
      ([field, type]) => `${escapeHtml(field)}: ${typeText(type)}`,
    )
    return `{ ${fields.join(', ')} }`
  }
  return escapeHtml([schema.type ?? 'anything'].flat().join(' or '))
}

function table(caption: string, heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[]): string => row.map((cell) => `<td>${cell}</td>`).join('')
  return `<table><caption>${caption}</caption><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join('')}</tbody></table>`
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Text with `code` in it. */
const prose = (text: string): string => escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>')

export const style = `
:root { --ink: #1c2024; --dim: #5b636b; --paper: #fcfcfd; --line: #d9dde1; --accent: #0b62b8; --code: #f0f2f4 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ea; --dim: #a2abb4; --paper: #14171a; --line: #343b42; --accent: #7ab8ff; --code: #20262b }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1.5rem; max-width: 72rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
a { color: var(--accent) }
h1 small { color: var(--dim); font-weight: normal; font-size: 1rem }
h3 { margin-bottom: .25rem }
nav ul { list-style: none; padding: 0; columns: 20rem }
nav h2 { font-size: 1rem; margin: 1rem 0 0; color: var(--dim) }
article { border-top: 1px solid var(--line); padding: 1rem 0; overflow-x: auto }
article:target { outline: 2px solid var(--accent); outline-offset: .5rem }
code, pre { font: .9em/1.45 ui-monospace, monospace; background: var(--code); border-radius: 3px }
code { padding: .1em .25em }
pre { padding: .75rem; overflow-x: auto }
table { border-collapse: collapse; width: 100%; margin: .75rem 0 }
caption { text-align: left; color: var(--dim) }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line) }
th { font-weight: 600 }
`
