import { SeriesTable } from '../frame/series-table.ts'
import { choosePlatform } from '../platform/choose.ts'
import { createLiveHost } from '../platform/live-host.ts'
import { ownCommand } from '../platform/own-command.ts'
import { createRemoteSpace } from '../platform/remote-space.ts'
import { Running, type RunningParts } from './running.ts'

/** What runs on this machine, with what its store knows already. */
export const assemble = async (parts: RunningParts): Promise<Running> => {
  const { config } = parts
  const remote = createRemoteSpace({ command: ownCommand('__mount-probe') })
  const host = createLiveHost({
    procfs: config.procfs,
    sysfs: config.sysfs,
    remoteSpace: (path, timeoutMs) => remote.space(path, timeoutMs),
  })
  const platform = await choosePlatform(host, { cgroupLimit: config.collectors.cgroups.max })
  const series = new SeriesTable(config.limits.series, await parts.store.series())
  return new Running(parts, platform, remote, series)
}
