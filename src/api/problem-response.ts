import { type ProblemCode, problemOf, problems } from './problems.ts'

/** The connection ended while the body was read: the runtime throws an AbortError for it. */
export const isHungUp = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'

/** The answer that tells of a problem (RFC 9457). It is of this moment and kept by nobody. */
export function problemResponse(
  code: ProblemCode,
  detail: string,
  cure?: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(problemOf(code, detail, cure)), {
    status: problems[code].status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  })
}
