import { toJsonSchema } from '@valibot/to-json-schema'
import type { GenericSchema } from 'valibot'
import { livePath } from '../live/route.ts'
import { type ProblemCode, problemOf, problems } from '../problems.ts'
import { credentials } from '../web/auth-routes.ts'
import { linkBody, tokenBody } from '../web/local-routes.ts'
import { problemsByStatus, type Responses, type RouteDescription, shape } from './describe.ts'
import type { JsonSchema, Operation, Parameter } from './document.ts'
import { answerExamples } from './examples.ts'

/**
 * The routes that the listeners answer themselves, around the app: logging in and out, what only the local socket gives,
 * and the live stream. And what everybody meets who stands in front of the web listener's routes.
 */
interface ListenerRoute extends Pick<RouteDescription, 'operationId' | 'summary' | 'description'> {
  readonly method: 'get' | 'post'
  readonly path: string
  readonly tag: 'access' | 'live'
  /** `web`: not on the local socket; `local`: nowhere else. */
  readonly on: 'web' | 'local' | 'both'
  readonly body?: { readonly schema: GenericSchema; readonly example: object }
  readonly parameters?: readonly Parameter[]
  readonly success: Responses
  readonly problems: readonly ProblemCode[]
  /** Where more is said of it. */
  readonly docs?: { readonly url: string; readonly description: string }
}

const answered = (status: number, name: string, description: string): Responses => ({
  [status]: {
    description,
    content: { 'application/json': { ...shape(name), example: answerExamples[name] } },
  },
})
const withBody: readonly ProblemCode[] = ['invalid_request', 'unsupported_media', 'body_too_large']

const routes: readonly ListenerRoute[] = [
  {
    method: 'get',
    path: '/login',
    tag: 'access',
    on: 'web',
    operationId: 'openLink',
    summary: 'Log in by a link that `sysmon web` prints',
    description: 'Works once, for ten minutes. Who accepts text/html gets a page instead of a problem document.',
    parameters: [
      {
        name: 'token',
        in: 'query',
        required: true,
        description: 'What the link carries.',
        schema: { type: 'string', examples: ['kd93_Qm0'] },
      },
    ],
    success: { 303: { description: 'Logged in: the cookie `sysmon` is set, and the dashboard is at `/`.' } },
    problems: ['link_spent', 'rate_limited'],
  },
  {
    method: 'post',
    path: '/api/v1/auth/login',
    tag: 'access',
    on: 'web',
    operationId: 'logIn',
    summary: 'Log in with name and password',
    description: 'Of `web.users` in the configuration. The answer sets the cookie `sysmon`, good for 12 hours.',
    body: { schema: credentials, example: { name: 'ann', password: 'correct horse' } },
    success: answered(200, 'LoggedIn', 'Logged in.'),
    problems: [...withBody, 'wrong_password', 'foreign_origin', 'rate_limited'],
  },
  {
    method: 'post',
    path: '/api/v1/auth/logout',
    tag: 'access',
    on: 'web',
    operationId: 'logOut',
    summary: 'Log out: the cookie or token is good for nothing more',
    success: { 204: { description: 'Done; also for who was not logged in.' } },
    problems: ['foreign_origin'],
  },
  {
    method: 'get',
    path: '/api/v1/auth/me',
    tag: 'access',
    on: 'web',
    operationId: 'session',
    summary: 'Who is logged in',
    success: answered(200, 'LoggedIn', 'Whom the cookie or token stands for.'),
    problems: ['unauthorized'],
  },
  {
    method: 'post',
    path: '/api/v1/auth/links',
    tag: 'access',
    on: 'local',
    operationId: 'createLink',
    summary: 'Make a log-in link',
    description: 'While the web listener is on.',
    body: { schema: linkBody, example: { role: 'viewer' } },
    success: answered(201, 'CreatedLink', 'The link; it is told this once.'),
    problems: withBody,
  },
  {
    method: 'post',
    path: '/api/v1/auth/tokens',
    tag: 'access',
    on: 'local',
    operationId: 'createToken',
    summary: 'Make a token for a program',
    description: 'While the web listener is on. It is sent as `Authorization: Bearer`.',
    body: { schema: tokenBody, example: { role: 'viewer', seconds: 86_400 } },
    success: answered(201, 'CreatedToken', 'The token; it is told this once.'),
    problems: withBody,
  },
  {
    method: 'get',
    path: livePath,
    tag: 'live',
    on: 'both',
    operationId: 'liveStream',
    summary: 'Snapshot, then what each tick changes, over a WebSocket',
    description:
      'Opened as RFC 6455 says. Subprotocol `sysmon.v1.json`, the one there is when none is asked for. The client sends `subscribe`; until then nothing comes.',
    success: { 101: { description: 'The connection is a WebSocket now; docs/live-stream.md describes its messages.' } },
    problems: ['upgrade_required', 'too_many_connections'],
    docs: { url: '/docs#liveStream', description: 'The messages of both sides: docs/live-stream.md' },
  },
]

/** `GET /login` and so on, in the form of the document. */
export const listenerRouteNames: readonly string[] = routes.map(({ method, path }) => `${method.toUpperCase()} ${path}`)

export function listenerPaths(): Record<string, Record<string, Operation>> {
  return Object.fromEntries(routes.map((route) => [route.path, { [route.method]: operationOf(route) }]))
}

function operationOf(route: ListenerRoute): Operation {
  const { operationId, summary, description, tag, body, parameters, success, docs, on } = route
  return {
    operationId,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [tag],
    ...(parameters === undefined ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: sent(body), example: body.example } },
          },
        }),
    responses: { ...success, ...problemsByStatus([...route.problems, 'internal']) } as Operation['responses'],
    ...(docs === undefined ? {} : { externalDocs: docs }),
    // Anybody may ask; who is let in, the route itself settles.
    ...(on === 'web' && operationId !== 'session' ? { security: [] } : {}),
    ...(on === 'both' ? {} : { 'x-listener': on }),
  }
}

const sent = ({ schema }: NonNullable<ListenerRoute['body']>): JsonSchema => {
  const { $schema: _, ...json } = toJsonSchema(schema, {
    target: 'draft-2020-12',
    typeMode: 'input',
    errorMode: 'ignore',
  })
  return json as unknown as JsonSchema
}

/** What stands in front of the web listener's routes. */
const inFront: readonly ProblemCode[] = [
  'unauthorized',
  'forbidden',
  'foreign_origin',
  'wrong_host',
  'rate_limited',
  'address_too_long',
]

export const refusedByListener = {
  description:
    'The web listener did not let the request through to the route: nobody is logged in, the role does not suffice, another page asked, under another name, or too often. The local socket never does.',
  content: {
    'application/problem+json': {
      ...shape('Problem'),
      examples: Object.fromEntries(inFront.map((code) => [code, { value: problemOf(code, problems[code].title) }])),
    },
  },
}

export const securitySchemes = {
  token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Made by `sysmon token create`.' },
  session: { type: 'apiKey', in: 'cookie', name: 'sysmon', description: 'Set by logging in.' },
} as const
