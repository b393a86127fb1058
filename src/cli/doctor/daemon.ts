import type { HealthResponse } from '../../api/contract.ts'
import { formatBytes, formatPercent, formatTimeSpan } from '../format.ts'
import type { Values } from '../values.ts'
import { type Check, fail, ok, warn } from './check.ts'

/** What the daemon says of itself, as checks. Pure. */
const oldTickMs = 5000
const lateSeconds = 0.2
/** Design targets: more than this of a core, or of memory, deserves a look. */
const dearCpu = 0.02
const dearBytes = 100 * 2 ** 20

export function daemonChecks(
  health: HealthResponse,
  values: Values,
  nowUnixMs: number,
  ownVersion: string,
): readonly Check[] {
  return [
    daemonCheck(health),
    ...(health.version === ownVersion
      ? []
      : [
          warn(
            'version',
            `sysmond is ${health.version}, sysmon is ${ownVersion}`,
            'restart sysmond so that it runs the same version',
          ),
        ]),
    ...clockChecks(health, nowUnixMs),
    costCheck(values),
    storeCheck(health),
    ...collectorChecks(health),
    ...limitationChecks(health.limitations),
  ]
}

function daemonCheck({ status, problems, pid, uptime_seconds, version }: HealthResponse): Check {
  const what = `sysmond ${version}, pid ${pid}, up ${formatTimeSpan(uptime_seconds)}`
  if (status === 'healthy') return ok('daemon', `${what}, healthy`)
  return warn('daemon', `${what}, degraded: ${problems.join('; ') || 'it does not say why'}`)
}

function* clockChecks({ newest_unix_ms: newest, uptime_seconds }: HealthResponse, nowUnixMs: number): Generator<Check> {
  if (newest === undefined) {
    if (uptime_seconds > oldTickMs / 1000)
      yield fail('recording', 'nothing has been recorded yet', 'see the log of sysmond')
    else yield ok('recording', 'sysmond has just begun')
    return
  }
  const ageMs = nowUnixMs - newest
  if (ageMs > oldTickMs)
    yield fail(
      'recording',
      `the last record is ${formatTimeSpan(ageMs / 1000)} old`,
      'see the log of sysmond; was the clock set?',
    )
  else if (ageMs < -oldTickMs)
    yield warn(
      'clock',
      `the record reaches ${formatTimeSpan(-ageMs / 1000)} into the future: the clock was set back`,
      'times in between stand twice; nothing is lost',
    )
  else yield ok('recording', 'the last record is of this moment')
}

function costCheck(values: Values): Check {
  const cpu = values.get('sysmon.cpu.utilization')
  const bytes = values.get('sysmon.process.memory.usage')
  const late = values.get('sysmon.tick.lateness')
  const parts = [
    cpu === undefined ? undefined : `${formatPercent(cpu)} of a core`,
    bytes === undefined ? undefined : formatBytes(bytes),
    late === undefined ? undefined : `tick ${Math.round(late * 1000)} ms late`,
  ].filter((each) => each !== undefined)
  if (parts.length === 0) return ok('own cost', 'not known yet')
  const dear = (cpu ?? 0) > dearCpu || (bytes ?? 0) > dearBytes || (late ?? 0) > lateSeconds
  return dear
    ? warn('own cost', parts.join(', '), 'more than it should be; a machine short of CPU explains lateness')
    : ok('own cost', parts.join(', '))
}

function storeCheck({ db_connection, db_buffered_frames, db_dropped_frames }: HealthResponse): Check {
  const counts = `${db_buffered_frames} frames waiting, ${db_dropped_frames} dropped`
  if (db_connection === 'ok' && db_dropped_frames === 0) return ok('store', `writing, ${counts}`)
  if (db_connection === 'ok') return warn('store', `writing again, ${counts} since start`)
  return fail('store', `cannot be written, ${counts}`, 'is the disk full, or read-only? Collection goes on in memory')
}

function collectorChecks({ collector_status }: HealthResponse): readonly Check[] {
  const all = Object.entries(collector_status)
  const troubled = all.filter(([, { status }]) => status === 'failing' || status === 'backing_off')
  const lacking = all.filter(([, { status }]) => status === 'no_data' || status === 'partial')
  const fine = all.length - troubled.length - lacking.length
  return [
    ...(fine > 0 ? [ok('collectors', `${fine} of ${all.length} complete`)] : []),
    ...troubled.map(([name, { why, failures }]) =>
      fail('collector', `${name}: ${why ?? 'fails'} (${failures} failures)`, 'see the log of sysmond'),
    ),
    ...lacking.map(([name, { why, status }]) => warn('collector', `${name}: ${why ?? status}`)),
  ]
}

export const limitationChecks = (limitations: HealthResponse['limitations']): readonly Check[] =>
  limitations.map(({ what, lost, cure }) => warn('limitation', `${what}: ${lost}`, cure))
