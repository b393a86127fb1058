import type { ResourceUse } from '../../../api/explain-contract.ts'
import { assess, byLabel, type Candidate, type Judge, type JudgeContext, type Signal, summarized } from '../finding.ts'
import { bytes, count, percent } from '../phrases.ts'
import { combined, sumOf, type Track } from '../tracks.ts'

/**
 * Interfaces, each, and UDP as a whole. Used: throughput against the speed of the link. Saturated: an interface without a
 * speed (loopback, veth) has the CPUs as its limit, so packets count. Errors: packets dropped or damaged, datagrams for
 * which a socket had no room.
 */
export const judgeNetwork: Judge = async (context) => {
  const { tracks } = context
  const flows = await byLabel(tracks, 'system.network.io', 'device')
  const packets = await byLabel(tracks, 'system.network.packet.count', 'device')
  const used = await byLabel(tracks, 'system.network.utilization', 'device')
  const dropped = await byLabel(tracks, 'system.network.packet.dropped', 'device')
  const errors = await byLabel(tracks, 'system.network.errors', 'device')
  const candidates: Candidate[] = []
  const resources: ResourceUse[] = []
  for (const [device, flow] of flows) {
    const lost = sumOf('system.network.packet.dropped', '{packet}/s', dropped.get(device) ?? [])
    const damaged = sumOf('system.network.errors', '{error}/s', errors.get(device) ?? [])
    const all = sumOf('system.network.packet.count', '{packet}/s', packets.get(device) ?? [])
    const signals: Signal[] = [
      ...(used.get(device) ?? []).map((track) => linkSignal(device, track)),
      lossSignal(device, 'dropped', lost, all),
      lossSignal(device, 'damaged', damaged, all),
      // A link with a speed is judged by it.
      ...(used.has(device) ? [] : floodSignals(device, all, flow)),
    ]
    const candidate = assess(context, { resource: 'network', instance: device, signals, blame: () => blameTraffic })
    if (candidate !== undefined) candidates.push(candidate)
    resources.push(
      summarized(
        context,
        { resource: 'network', instance: device, isShort: candidate !== undefined },
        { used: used.get(device)?.[0] ?? sumOf('system.network.io', 'By/s', flow), errors: lost },
      ),
    )
  }
  const udp = await judgeUdp(context, packets)
  return {
    candidates: udp === undefined ? candidates : [udp, ...candidates],
    resources,
  }
}

const blameTraffic = { by: 'kernel' as const }

const linkSignal = (device: string, track: Track): Signal => ({
  track,
  band: 'saturation',
  // Bursts within a second fill the queue long before its mean is at the top.
  bound: { on: 0.8 },
  full: 1,
  tell: ({ mean }) => `${device} was ${percent(mean)} full (${track.labels.direction})`,
})

/** Fewer lost packets a second are noise of any network. */
const leastLost = 10

/** Share of the packets; nothing where few are lost. */
const lossShare = (metric: string, lost: Track | undefined, all: Track | undefined): Track | undefined =>
  lost === undefined || all === undefined
    ? undefined
    : combined(metric, '1', [lost, all], ([part = 0, whole = 0]) => (part < leastLost ? 0 : part / (whole + part)))

function lossSignal(device: string, how: string, lost: Track | undefined, all: Track | undefined): Signal {
  const share = lost === undefined ? undefined : lossShare(lost.metric, lost, all)
  return {
    track: share === undefined || lost === undefined ? undefined : { ...share, labels: { device } },
    band: 'errors',
    // TCP halves its speed at losses far below this.
    bound: { on: 0.005 },
    full: 0.3,
    tell: ({ mean }) => `${percent(mean)} of the packets on ${device} were ${how}`,
  }
}

/** What a kernel forwards with a tenth of a core, about. */
const manyPackets = 100_000
const muchFlow = 500 * 1024 ** 2

const floodSignals = (device: string, packets: Track | undefined, flow: readonly Track[]): Signal[] => [
  {
    track: packets === undefined ? undefined : { ...packets, labels: { device } },
    band: 'utilization',
    bound: { on: manyPackets },
    full: 10 * manyPackets,
    tell: ({ mean }) => `${count(mean)} packets a second went over ${device}`,
  },
  ...flow.map(
    (track): Signal => ({
      track,
      band: 'utilization',
      bound: { on: muchFlow },
      full: 10 * muchFlow,
      tell: ({ mean }) => `${bytes(mean)}/s went over ${device}`,
    }),
  ),
]

async function judgeUdp(
  context: JudgeContext,
  packets: ReadonlyMap<string, readonly Track[]>,
): Promise<Candidate | undefined> {
  const { tracks } = context
  const failures = await tracks.of('system.network.udp.failures')
  const room = failures.filter(({ labels }) => /_buffer$/.test(labels.type ?? ''))
  const datagrams = await tracks.of('system.network.udp.datagrams', { direction: 'receive' })
  const lost = sumOf('system.network.udp.failures', '{datagram}/s', room)
  const all = sumOf('system.network.udp.datagrams', '{datagram}/s', datagrams)
  const share = lossShare('system.network.udp.failures', lost, all)
  const floods = [...packets].flatMap(([device, each]) =>
    floodSignals(device, sumOf('system.network.packet.count', '{packet}/s', each), []),
  )
  return assess(context, {
    resource: 'network',
    instance: 'udp',
    signals: [
      {
        track: share,
        band: 'errors',
        bound: { on: 0.01 },
        full: 0.4,
        tell: ({ mean }) => `${percent(mean)} of the UDP datagrams that came were thrown away, the sockets had no room`,
      },
      ...floods.map((signal) => ({ ...signal, isContext: true })),
    ],
    blame: () => blameTraffic,
  })
}
