import { type Client, createClient, type DaemonUnreachable, knock } from '../api/client.ts'
import { configuredPlace, type Surroundings } from './configured.ts'
import type { Options } from './options.ts'

/**
 * Where a daemon may be listening, in the order of asking, and a client of the first that answers. Knows paths and
 * which failures mean "not here"; what to say about them is for people to read in `report.ts`.
 */
export interface Candidate {
  readonly dataDir: string
  readonly socketPath: string
  /** What named it: an option, a variable, the config file, or the usual place. */
  readonly from: string
}

export const socketName = 'sysmon.sock'
export const systemDataDir = '/var/lib/sysmon'

/** Who is asked for by name is asked alone; else the usual places in turn. */
export async function candidates(options: Options, io: Surroundings): Promise<readonly Candidate[]> {
  const named = options.text('dataDir')
  if (named !== undefined) return [inDataDir(named, '--data-dir')]
  const variable = io.env.SYSMON_DATA_DIR ?? ''
  if (variable !== '') return [inDataDir(variable, 'SYSMON_DATA_DIR')]
  const configured = await configuredPlace(options, io)
  if (configured?.isNamed === true) return [configured.place]
  const usual = [
    ...(configured === undefined ? [] : [configured.place]),
    inDataDir(`${io.home}/.sysmon`, 'usual place for a user'),
    inDataDir(systemDataDir, 'usual place for a system service'),
  ]
  return usual.filter((each, index) => usual.findIndex((other) => other.socketPath === each.socketPath) === index)
}

const inDataDir = (dataDir: string, from: string): Candidate => ({
  dataDir,
  socketPath: `${dataDir.replace(/\/+$/, '')}/${socketName}`,
  from,
})

/** No daemon at any of the places. */
export class NoDaemon extends Error {
  constructor(readonly tried: readonly DaemonUnreachable[]) {
    super('no sysmond answers')
    this.name = 'NoDaemon'
  }
}

export interface Connecting {
  readonly signal: AbortSignal
  readonly timeoutMs?: number
}

/** A client of the first daemon that answers: found at the first request, kept for the rest. */
export function clientOf(where: () => Promise<readonly Candidate[]>, connecting: Connecting): Client {
  let chosen: Promise<Client> | undefined
  const ask = async <T>(use: (client: Client) => Promise<T>): Promise<T> => {
    chosen ??= where().then((places) => firstThatAnswers(places, connecting))
    return use(await chosen)
  }
  return {
    current: (query) => ask((client) => client.current(query)),
    history: (query) => ask((client) => client.history(query)),
    query: (queries) => ask((client) => client.query(queries)),
    metrics: () => ask((client) => client.metrics()),
    processes: (query) => ask((client) => client.processes(query)),
    process: (pid, query) => ask((client) => client.process(pid, query)),
    processHistory: (pid, query) => ask((client) => client.processHistory(pid, query)),
    signal: (pid, request) => ask((client) => client.signal(pid, request)),
    events: (query) => ask((client) => client.events(query)),
    explain: (query) => ask((client) => client.explain(query)),
    anomalies: (query) => ask((client) => client.anomalies(query)),
    forecast: (query) => ask((client) => client.forecast(query)),
    health: () => ask((client) => client.health()),
    createLink: (role) => ask((client) => client.createLink(role)),
    createToken: (role, seconds) => ask((client) => client.createToken(role, seconds)),
    send: (method, path, body) => ask((client) => client.send(method, path, body)),
    download: (path, parameters) => ask((client) => client.download(path, parameters)),
    upload: (path, parameters, body) => ask((client) => client.upload(path, parameters, body)),
  }
}

/** Asks each socket only whether somebody listens, so that no request is ever made twice. */
async function firstThatAnswers(places: readonly Candidate[], connecting: Connecting): Promise<Client> {
  const tried: DaemonUnreachable[] = []
  for (const { socketPath } of places) {
    const refusal = await knock(socketPath)
    if (refusal === undefined) return createClient({ socketPath }, connecting)
    tried.push(refusal)
  }
  throw new NoDaemon(tried)
}
