import { assess, type Judge, present, summarized } from '../finding.ts'
import { count, percent } from '../phrases.ts'
import { combined } from '../tracks.ts'

/** Fewer are noise of any network. */
const leastRetransmits = 5

/** TCP as a whole. Saturated: connections that nobody accepted in time. Errors: segments that had to be sent again. */
export const judgeTcp: Judge = async (context) => {
  const { tracks } = context
  const sent = await tracks.one('system.network.tcp.segments', { direction: 'transmit' })
  const again = await tracks.one('system.network.tcp.retransmits')
  const overflow = await tracks.one('system.network.tcp.listen_drops', { reason: 'overflow' })
  const share =
    sent === undefined || again === undefined
      ? undefined
      : combined('system.network.tcp.retransmits', '1', [again, sent], ([part = 0, whole = 0]) =>
          part < leastRetransmits || whole <= 0 ? 0 : Math.min(1, part / whole),
        )
  const candidate = assess(context, {
    resource: 'tcp',
    signals: [
      {
        track: overflow,
        band: 'errors',
        bound: { on: 0.05, leastSeconds: 1 },
        full: 50,
        tell: ({ mean }) => `${count(mean)} connections a second were refused: nobody accepted them in time`,
      },
      {
        track: share,
        band: 'errors',
        // One percent halves the throughput of a long path (Mathis et al., 1997); loss on a LAN is far below.
        bound: { on: 0.02 },
        full: 0.25,
        tell: ({ mean }) => `${percent(mean)} of the TCP segments had to be sent again`,
      },
    ],
  })
  return {
    candidates: present([candidate]),
    resources: [
      summarized(
        context,
        { resource: 'tcp', isShort: candidate !== undefined },
        { saturated: overflow, errors: share },
      ),
    ],
  }
}
