import { afterEach, describe, expect, test } from 'bun:test'
import type { EventsResponse } from '../../src/api/contract.ts'
import { eventually, removeDataDir, startDaemon, type TestDaemon } from './daemon.ts'

let daemon: TestDaemon | undefined
afterEach(async () => {
  await daemon?.kill()
  if (daemon !== undefined) await removeDataDir(daemon)
  daemon = undefined
})

const eventsOf = (of: TestDaemon) => of.get<EventsResponse>('/api/v1/events')
const recorded = (of: TestDaemon) =>
  eventually(
    () => of.get<{ newest_unix_ms?: number; oldest_unix_ms?: number }>('/health'),
    ({ newest_unix_ms = 0, oldest_unix_ms = 0 }) => newest_unix_ms - oldest_unix_ms >= 3000,
  )
const ofKind = ({ events }: EventsResponse, kind: string) => events.filter((event) => event.kind === kind)

describe('at the next start', () => {
  test('a daemon that was killed is told of, with the last recorded minute', async () => {
    daemon = await startDaemon()
    await recorded(daemon)
    await daemon.kill()
    daemon = await startDaemon({ dataDir: daemon.dataDir })
    const told = ofKind(
      await eventually(
        () => eventsOf(daemon as TestDaemon),
        (answer) => ofKind(answer, 'unclean_shutdown').length > 0,
      ),
      'unclean_shutdown',
    )
    expect(told).toHaveLength(1)
    expect(told[0]?.message).toMatch(/^sysmon was ended without a stop .*; the last recorded minute: \S/)
    expect(told[0]?.data.reason).toBe('sysmon')
  }, 30_000)

  test('one that was stopped is not', async () => {
    daemon = await startDaemon()
    await recorded(daemon)
    await daemon.stop()
    daemon = await startDaemon({ dataDir: daemon.dataDir })
    await recorded(daemon)
    expect(ofKind(await eventsOf(daemon), 'unclean_shutdown')).toEqual([])
  }, 30_000)
})

test('T4 a freeze is told with who was at the top', async () => {
  daemon = await startDaemon()
  await recorded(daemon)
  daemon.signal('SIGSTOP')
  await Bun.sleep(4000)
  daemon.signal('SIGCONT')
  const answer = await eventually(
    () => eventsOf(daemon as TestDaemon),
    (events) => ofKind(events, 'stall').length > 0,
  )
  const [stall] = ofKind(answer, 'stall')
  expect(stall?.data.reason).toBe('late')
  expect(stall?.data.top_memory).toMatch(/\(\d+\) \d+ MiB/)
}, 30_000)
