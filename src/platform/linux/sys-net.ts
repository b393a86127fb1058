import { type Host, HostError } from '../host.ts'
import type { LinkReading, NetworkRole } from '../platform.ts'

/**
 * /sys/class/net: what each interface is. The machine’s traffic is that of interfaces with hardware behind them; a
 * bridge, a bond, a vlan or a tunnel carries the same bytes again, and so do the slaves of a bond that is counted (N7).
 */
export class Interfaces {
  readonly #roles = new Map<string, NetworkRole>()

  constructor(private readonly host: Host) {}

  roleOf = (device: string): NetworkRole => {
    let role = this.#roles.get(device)
    if (role === undefined) {
      role = this.#readRole(device)
      this.#roles.set(device, role)
    }
    return role
  }

  forget(): void {
    this.#roles.clear()
  }

  #readRole(device: string): NetworkRole {
    const folder = `${this.host.sysfs}/class/net/${device}`
    if (device === 'lo') return 'loopback'
    if (this.host.exists(`${folder}/device`)) return 'physical'
    return this.host.exists(`${folder}/master`) ? 'slave' : 'virtual'
  }

  async links(devices: readonly string[]): Promise<readonly LinkReading[]> {
    const links: LinkReading[] = []
    for (const device of devices) {
      const folder = `${this.host.sysfs}/class/net/${device}`
      links.push({
        device,
        role: this.roleOf(device),
        bytesPerSecond: parseSpeed(await this.#text(`${folder}/speed`)),
        up: await this.#isUp(folder),
      })
    }
    return links
  }

  /** Drivers of tunnels and of the loopback leave operstate `unknown`: the carrier says it (operstates.rst). */
  async #isUp(folder: string): Promise<boolean | undefined> {
    const state = await this.#text(`${folder}/operstate`)
    if (state === undefined || state !== 'unknown') return state === undefined ? undefined : state === 'up'
    const carrier = await this.#text(`${folder}/carrier`)
    return carrier === undefined ? undefined : carrier === '1'
  }

  /** EINVAL is how a driver says that it does not know. */
  async #text(path: string): Promise<string | undefined> {
    try {
      return (await this.host.readTextSlowly(path)).trim()
    } catch (error) {
      if (error instanceof HostError) return undefined
      throw error
    }
  }
}

/** Fastest link there is, Mbit/s; above it, and below 1, the driver does not know (N6: 4294967295, -1, 65535). */
const fastestMbit = 1_600_000
const megabitBytes = 125_000

/** /sys/class/net/DEV/speed, Mbit/s, as bytes per second each way. */
export function parseSpeed(text: string | undefined): number | undefined {
  const mbit = Number(text)
  if (text === undefined || text === '' || !(mbit > 0) || mbit > fastestMbit || mbit === 65_535) return undefined
  return mbit * megabitBytes
}
