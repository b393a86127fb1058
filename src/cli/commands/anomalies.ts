import type { AnomaliesResponse, AnomalyBand, AnomalyEpisode } from '../../api/anomaly-contract.ts'
import type { CommandContext } from '../command.ts'
import { formatCount, formatTimeSpan, formatValue } from '../format.ts'
import { labelText } from '../metric-names.ts'
import { faint, strong } from '../output/span.ts'
import { scoreFile } from '../scored-file.ts'

/** `sysmon anomalies`: of the record, or of a file. */
const usualSpan = '24h'

export async function run(context: CommandContext): Promise<number> {
  const { client, out, options, times } = context
  const file = options.text('file')
  if (file !== undefined) return await scoreFile(context, file)
  const answer = await client.anomalies(times.range(usualSpan))
  if (options.flag('json')) out.json(answer)
  else show(context, answer)
  return 0
}

function show({ out, times }: CommandContext, { watch, episodes, startMs, endMs }: AnomaliesResponse): void {
  if (watch.status !== 'watching') out.note(faint(`${watch.status}${watch.why === undefined ? '' : `: ${watch.why}`}`))
  if (episodes.length === 0) out.note(`nothing unusual from ${times.stamp(startMs)} to ${times.stamp(endMs)}`)
  for (const [index, episode] of episodes.entries()) {
    if (index > 0) out.line()
    showEpisode(out, times, episode)
  }
}

function showEpisode(out: CommandContext['out'], times: CommandContext['times'], episode: AnomalyEpisode): void {
  const lasted = formatTimeSpan((episode.endMs - episode.startMs) / 1000)
  out.clipped([strong(`${episode.rank}  ${times.stamp(episode.startMs)}`), `  for ${lasted}  ${episode.sentence}`])
  out.table(
    [
      {
        header: '  METRIC',
        align: 'left',
        cell: ({ metric, labels }) => `  ${metric} ${labelText(labels)}`.trimEnd(),
        shrinkTo: 30,
      },
      { header: 'VALUE', align: 'right', cell: ({ value, unit }) => formatValue(value, unit) },
      { header: 'EXPECTED', align: 'right', cell: expectedOf },
      { header: 'ODDS', align: 'right', cell: ({ surprise }) => oddsText(surprise) },
    ],
    episode.bands,
  )
}

const expectedOf = ({ expectedLow, expectedHigh, unit }: AnomalyBand): string =>
  `${formatValue(expectedLow, unit)} … ${formatValue(expectedHigh, unit)}`

/** More digits, or more than a thousand million, is more than anybody can know. */
const oddsText = (surprise: number): string =>
  `1 in ${formatCount(Number((10 ** Math.min(9, surprise)).toPrecision(1)))}`
