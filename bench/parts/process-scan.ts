import { ProcessTable } from '../../src/frame/process-table.ts'
import { choosePlatform } from '../../src/platform/choose.ts'
import { createLiveHost } from '../../src/platform/live-host.ts'
import { LiveProcesses } from '../../src/recorder/live.ts'
import { idleProcesses, tiedCommand } from '../load.ts'
import { type BenchContext, type BenchPart, type Figure, percentile } from '../part.ts'
import { measureCost } from '../process-cost.ts'

/** By then the runtime has compiled what it will, and every process has been read whole once. */
const warmUpTicks = 35
/** What of the table ps can tell. */
const psColumns = 'pid,ppid,user,stat,nlwp,ni,psr,time,rss,vsz,min_flt,maj_flt,cgroup,args'

/** Every process read once a second, beside programs that read the same. */
export const part: BenchPart = {
  name: 'process-scan',
  about: 'reading all processes each second, beside top -b -d 1 and ps -e',
  async run(context) {
    const load = idleProcesses(context.processes)
    try {
      const scan = await measureScan(context)
      const top = await costOfTop(context)
      const ps = costOfPs(context)
      const perSecond = scan.cpuSeconds / scan.seconds
      return [
        { name: 'processes', value: scan.processes, unit: '' },
        { name: 'a scan, median', value: percentile(scan.tookMs, 0.5), unit: 'ms' },
        { name: 'a scan, p99', value: percentile(scan.tookMs, 0.99), unit: 'ms' },
        { name: 'a process, median', value: (percentile(scan.tookMs, 0.5) * 1000) / scan.processes, unit: 'µs' },
        {
          name: 'CPU of scan and recorder a second',
          value: perSecond * 1000,
          unit: 'ms',
          ...(top === undefined ? {} : { reference: { name: 'top -b -d 1', value: top * 1000 } }),
        },
        ...(ps === undefined
          ? []
          : [
              {
                name: 'the same beside ps',
                value: perSecond * 1000,
                unit: 'ms',
                reference: { name: 'ps -e each second', value: ps * 1000 },
              },
            ]),
        { name: 'encode the tick, median', value: percentile(scan.encodeMs, 0.5) * 1000, unit: 'µs', target: 150 },
        { name: 'encode the tick, p99', value: percentile(scan.encodeMs, 0.99) * 1000, unit: 'µs' },
        { name: 'the tick, raw', value: scan.bytes / scan.seconds, unit: 'B' },
      ] satisfies Figure[]
    } finally {
      load.end()
    }
  },
}

interface ScanCost {
  readonly processes: number
  readonly seconds: number
  readonly tookMs: readonly number[]
  readonly encodeMs: readonly number[]
  /** Of this process while it scanned and encoded. */
  readonly cpuSeconds: number
  readonly bytes: number
}

async function measureScan({ seconds, progress }: BenchContext): Promise<ScanCost> {
  const host = createLiveHost({ remoteSpace: () => Promise.reject(new Error('not asked here')) })
  const platform = await choosePlatform(host, { cgroupLimit: 0 })
  const table = new ProcessTable()
  const live = new LiveProcesses()
  const tookMs: number[] = []
  const encodeMs: number[] = []
  let cpuMicros = 0
  let bytes = 0
  const tick = (index: number): void => {
    const before = process.cpuUsage()
    const startMs = performance.now()
    platform.processes.scan(table)
    const scannedMs = performance.now()
    const times = { unixMs: Date.now(), monotonicMs: startMs, elapsedMs: index === 0 ? 0 : 1000, isKey: index === 0 }
    const encoded = live.update(table, times)
    const endMs = performance.now()
    table.endTick()
    if (index < warmUpTicks) return
    const { user, system } = process.cpuUsage(before)
    cpuMicros += user + system
    tookMs.push(scannedMs - startMs)
    encodeMs.push(endMs - scannedMs)
    bytes += encoded.length
  }
  progress(`scan: ${warmUpTicks} ticks to settle, ${seconds} s measured`)
  for (let index = 0; index < warmUpTicks + seconds; index++) {
    tick(index)
    await Bun.sleep(index < warmUpTicks ? 50 : 1000)
  }
  const { count } = table
  platform.close()
  return { processes: count, seconds, tookMs, encodeMs, cpuSeconds: cpuMicros / 1e6, bytes }
}

/** CPUs. */
async function costOfTop({ seconds, progress }: BenchContext): Promise<number | undefined> {
  if (Bun.which('top') === null) return undefined
  progress(`top -b -d 1: 3 s to settle, ${seconds} s measured`)
  const top = tiedCommand(['top', '-b', '-d', '1'])
  try {
    await Bun.sleep(3000)
    return (await measureCost(top.pid, seconds)).cores
  } finally {
    top.end()
  }
}

/** CPU seconds of one run. */
function costOfPs({ seconds, progress }: BenchContext): number | undefined {
  if (Bun.which('ps') === null) return undefined
  const runs = Math.min(20, seconds)
  progress(`ps -e: ${runs} runs`)
  const costs = Array.from({ length: runs }, () => {
    const { resourceUsage } = Bun.spawnSync(['ps', '-e', '-o', psColumns], { stdout: 'ignore', stderr: 'ignore' })
    return Number(resourceUsage?.cpuTime.total ?? 0) / 1e6
  })
  return percentile(costs, 0.5)
}
