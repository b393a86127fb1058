import { type Host, HostError } from '../host.ts'
import type { DiskRole, DiskSizeReading } from '../platform.ts'

/**
 * /sys/class/block: what each block device is. Only devices with hardware behind them and nothing stacked below add up
 * to the machine; partitions, dm, md, loop and zram count the same bytes again (D1).
 */
export class BlockDevices {
  readonly #roles = new Map<string, DiskRole>()

  readonly #names = new Map<string, string>()

  constructor(private readonly host: Host) {}

  roleOf = (device: string): DiskRole => {
    let role = this.#roles.get(device)
    if (role === undefined) {
      role = this.#readRole(device)
      this.#roles.set(device, role)
    }
    return role
  }

  /** Devices come and go, and names are given again: forgets what it knows (D8). */
  forget(): void {
    this.#roles.clear()
    this.#names.clear()
  }

  #readRole(device: string): DiskRole {
    const folder = `${this.host.sysfs}/class/block/${device.replaceAll('/', '!')}`
    if (this.host.exists(`${folder}/partition`)) return 'partition'
    const stacked = quietList(this.host, `${folder}/slaves`).length > 0
    if (!stacked && this.host.exists(`${folder}/device`)) return 'physical'
    return !this.host.exists(folder) && !/^(loop|ram|dm-|md|zram|sr|fd)/.test(device) ? 'physical' : 'virtual'
  }

  /** The same by `major:minor`, as control groups name devices. */
  countsNumber(number: string): boolean {
    let name = this.#names.get(number)
    if (name === undefined) {
      name = quietLink(this.host, `${this.host.sysfs}/dev/block/${number}`)
      this.#names.set(number, name)
    }
    return name !== '' && this.roleOf(name) === 'physical'
  }

  /** Sizes are in sectors of 512 bytes, whatever the hardware’s. */
  async sizes(): Promise<readonly DiskSizeReading[]> {
    const folder = `${this.host.sysfs}/class/block`
    const sizes: DiskSizeReading[] = []
    for (const name of await this.host.listSlowly(folder)) {
      const device = name.replaceAll('!', '/')
      const sectors = await this.#sectors(`${folder}/${name}/size`)
      if (sectors > 0) sizes.push({ device, role: this.roleOf(device), bytes: sectors * 512 })
    }
    return sizes
  }

  /** 0 for a device that went away while the others were read (D8). */
  async #sectors(path: string): Promise<number> {
    try {
      return Number(await this.host.readTextSlowly(path))
    } catch (error) {
      if (error instanceof HostError) return 0
      throw error
    }
  }
}

function quietList(host: Host, path: string): string[] {
  try {
    return host.list(path)
  } catch (error) {
    if (error instanceof HostError) return []
    throw error
  }
}

function quietLink(host: Host, path: string): string {
  try {
    const target = host.readLink(path)
    return target.slice(target.lastIndexOf('/') + 1)
  } catch (error) {
    if (error instanceof HostError) return ''
    throw error
  }
}
