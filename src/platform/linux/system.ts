import { type Host, HostError, type KeptFile } from '../host.ts'
import {
  absent,
  type ConnectionReading,
  type HostIdentity,
  type KernelReading,
  type NetworkReading,
  type PressureReading,
  type ProtocolReading,
  type Reading,
  type SelfReading,
  type SystemMetrics,
} from '../platform.ts'
import { Cursor } from './bytes.ts'
import { Cgroups } from './cgroups.ts'
import { readFrequencies } from './cpufreq.ts'
import { Filesystems } from './filesystems.ts'
import { libcName } from './libc.ts'
import { parsePressure } from './pressure.ts'
import { DiskstatsParser } from './proc-diskstats.ts'
import { parseLoadavg } from './proc-loadavg.ts'
import { MeminfoParser, type ZfsArc } from './proc-meminfo.ts'
import { parseNetDev } from './proc-net-dev.ts'
import { listenKeys, SnmpGroup, tcpKeys, udpKeys } from './proc-net-snmp.ts'
import { parseSockstat } from './proc-net-sockstat.ts'
import { parseProcStat } from './proc-stat.ts'
import { VmstatParser } from './proc-vmstat.ts'
import { Sensors } from './sensors.ts'
import { BlockDevices } from './sys-block.ts'
import { Interfaces } from './sys-net.ts'

/** What is looked up once about devices is looked up again after so many ticks. */
const forgetTicks = 60
const pageBytes = 4096

/** The readings of Linux, over files kept open. Each reads one kernel interface; what is missing is absent with a reason. */
export function createLinuxSystem(host: Host, cgroupLimit: number): SystemMetrics & { close(): void } {
  const proc = (path: string): string => `${host.procfs}/${path}`
  const files = new KeptFiles(host)
  const blocks = new BlockDevices(host)
  const interfaces = new Interfaces(host)
  const diskstats = new DiskstatsParser(blocks.roleOf)
  const meminfo = new MeminfoParser()
  const vmstat = new VmstatParser()
  const filesystems = new Filesystems(host)
  const sensors = new Sensors(host)
  const pressure = new Pressure(files, proc)
  const protocols = new Protocols(files, proc)
  const cgroups = new Cgroups({
    host,
    limit: cgroupLimit,
    countsDevice: (device) => blocks.countsNumber(device),
    memoryTotalBytes: () => totalBytes,
  })
  let totalBytes: number | undefined
  let networks: readonly NetworkReading[] = []
  let ticks = 0
  const netDev = host.exists(proc('1/net/dev')) ? proc('1/net/dev') : proc('net/dev')

  return {
    close: () => files.close(),
    cpu: () => files.parse(proc('stat'), parseProcStat),
    load: () => files.parse(proc('loadavg'), parseLoadavg),
    memory: () => {
      const reading = files.parse(proc('meminfo'), (bytes) => meminfo.parse(bytes, undefined))
      const arc = readArc(host, files)
      const whole = arc === undefined ? reading : files.parse(proc('meminfo'), (bytes) => meminfo.parse(bytes, arc))
      if (whole === undefined || 'absent' in whole)
        return whole ?? absent(`${proc('meminfo')} has no MemTotal or no MemFree`)
      totalBytes = whole.totalBytes
      return whole
    },
    paging: () => files.parse(proc('vmstat'), (bytes) => vmstat.parse(bytes)),
    pressure: () => pressure.read(),
    disks: () => {
      if (++ticks % forgetTicks === 0) {
        blocks.forget()
        interfaces.forget()
      }
      return files.parse(proc('diskstats'), (bytes) => diskstats.parse(bytes))
    },
    networks: () => {
      const reading = files.parse(netDev, (bytes) => parseNetDev(bytes, interfaces.roleOf))
      if (!('absent' in reading)) networks = reading
      return reading
    },
    protocols: () => protocols.read(),
    kernel: () => readKernel(files, proc),
    cgroups: () => cgroups.read(),
    cgroupsLeftOut: () => cgroups.leftOut,
    self: () => readSelf(files, proc),
    frequencies: async () => {
      const list = await readFrequencies(host)
      return list.length > 0 ? list : absent('the kernel offers no CPU frequency here')
    },
    filesystems: () => orAbsent(filesystems.read()),
    diskSizes: () => orAbsent(blocks.sizes()),
    links: () => interfaces.links(networks.map((network) => network.device)),
    connections: () => orAbsent(readConnections(host, proc)),
    sensors: async () => {
      const reading = await sensors.read()
      const any = Object.values(reading).some((list) => list.length > 0)
      return any ? reading : absent('no sensors: /sys/class/hwmon, thermal and power_supply are empty')
    },
    entropy: () => orAbsent(readEntropy(host, proc('sys/kernel/random/entropy_avail'))),
  }
}

/** A reading of the slow lane that fails as a whole has a reason. */
async function orAbsent<T extends object>(reading: Promise<Reading<T>>): Promise<Reading<T>> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof HostError) return absent(`${error.path}: ${reasonOf(error.code)}`)
    throw error
  }
}

async function readEntropy(host: Host, path: string): Promise<Reading<{ readonly availableBits: number }>> {
  const availableBits = Number.parseInt(await host.readTextSlowly(path), 10)
  return Number.isNaN(availableBits) ? absent(`${path} holds no number`) : { availableBits }
}

/** Files of the tick lane, opened at first use. One that cannot be opened is tried again only now and then. */
class KeptFiles {
  readonly #files = new Map<string, KeptFile>()
  readonly #refused = new Map<string, { readonly why: string; readonly untilMs: number }>()

  constructor(private readonly host: Host) {}

  parse<T extends object>(path: string, parse: (bytes: Uint8Array) => T): Reading<T>
  parse<T extends object>(path: string, parse: (bytes: Uint8Array) => T | undefined): Reading<T> | undefined
  parse<T extends object>(path: string, parse: (bytes: Uint8Array) => T | undefined): Reading<T> | undefined {
    const bytes = this.read(path)
    return bytes instanceof Uint8Array ? parse(bytes) : bytes
  }

  close(): void {
    for (const file of this.#files.values()) file.close()
    this.#files.clear()
  }

  read(path: string): Uint8Array | { readonly absent: string } {
    const refused = this.#refused.get(path)
    const now = this.host.clock.monotonicMs()
    if (refused !== undefined && now < refused.untilMs) return absent(refused.why)
    try {
      let file = this.#files.get(path)
      if (file === undefined) {
        file = this.host.open(path)
        this.#files.set(path, file)
      }
      return file.read()
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      this.#files.get(path)?.close()
      this.#files.delete(path)
      const why = `${path}: ${reasonOf(error.code)}`
      this.#refused.set(path, { why, untilMs: now + 60_000 })
      return absent(why)
    }
  }
}

function reasonOf(code: string): string {
  if (code === 'EOPNOTSUPP' || code === 'ENOTSUP') return 'switched off in the kernel (psi=0; boot with psi=1)'
  if (code === 'ENOENT') return 'this kernel does not have it'
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied'
  return code
}

class Pressure {
  constructor(
    private readonly files: KeptFiles,
    private readonly proc: (path: string) => string,
  ) {}

  read(): Reading<PressureReading> {
    const reading: { -readonly [K in keyof PressureReading]: PressureReading[K] } = {}
    let why = ''
    for (const resource of ['cpu', 'memory', 'io', 'irq'] as const) {
      const times = this.files.parse(this.proc(`pressure/${resource}`), parsePressure)
      if ('absent' in times) why ||= times.absent
      else reading[resource] = times
    }
    return Object.keys(reading).length > 0 ? reading : absent(why)
  }
}

class Protocols {
  readonly #tcp = new SnmpGroup('Tcp', tcpKeys)
  readonly #udp = new SnmpGroup('Udp', udpKeys)
  readonly #sockets = new Map<string, number>()

  constructor(
    private readonly files: KeptFiles,
    private readonly proc: (path: string) => string,
  ) {}

  read(): Reading<ProtocolReading> {
    const snmp = this.files.read(this.proc('net/snmp'))
    if (!(snmp instanceof Uint8Array)) return snmp
    const t = this.#tcp.parse(snmp)
    const u = this.#udp.parse(snmp)
    this.#sockets.clear()
    for (const file of ['net/sockstat', 'net/sockstat6']) {
      const bytes = this.files.read(this.proc(file))
      if (bytes instanceof Uint8Array) parseSockstat(bytes, this.#sockets)
    }
    const memoryPages = this.#sockets.get('TCP.mem')
    return {
      tcpInSegments: present(t.InSegs),
      tcpOutSegments: present(t.OutSegs),
      tcpRetransmits: present(t.RetransSegs),
      tcpActiveOpens: present(t.ActiveOpens),
      tcpPassiveOpens: present(t.PassiveOpens),
      tcpAttemptsFailed: present(t.AttemptFails),
      tcpEstablishedResets: present(t.EstabResets),
      tcpReceivedBad: present(t.InErrs),
      tcpResetsSent: present(t.OutRsts),
      udpInDatagrams: present(u.InDatagrams),
      udpOutDatagrams: present(u.OutDatagrams),
      udpNoPort: present(u.NoPorts),
      udpReceivedBad: present(Math.max(0, u.InErrors - u.RcvbufErrors)),
      udpReceiveBufferErrors: present(u.RcvbufErrors),
      udpSendBufferErrors: present(u.SndbufErrors),
      sockets: this.#inUse(),
      tcpOrphans: this.#sockets.get('TCP.orphan'),
      tcpTimeWait: this.#sockets.get('TCP.tw'),
      tcpAllocated: this.#sockets.get('TCP.alloc'),
      tcpMemoryBytes: memoryPages === undefined ? undefined : memoryPages * pageBytes,
    }
  }

  #inUse(): ProtocolReading['sockets'] {
    const sum = (v4: string): number | undefined => {
      const [four, six] = [this.#sockets.get(`${v4}.inuse`), this.#sockets.get(`${v4}6.inuse`)]
      return four === undefined && six === undefined ? undefined : (four ?? 0) + (six ?? 0)
    }
    const all = { tcp: sum('TCP'), udp: sum('UDP'), udplite: sum('UDPLITE'), raw: sum('RAW'), frag: sum('FRAG') }
    return Object.fromEntries(Object.entries(all).filter(([, count]) => count !== undefined))
  }
}

async function readConnections(host: Host, proc: (path: string) => string): Promise<Reading<ConnectionReading>> {
  const live = host.procfs === '/proc'
  const { countTcpStates } = await import('./sock-diag.ts')
  const tcp = live ? countTcpStates(libcName(), host.clock.monotonicMs) : undefined
  const text = await host.readTextSlowly(proc('net/netstat'))
  const listen = new SnmpGroup('TcpExt', listenKeys).parse(new TextEncoder().encode(text))
  return {
    tcp,
    listenOverflows: present(listen.ListenOverflows),
    listenDropsOther: present(Math.max(0, listen.ListenDrops - listen.ListenOverflows)),
  }
}

const cursor = new Cursor()

function readKernel(files: KeptFiles, proc: (path: string) => string): Reading<KernelReading> {
  const uptime = files.read(proc('uptime'))
  if (!(uptime instanceof Uint8Array)) return uptime
  const uptimeSeconds = cursor.of(uptime).decimal()
  const handles = files.read(proc('sys/fs/file-nr'))
  if (!(handles instanceof Uint8Array)) {
    return { uptimeSeconds, fileDescriptors: undefined, fileDescriptorLimit: undefined }
  }
  const fileDescriptors = cursor.of(handles).number()
  cursor.number()
  // 2^63 - 1, as systemd sets it, is no limit.
  const limit = Number(cursor.word())
  return { uptimeSeconds, fileDescriptors, fileDescriptorLimit: limit < 2 ** 53 ? limit : undefined }
}

/** The own process: proc_pid_stat(5) fields 14, 15 and 24, proc_pid_io(5). */
function readSelf(files: KeptFiles, proc: (path: string) => string): SelfReading {
  const usage = process.cpuUsage()
  const io = files.read(proc('self/io'))
  const text = io instanceof Uint8Array ? new TextDecoder().decode(io) : ''
  const bytes = (key: string): number | undefined => {
    const found = new RegExp(`^${key}: (\\d+)`, 'm').exec(text)?.[1]
    return found === undefined ? undefined : Number(found)
  }
  return {
    userSeconds: usage.user / 1e6,
    systemSeconds: usage.system / 1e6,
    residentBytes: process.memoryUsage.rss(),
    diskReadBytes: bytes('read_bytes'),
    diskWrittenBytes: bytes('write_bytes'),
  }
}

/** /proc/spl/kstat/zfs/arcstats: `size 4 1234`, `c_min 4 1234`. The host’s, seen from a container, is not ours (M7). */
function readArc(host: Host, files: KeptFiles): ZfsArc | undefined {
  const path = `${host.procfs}/spl/kstat/zfs/arcstats`
  if (!host.exists(`${host.procfs}/spl`)) return undefined
  const bytes = files.read(path)
  if (!(bytes instanceof Uint8Array) || isContainer(host)) return undefined
  const text = new TextDecoder().decode(bytes)
  const value = (key: string): number => Number(new RegExp(`^${key}\\s+\\d+\\s+(\\d+)`, 'm').exec(text)?.[1])
  const sizeBytes = value('size')
  return Number.isNaN(sizeBytes) ? undefined : { sizeBytes, minimumBytes: value('c_min') || 0 }
}

/** lxcfs puts files of its own over /proc: what is read there is the container’s (K2). */
export function isContainer(host: Host): boolean {
  try {
    return / - fuse\.lxcfs /.test(host.readText(`${host.procfs}/self/mountinfo`))
  } catch (error) {
    if (error instanceof HostError) return false
    throw error
  }
}

const present = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value)

export function linuxIdentity(host: Host): HostIdentity {
  const text = (path: string): string | undefined => {
    try {
      return host.readText(path).trim()
    } catch (error) {
      if (error instanceof HostError) return undefined
      throw error
    }
  }
  const stat = text(`${host.procfs}/stat`) ?? ''
  const memory = /^MemTotal:\s*(\d+)/m.exec(text(`${host.procfs}/meminfo`) ?? '')?.[1]
  const release = text('/etc/os-release') ?? ''
  return {
    bootId: text(`${host.procfs}/sys/kernel/random/boot_id`) ?? 'unknown',
    hostName: text(`${host.procfs}/sys/kernel/hostname`) ?? 'unknown',
    kernel: text(`${host.procfs}/sys/kernel/osrelease`) ?? 'unknown',
    osName: /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? 'Linux',
    architecture: process.arch,
    scope: isContainer(host) ? 'container' : 'host',
    logicalCpus: stat.match(/^cpu\d+ /gm)?.length ?? 1,
    memoryBytes: memory === undefined ? undefined : Number(memory) * 1024,
  }
}
