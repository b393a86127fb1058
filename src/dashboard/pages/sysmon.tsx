import { useCell } from '../data/cell.ts'
import { health } from '../data/health.ts'
import { formatBytes, formatMoment, formatSeconds } from '../format/values.ts'
import { Subject } from './subject.tsx'

/** What sysmon costs, how its collectors do, and what it may not see. */
export function Sysmon() {
  const report = useCell(health)
  return (
    <>
      <section className="panel facts" aria-label="State of the daemon">
        {report === undefined ? (
          <p className="muted">Waiting for the daemon…</p>
        ) : (
          <>
            <p className={report.status === 'healthy' ? 'fine' : 'warning'}>
              {report.status === 'healthy' ? 'Healthy' : `Degraded: ${report.problems.join('; ')}`}
            </p>
            <dl>
              <Fact name="Version" text={report.version} />
              <Fact name="Up for" text={formatSeconds(report.uptime_seconds)} />
              <Fact name="Memory" text={formatBytes(report.memory_mb * 1024 * 1024)} />
              <Fact name="Recorded since" text={formatTime(report.oldest_unix_ms)} />
              <Fact name="Database" text={report.db_connection} />
              <Fact name="Frames waiting, dropped" text={`${report.db_buffered_frames}, ${report.db_dropped_frames}`} />
              <Fact name="Folder" text={report.data_dir} />
            </dl>
            {report.limitations.map(({ what, lost, cure }) => (
              <p key={what} className="warning">
                {what}: {lost}. {cure}
              </p>
            ))}
          </>
        )}
      </section>
      <Subject page="sysmon" />
      <Collectors />
    </>
  )
}

const formatTime = (unixMs: number | undefined): string => (unixMs === undefined ? '–' : formatMoment(unixMs))

function Fact({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <dt className="muted">{name}</dt>
      <dd>{text}</dd>
    </div>
  )
}

function Collectors() {
  const report = useCell(health)
  if (report === undefined) return null
  return (
    <section className="panel" aria-label="Collectors">
      <header className="panel-head">
        <h2>Collectors</h2>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens, and then by keys too */}
      <section className="scroller" tabIndex={0} aria-label="Table of collectors">
        <table className="top-table">
          <thead>
            <tr>
              <th scope="col">Collector</th>
              <th scope="col">State</th>
              <th scope="col" className="number">
                Failures
              </th>
              <th scope="col" className="number">
                Took
              </th>
              <th scope="col" className="wide">
                Why
              </th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(report.collector_status).map(([name, { status, failures, duration_ms, why }]) => (
              <tr key={name}>
                <td>{name}</td>
                <td className={status === 'ok' ? 'fine' : status === 'no_data' ? 'muted' : 'warning'}>
                  {status.replace('_', ' ')}
                </td>
                <td className="number">{failures}</td>
                <td className="number">{duration_ms === undefined ? '–' : formatSeconds(duration_ms / 1000)}</td>
                <td className="muted wide">{why}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}
