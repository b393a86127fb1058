import { defaultView, fixedView, formatSpan, parseSpan, type TimeView } from './view.ts'

/** Where in the dashboard one is: all of it is in the address, so that a link shows the same to somebody else. */
export interface Place {
  readonly page: PageName
  readonly view: TimeView
  /** Pinned second, Unix ms: charts mark it, the process table shows it. */
  readonly atMs?: number
  readonly process?: { readonly pid: number; readonly startTicks?: number }
  readonly table: TablePlace
  /** What an explanation is compared with. */
  readonly against?: Against
  /** Part of a page that has several. */
  readonly part?: string
  /** Names in the query that say nothing we can read, such as a time of nonsense: their defaults stand. */
  readonly unread?: readonly string[]
}
export const againsts = ['previous', 'yesterday'] as const
export type Against = (typeof againsts)[number]
export interface TablePlace {
  readonly sort: string
  readonly isAscending: boolean
  readonly filter: string
  readonly isTree: boolean
}

export const pageNames = [
  'overview',
  'cpu',
  'memory',
  'disks',
  'network',
  'pressure',
  'services',
  'sensors',
  'processes',
  'sysmon',
  'explain',
  'alerts',
  'anomalies',
  'signin',
  'missing',
] as const
export type PageName = (typeof pageNames)[number]

export const defaultTable: TablePlace = { sort: 'cpu', isAscending: false, filter: '', isTree: false }
export const defaultPlace: Place = { page: 'overview', view: defaultView, table: defaultTable }

/** Whatever the address says, there is a place: what cannot be read is left at its default. */
export function parsePlace(pathname: string, search: string): Place {
  const query = new URLSearchParams(search)
  const name = pathname.replace(/^\/+|\/+$/g, '')
  const against = againsts.find((one) => one === query.get('against'))
  const part = /^[a-z]{1,20}$/.exec(query.get('part') ?? '')?.[0]
  const unread = unreadTimes(query)
  const atMs = parseMs(query.get('at'))
  const pid = parseWhole(query.get('pid'))
  const startTicks = parseWhole(query.get('start'))
  return {
    page: name === '' ? 'overview' : (pageNames.find((page) => page === name) ?? 'missing'),
    view: parseView(query),
    table: parseTable(query),
    ...(atMs === undefined ? {} : { atMs }),
    ...(against === undefined ? {} : { against }),
    ...(part === undefined ? {} : { part }),
    ...(unread.length === 0 ? {} : { unread }),
    ...(pid === undefined || pid === 0
      ? {}
      : { process: { pid, ...(startTicks === undefined ? {} : { startTicks }) } }),
  }
}

/** The address of a place: path and query. What is at its default is left out. */
export function formatPlace({ page, view, atMs, process, table, against, part }: Place): string {
  const query = new URLSearchParams()
  if (view.kind === 'fixed') {
    query.set('from', String(view.startMs))
    query.set('to', String(view.endMs))
  } else if (formatSpan(view.spanMs) !== formatSpan(spanOfDefault)) query.set('range', formatSpan(view.spanMs))
  if (atMs !== undefined) query.set('at', String(atMs))
  if (process !== undefined) query.set('pid', String(process.pid))
  if (process?.startTicks !== undefined) query.set('start', String(process.startTicks))
  if (against !== undefined) query.set('against', against)
  if (part !== undefined) query.set('part', part)
  if (table.sort !== defaultTable.sort || table.isAscending)
    query.set('sort', `${table.isAscending ? '' : '-'}${table.sort}`)
  if (table.filter !== '') query.set('filter', table.filter)
  if (table.isTree) query.set('tree', '1')
  const text = query.toString()
  return `/${page === 'overview' ? '' : page}${text === '' ? '' : `?${text}`}`
}
const spanOfDefault = defaultView.kind === 'live' ? defaultView.spanMs : 0

/** The times in an address that are there and are none. */
function unreadTimes(query: URLSearchParams): readonly string[] {
  const isTime = (name: string): boolean => parseMs(query.get(name)) !== undefined
  const given = ['from', 'to', 'at'].filter((name) => query.has(name))
  const wrong = given.filter((name) => !isTime(name))
  if (query.has('from') !== query.has('to')) wrong.push(query.has('from') ? 'to' : 'from')
  if (query.has('range') && parseSpan(query.get('range') ?? '') === undefined) wrong.push('range')
  return wrong
}

function parseView(query: URLSearchParams): TimeView {
  const startMs = parseMs(query.get('from'))
  const endMs = parseMs(query.get('to'))
  if (startMs !== undefined && endMs !== undefined) return fixedView(startMs, endMs)
  const spanMs = parseSpan(query.get('range') ?? '')
  return spanMs === undefined ? defaultView : { kind: 'live', spanMs }
}

function parseTable(query: URLSearchParams): TablePlace {
  const sort = query.get('sort')
  const name = sort?.replace(/^-/, '') ?? ''
  const isName = /^[a-zA-Z]{1,40}$/.test(name)
  return {
    sort: isName ? name : defaultTable.sort,
    isAscending: isName && sort !== null && !sort.startsWith('-'),
    filter: query.get('filter') ?? '',
    isTree: query.get('tree') === '1',
  }
}

function parseWhole(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** Unix ms, or anything a Date reads, such as RFC 3339. */
function parseMs(text: string | null): number | undefined {
  const whole = parseWhole(text)
  if (whole !== undefined || text === null) return whole
  const ms = Date.parse(text)
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined
}
