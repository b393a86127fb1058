import * as v from 'valibot'
import { isHungUp, problemResponse } from '../problem-response.ts'

/** Names and passwords are short. */
const mostBytes = 4096

/** The body as what it must be, or the answer that refuses it. What was sent is not repeated: it may be a password. */
export async function readJson<const S extends v.GenericSchema>(
  request: Request,
  schema: S,
): Promise<v.InferOutput<S> | Response> {
  const type = request.headers.get('content-type')
  // A form of another page cannot send this type without asking first.
  if (!/^application\/json\s*(?:;|$)/i.test(type ?? '')) return problemResponse('unsupported_media', 'it is no JSON')
  const text = await textOf(request)
  if (text === undefined)
    return problemResponse('body_too_large', `over ${mostBytes} bytes`, `Send at most ${mostBytes} bytes.`)
  try {
    const result = v.safeParse(schema, JSON.parse(text))
    if (result.success) return result.output
    const [issue] = result.issues
    const where = issue.path?.map(({ key }) => String(key)).join('.') ?? 'body'
    return problemResponse('invalid_request', `${where}: does not fit`)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return problemResponse('invalid_request', 'the body is not valid JSON')
  }
}

/** Reads no further than the bound, whatever Content-Length says. */
async function textOf(request: Request): Promise<string | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > mostBytes) return undefined
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  try {
    for await (const part of request.body ?? []) {
      bytes += part.length
      if (bytes > mostBytes) return undefined
      text += decoder.decode(part, { stream: true })
    }
  } catch (error) {
    // Of what came no JSON can be made.
    if (isHungUp(error)) return ''
    throw error
  }
  return text + decoder.decode()
}
