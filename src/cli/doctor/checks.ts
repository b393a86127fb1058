import { ApiProblem, DaemonUnreachable, knock } from '../../api/client.ts'
import type { CurrentResponse, HealthResponse } from '../../api/contract.ts'
import { describeError, UserError } from '../../base/errors.ts'
import type { CommandContext } from '../command.ts'
import { type Candidate, NoDaemon } from '../discovery.ts'
import { cureFor } from '../report.ts'
import { Values } from '../values.ts'
import { type Check, fail, ok, warn } from './check.ts'
import { daemonChecks, limitationChecks } from './daemon.ts'
import { dataDirChecks } from './data-dir.ts'
import { storeChecks } from './store-file.ts'

export type { Check, CheckLevel } from './check.ts'

/** Every check, in the order in which one would look: what is written, what lies on the disk, what runs, what it says. */
export async function checkups(context: CommandContext): Promise<readonly Check[]> {
  const config = await configChecks(context)
  const places = await placesOf(context)
  const { answering, refusals } = await knockedAt(places)
  const place = answering ?? (await firstExisting(places)) ?? places[0]
  const health = answering === undefined ? undefined : await asked(() => context.client.health())
  const dataDir = health instanceof Error || health === undefined ? place?.dataDir : health.data_dir
  return [
    ...config,
    ...(dataDir === undefined ? [] : await dataDirChecks(dataDir)),
    ...(answering === undefined ? refusals.map(refused) : [ok('socket', `${answering.socketPath} answers`)]),
    ...(await daemonOrMachine(context, health, refusals.some(isDenied))),
    ...(dataDir === undefined ? [] : await storeChecks(dataDir, context.options.flag('thorough'))),
  ]
}

/** One, or one for each thing that is wrong. */
async function configChecks({ options, io }: CommandContext): Promise<readonly Check[]> {
  const { describeConfig } = await import('../configured.ts')
  try {
    return [ok('config', await describeConfig(options, io))]
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const what = error.where === undefined ? error.what : `${error.where}: ${error.what}`
    return what.split('\n').map((line) => fail('config', line, error.cure ?? 'correct it there'))
  }
}

/** A broken config must not keep the other checks from being made. */
async function placesOf(context: CommandContext): Promise<readonly Candidate[]> {
  try {
    return await context.places()
  } catch (error) {
    if (error instanceof UserError) return []
    throw error
  }
}

interface Knocked {
  readonly answering?: Candidate
  readonly refusals: readonly DaemonUnreachable[]
}

/** The first place that answers, and why those before it do not. */
async function knockedAt(places: readonly Candidate[]): Promise<Knocked> {
  const refusals: DaemonUnreachable[] = []
  for (const place of places) {
    const refusal = await knock(place.socketPath)
    if (refusal === undefined) return { answering: place, refusals }
    refusals.push(refusal)
  }
  return { refusals }
}

const refused = (refusal: DaemonUnreachable): Check =>
  fail('socket', `${refusal.where}: ${refusal.why}`, cureFor(refusal))
const isDenied = ({ code }: DaemonUnreachable): boolean => code === 'EACCES' || code === 'EPERM'

async function firstExisting(places: readonly Candidate[]): Promise<Candidate | undefined> {
  const { statOf } = await import('./data-dir.ts')
  return places.find(({ dataDir }) => typeof statOf(dataDir) === 'object')
}

async function asked<T>(request: () => Promise<T>): Promise<T | Error> {
  try {
    return await request()
  } catch (error) {
    if (error instanceof ApiProblem || error instanceof DaemonUnreachable || error instanceof NoDaemon) return error
    throw error
  }
}

/** With a daemon its own word; without, what can be seen of the machine from here. */
async function daemonOrMachine(
  { client, io }: CommandContext,
  health: HealthResponse | Error | undefined,
  denied: boolean,
): Promise<readonly Check[]> {
  if (health instanceof Error) return [fail('daemon', describeError(health), 'look at its log; restart it if it hangs')]
  if (health !== undefined) {
    const current = await asked(() => client.current({ metrics: ['sysmon.*'] }))
    const values: Pick<CurrentResponse, 'values'> = current instanceof Error ? { values: [] } : current
    return daemonChecks(health, new Values(values), io.now(), io.version)
  }
  const daemon = denied
    ? fail(
        'daemon',
        'whether one runs, this user may not ask',
        'see the socket above, or start one of your own: sysmond',
      )
    : fail('daemon', 'not running', 'start it: sysmond')
  if (io.limitations === undefined)
    return [daemon, warn('machine', 'what the kernel offers is known once sysmond runs')]
  const limitations = await io.limitations()
  return [
    daemon,
    ...(limitations.length === 0
      ? [ok('machine', 'everything can be read as this user')]
      : limitationChecks(limitations)),
  ]
}
