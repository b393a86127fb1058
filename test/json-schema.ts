/** As much of JSON Schema 2020-12 as our OpenAPI document uses. A keyword that is not known here is an error. */
export type JsonSchema = { readonly [keyword: string]: unknown }

/** Where the value does not fit the schema and how; empty: it fits. `root`: what references go out from. */
export function misfits(value: unknown, schema: JsonSchema, root: unknown, at = '$'): string[] {
  return Object.entries(schema).flatMap(([keyword, given]) => {
    const check = keywords[keyword]
    if (check === undefined) return [`${at}: unknown keyword ${keyword}`]
    return check({ value, given, schema, root, at })
  })
}

/** What a reference stands for. Throws where there is nothing. */
export function resolveReference(reference: string, root: unknown): JsonSchema {
  let found = root
  for (const part of reference.replace(/^#\//, '').split('/'))
    found = (found as Record<string, unknown> | undefined)?.[part]
  if (typeof found !== 'object' || found === null) throw new Error(`${reference} leads nowhere`)
  return found as JsonSchema
}

interface Case {
  readonly value: unknown
  readonly given: unknown
  readonly schema: JsonSchema
  readonly root: unknown
  readonly at: string
}
type Check = (one: Case) => string[]

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const schemaOf = (given: unknown): JsonSchema => given as JsonSchema
const unless = (fits: boolean, { at, value }: Case, what: string): string[] =>
  fits ? [] : [`${at}: ${JSON.stringify(value)} ${what}`]

function typeOf(value: unknown): readonly string[] {
  if (value === null) return ['null']
  if (Array.isArray(value)) return ['array']
  if (typeof value === 'number') return Number.isInteger(value) ? ['number', 'integer'] : ['number']
  return [typeof value]
}

const annotation: Check = () => []
const keywords: Readonly<Record<string, Check>> = {
  description: annotation,
  examples: annotation,
  default: annotation,
  title: annotation,
  $ref: ({ value, given, root, at }) => misfits(value, resolveReference(String(given), root), root, at),
  type: (one) =>
    unless(
      typeOf(one.value).some((type) => [one.given].flat().includes(type)),
      one,
      `is no ${one.given}`,
    ),
  enum: (one) => unless((one.given as unknown[]).includes(one.value), one, `is none of ${one.given}`),
  const: (one) => unless(one.value === one.given, one, `is not ${one.given}`),
  anyOf: (one) => {
    const tries = (one.given as JsonSchema[]).map((schema) => misfits(one.value, schema, one.root, one.at))
    return tries.some((found) => found.length === 0) ? [] : [`${one.at}: fits none of ${tries.length}`, ...tries.flat()]
  },
  required: (one) =>
    isObject(one.value)
      ? (one.given as string[])
          .filter((name) => !(name in (one.value as object)))
          .map((name) => `${one.at}: no ${name}`)
      : [],
  properties: ({ value, given, root, at }) =>
    isObject(value)
      ? Object.entries(given as Record<string, JsonSchema>).flatMap(([name, schema]) =>
          name in value ? misfits(value[name], schema, root, `${at}.${name}`) : [],
        )
      : [],
  additionalProperties: ({ value, given, schema, root, at }) => {
    if (!isObject(value)) return []
    const others = Object.keys(value).filter((name) => !(name in ((schema.properties ?? {}) as object)))
    if (given === false) return others.map((name) => `${at}: ${name} is not declared`)
    return given === true ? [] : others.flatMap((name) => misfits(value[name], schemaOf(given), root, `${at}.${name}`))
  },
  propertyNames: ({ value, given, root, at }) =>
    isObject(value) ? Object.keys(value).flatMap((name) => misfits(name, schemaOf(given), root, at)) : [],
  items: ({ value, given, root, at }) =>
    Array.isArray(value) ? value.flatMap((item, index) => misfits(item, schemaOf(given), root, `${at}[${index}]`)) : [],
  maxItems: (one) => unless(!Array.isArray(one.value) || one.value.length <= Number(one.given), one, 'is too long'),
  maxLength: (one) =>
    unless(typeof one.value !== 'string' || one.value.length <= Number(one.given), one, 'is too long'),
  minLength: (one) =>
    unless(typeof one.value !== 'string' || one.value.length >= Number(one.given), one, 'is too short'),
  minimum: (one) => unless(typeof one.value !== 'number' || one.value >= Number(one.given), one, 'is too small'),
  maximum: (one) => unless(typeof one.value !== 'number' || one.value <= Number(one.given), one, 'is too large'),
  pattern: (one) =>
    unless(
      typeof one.value !== 'string' || new RegExp(String(one.given), 'u').test(one.value),
      one,
      'has another form',
    ),
}
