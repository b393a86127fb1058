import { type Host, HostError } from '../host.ts'
import type { FrequencyReading } from '../platform.ts'

/** Reading a frequency may take 20 ms a CPU: past this in all, the rest is left out (C10). Milliseconds. */
const budgetMs = 1500

/**
 * /sys/devices/system/cpu/cpufreq/policyN/{affected_cpus,scaling_cur_freq}: one policy covers many CPUs; offline ones
 * are not in affected_cpus (C13). kHz, as the CPU says at this instant (C11); above the nominal maximum is boost and
 * legal (C12). Without cpufreq, `cpu MHz` of /proc/cpuinfo.
 */
export async function readFrequencies(host: Host): Promise<FrequencyReading[]> {
  const folder = `${host.sysfs}/devices/system/cpu/cpufreq`
  const policies = host.exists(folder)
    ? (await host.listSlowly(folder)).filter((name) => name.startsWith('policy'))
    : []
  const hertz = policies.length > 0 ? await readPolicies(host, folder, policies) : await readCpuinfo(host)
  const throttles = await readThrottles(host, [...hertz.keys()])
  return [...hertz]
    .map(([cpu, value]) => ({ cpu, hertz: value, throttles: throttles.get(cpu) }))
    .sort((a, b) => Number(a.cpu) - Number(b.cpu))
}

async function readPolicies(host: Host, folder: string, policies: readonly string[]): Promise<Map<string, number>> {
  const hertz = new Map<string, number>()
  const startMs = host.clock.monotonicMs()
  for (const policy of policies) {
    if (host.clock.monotonicMs() - startMs > budgetMs) break
    const kilohertz = Number(await quietText(host, `${folder}/${policy}/scaling_cur_freq`))
    const cpus = await quietText(host, `${folder}/${policy}/affected_cpus`)
    if (!(kilohertz > 0) || cpus === undefined) continue
    for (const cpu of cpus.match(/\d+/g) ?? []) hertz.set(cpu, kilohertz * 1000)
  }
  return hertz
}

/** `processor\t: 0` … `cpu MHz\t\t: 2899.998` */
export function parseCpuinfoFrequencies(text: string): Map<string, number> {
  const hertz = new Map<string, number>()
  let cpu = ''
  for (const line of text.split('\n')) {
    const [key = '', value = ''] = line.split(':')
    if (key.trimEnd() === 'processor') cpu = value.trim()
    else if (key.trimEnd() === 'cpu MHz' && Number(value) > 0) hertz.set(cpu, Number(value) * 1e6)
  }
  return hertz
}

const readCpuinfo = async (host: Host): Promise<Map<string, number>> =>
  parseCpuinfoFrequencies((await quietText(host, `${host.procfs}/cpuinfo`)) ?? '')

async function readThrottles(host: Host, cpus: readonly string[]): Promise<Map<string, number>> {
  const throttles = new Map<string, number>()
  for (const cpu of cpus) {
    const text = await quietText(
      host,
      `${host.sysfs}/devices/system/cpu/cpu${cpu}/thermal_throttle/core_throttle_count`,
    )
    if (text !== undefined) throttles.set(cpu, Number(text))
    else break
  }
  return throttles
}

async function quietText(host: Host, path: string): Promise<string | undefined> {
  try {
    return await host.readTextSlowly(path)
  } catch (error) {
    if (error instanceof HostError) return undefined
    throw error
  }
}
