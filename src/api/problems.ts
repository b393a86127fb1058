import type { Problem } from './contract.ts'

/**
 * Every error an API caller can meet, in one table: code, HTTP status, title, cure. Problem documents (RFC 9457), the
 * reference page and the command line all take it from here.
 */
export const problems = {
  unknown_route: { status: 404, title: 'No such route', cure: 'GET /api/v1/metrics lists what can be asked.' },
  method_not_allowed: {
    status: 405,
    title: 'Not with that method',
    cure: 'The Allow header tells with which.',
  },
  invalid_request: { status: 400, title: 'The request does not fit', cure: 'Correct the named parameter.' },
  invalid_time: {
    status: 400,
    title: 'A time that makes no sense',
    cure: 'Use RFC 3339, Unix milliseconds, or a relative time such as -15m.',
  },
  unknown_metric: { status: 404, title: 'No such metric', cure: 'GET /api/v1/metrics lists them.' },
  unknown_label: { status: 400, title: 'No such label', cure: 'GET /api/v1/metrics lists the labels of each metric.' },
  too_much: {
    status: 400,
    title: 'The answer would be too large',
    cure: 'Ask for a shorter range or a coarser resolution.',
  },
  not_recorded: {
    status: 404,
    title: 'That time is not in the record',
    cure: 'GET /health tells from when to when there is a record.',
  },
  no_such_process: {
    status: 404,
    title: 'No such process',
    cure: 'It may have ended; ask with at= for a time when it ran.',
  },
  process_replaced: {
    status: 409,
    title: 'Another process has that pid now',
    cure: 'Look again: nothing was signalled.',
  },
  signal_denied: {
    status: 403,
    title: 'The system does not permit the signal',
    cure: 'Run sysmond as the owner of the process or as root.',
  },
  signal_refused: { status: 409, title: 'That process is not signalled', cure: 'Choose another process or signal.' },
  import_refused: {
    status: 400,
    title: 'What was to be read in does not fit',
    cure: 'Correct the named lines and send it again: nothing of it was kept.',
  },
  import_running: { status: 409, title: 'Another import is under way', cure: 'Wait until it has ended.' },
  no_such_rule: { status: 404, title: 'No such rule', cure: 'GET /api/v1/alerts/rules lists them.' },
  rule_read_only: {
    status: 409,
    title: 'That rule cannot be changed here',
    cure: 'Change it where it comes from.',
  },
  invalid_rule: {
    status: 400,
    title: 'The rule makes no sense',
    cure: 'Correct what is named; docs/alerts.md has examples.',
  },
  no_such_alert: { status: 404, title: 'No such alert', cure: 'GET /api/v1/alerts lists them.' },
  no_such_silence: { status: 404, title: 'No such silence', cure: 'GET /api/v1/alerts/silences lists them.' },
  no_such_channel: {
    status: 404,
    title: 'No such channel',
    cure: 'Channels stand in the config file: alerts.channels.',
  },
  alerts_unavailable: {
    status: 503,
    title: 'Alerts are off or have failed',
    cure: 'GET /health says why; alerts.enabled turns them on.',
  },
  unsupported_media: { status: 415, title: 'The body is not JSON', cure: 'Send Content-Type: application/json.' },
  body_too_large: { status: 413, title: 'The body is too large', cure: 'Send at most 1 MiB.' },
  unauthorized: {
    status: 401,
    title: 'Nobody is logged in',
    cure: 'Open the link of `sysmon web`, or send a token of `sysmon token create` as Authorization: Bearer.',
  },
  link_spent: {
    status: 401,
    title: 'This link was used already or is too old',
    cure: '`sysmon web` prints a new one; it works once, for ten minutes.',
  },
  wrong_password: {
    status: 401,
    title: 'Name or password is wrong',
    cure: 'Try again, or use a link of `sysmon web`.',
  },
  forbidden: { status: 403, title: 'Only an admin may do that', cure: 'Log in as admin: `sysmon web --role admin`.' },
  foreign_origin: {
    status: 403,
    title: 'Another site’s page asked',
    cure: 'Ask from the dashboard itself. A proxy in front must pass Host on and set X-Forwarded-Proto.',
  },
  wrong_host: {
    status: 421,
    title: 'That is not a name of this server',
    cure: 'Add the name to web.hosts, or use localhost.',
  },
  rate_limited: { status: 429, title: 'Too many requests', cure: 'Wait as long as Retry-After says.' },
  address_too_long: { status: 414, title: 'The address is too long', cure: 'POST /api/v1/metrics/query takes more.' },
  upgrade_required: {
    status: 426,
    title: 'This route speaks WebSocket only',
    cure: 'Connect with a WebSocket client.',
  },
  too_many_connections: {
    status: 503,
    title: 'No room for another live connection',
    cure: 'Close one, or ask GET /api/v1/metrics/current instead.',
  },
  too_many_messages: {
    status: 429,
    title: 'Too many messages on one connection',
    cure: 'Subscribe once, to all that is wanted; then wait.',
  },
  store_unavailable: {
    status: 503,
    title: 'The record cannot be read now',
    cure: 'GET /health says why; collection goes on.',
  },
  internal: { status: 500, title: 'An error in sysmon', cure: 'The log has the stack; please report it.' },
} as const satisfies Record<string, { status: number; title: string; cure: string }>

export type ProblemCode = keyof typeof problems

/** Thrown by routes and services; becomes a problem document. */
export class ApiError extends Error {
  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly cure?: string,
  ) {
    super(message)
    this.name = 'ApiError'
  }
}

export function problemOf(code: ProblemCode, detail: string, cure?: string): Problem {
  const { status, title, cure: usual } = problems[code]
  return { type: `urn:sysmon:problem:${code}`, code, title, status, detail, cure: cure ?? usual }
}
