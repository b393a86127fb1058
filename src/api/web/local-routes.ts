import * as v from 'valibot'
import type { CreatedLink, CreatedToken } from '../contract.ts'
import type { Audit } from './auth-routes.ts'
import { type LoginLinks, linkMinutes } from './login-links.ts'
import { otherMethod } from './other-method.ts'
import { readJson } from './request-body.ts'
import type { Sessions } from './sessions.ts'

export interface LocalParts {
  readonly links: LoginLinks
  readonly sessions: Sessions
  readonly audit: Audit
  readonly url: () => string
}

const role = v.picklist(['viewer', 'admin'])
const yearSeconds = 365 * 86_400
export const linkBody = v.strictObject({ role: v.optional(role, 'admin') })
export const tokenBody = v.strictObject({
  role,
  seconds: v.pipe(v.number(), v.integer(), v.minValue(60), v.maxValue(10 * yearSeconds)),
})

export const localRoutes: readonly string[] = ['POST /api/v1/auth/links', 'POST /api/v1/auth/tokens']

/** Who may use the local socket owns the daemon: links and tokens are made there and nowhere else. */
export async function answerLocal(
  request: Request,
  { links, sessions, audit, url }: LocalParts,
): Promise<Response | undefined> {
  const path = URL.parse(request.url)?.pathname ?? ''
  if (!localRoutes.includes(`${request.method} ${path}`)) return otherMethod(request.method, path, localRoutes)
  if (path === '/api/v1/auth/links') {
    const given = await readJson(request, linkBody)
    if (given instanceof Response) return given
    audit('create link', 'owner', 'local socket', 'done', { role: given.role })
    const body: CreatedLink = { url: `${url()}/login?token=${links.create(given.role)}`, minutes: linkMinutes }
    return Response.json(body, { status: 201 })
  }
  const given = await readJson(request, tokenBody)
  if (given instanceof Response) return given
  audit('create token', 'owner', 'local socket', 'done', { role: given.role, seconds: given.seconds })
  const body: CreatedToken = sessions.issue('token', given.role, given.seconds)
  return Response.json(body, { status: 201 })
}
