import { problemResponse } from '../problem-response.ts'

/** The answer where a route is there for another method; `undefined`: none of them has the path. `names`: `GET /login`. */
export function otherMethod(method: string, path: string, names: readonly string[]): Response | undefined {
  const allow = names
    .filter((name) => name.endsWith(` ${path}`))
    .map((name) => name.split(' ')[0])
    .join(', ')
  if (allow === '') return undefined
  return problemResponse('method_not_allowed', `${method} ${path}`, `It can be asked with ${allow}.`, { allow })
}
