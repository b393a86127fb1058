import { type MetricName, metricDef } from '../../catalogue/catalogue.ts'
import type { FrameRing } from '../../frame/ring.ts'
import type { SeriesTable } from '../../frame/series-table.ts'
import type { HostFacts } from '../contract.ts'
import { exposedName } from './names.ts'
import { type ExpositionFormat, formatHead, formatSeries, formatValue } from './text.ts'

/**
 * `GET /metrics`: the last tick as it was read, counters raw, for programs that compute rates themselves. What is absent
 * is left out, family and all. Processes are a table and not here: a series for each would never end.
 */
export interface Exposition {
  write(format: ExpositionFormat): string
}

export interface ExpositionParts {
  readonly ring: FrameRing
  readonly series: SeriesTable
  readonly host: HostFacts
  readonly build: Readonly<Record<string, string>>
}

/** Text that does not change from scrape to scrape. */
interface Block {
  readonly heads: Readonly<Record<ExpositionFormat, string>>
  readonly ids: number[]
  /** Name, labels and a space, by place in `ids`. */
  readonly starts: string[]
}

export function createExposition({ ring, series, host, build }: ExpositionParts): Exposition {
  const blocks = new Map<MetricName, Block>()
  let known = 0
  const learn = (): void => {
    const all = series.all()
    for (; known < all.length; known++) {
      const one = all[known]
      if (one === undefined) continue
      const block = blocks.get(one.metric) ?? newBlock(one.metric)
      blocks.set(one.metric, block)
      block.ids.push(one.id)
      block.starts.push(`${formatSeries(exposedName(one.metric, metricDef(one.metric)).sample, one.labels)} `)
    }
  }
  const infos = { text: infoText(host, build, 'text'), openmetrics: infoText(host, build, 'openmetrics') }
  return {
    write: (format) => {
      learn()
      let text = infos[format]
      const last = ring.length - 1
      for (const { heads, ids, starts } of blocks.values()) {
        let isBegun = false
        for (let i = 0; i < ids.length; i++) {
          const value = ring.valueAt(ids[i] as number, last)
          if (Number.isNaN(value)) continue
          if (!isBegun) text += heads[format]
          isBegun = true
          text += `${starts[i] as string}${formatValue(value)}\n`
        }
      }
      return format === 'openmetrics' ? `${text}# EOF\n` : text
    },
  }
}

function newBlock(metric: MetricName): Block {
  const def = metricDef(metric)
  const { family, unit } = exposedName(metric, def)
  const head = { name: family, kind: def.kind === 'counter' ? 'counter' : 'gauge', help: def.help, unit } as const
  return {
    heads: { text: formatHead(head, 'text'), openmetrics: formatHead(head, 'openmetrics') },
    ids: [],
    starts: [],
  }
}

function infoText(host: HostFacts, build: ExpositionParts['build'], format: ExpositionFormat): string {
  const facts = {
    host_name: host.hostName,
    os: host.os,
    os_name: host.osName,
    kernel: host.kernel,
    architecture: host.architecture,
    boot_id: host.bootId,
    scope: host.scope,
  }
  const info = (name: string, help: string, labels: Readonly<Record<string, string>>): string =>
    `${formatHead({ name, kind: 'info', help }, format)}${formatSeries(`${name}_info`, labels)} 1\n`
  return info('sysmon_build', 'The sysmon that answers.', build) + info('sysmon_host', 'The machine it watches.', facts)
}
