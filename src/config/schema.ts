import { nearest } from '../base/nearest.ts'
import { alertChannels, alertRules } from './alerts.ts'
import { anomalySettings } from './anomaly.ts'
import { listenAddress } from './listen.ts'
import { outwardSettings } from './outward.ts'
import {
  choice,
  duration,
  filePath,
  flag,
  groupName,
  integer,
  optional,
  type Setting,
  setting,
  size,
  someOf,
} from './setting.ts'
import { hostNames, webUsers } from './web.ts'

/**
 * Every setting there is, declared once. config/ reads, checks, shows and writes configuration; it knows no collector,
 * no store and no server, only names and bounds. A file mirrors this tree; what is not here is refused.
 */

/** Collectors that can be turned off. A test holds this against the collectors that exist. */
export const collectorNames = [
  'cpu',
  'load',
  'memory',
  'paging',
  'pressure',
  'disk',
  'network',
  'protocol',
  'kernel',
  'cgroup',
  'cpu_frequency',
  'filesystem',
  'disk_size',
  'network_link',
  'connection',
  'sensor',
  'entropy',
] as const

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const year = 365 * day
const mebibyte = 1024 ** 2
const tebibyte = 1024 ** 4

const oneWord = (wrong: string): string => {
  const near = nearest(wrong, collectorNames)
  return near === undefined ? `. There are ${collectorNames.join(', ')}` : `. Did you mean "${near}"?`
}

const log = {
  level: setting('level', choice('debug', 'info', 'warn', 'error'), {
    help: 'How much to log.',
    initial: 'info',
    live: true,
    flag: '--log-level',
  }),
  file: setting('file', optional(filePath), {
    help: 'File to log to.',
    initial: undefined,
    initialText: 'standard error',
    example: '/var/log/sysmon.log',
    live: true,
  }),
  max_size: setting('maxSizeBytes', size(64 * 1024, tebibyte), {
    help: 'Size at which the log file is put aside and a new one begun.',
    initial: 10 * mebibyte,
    live: true,
  }),
  keep: setting('keep', integer(0, 100), {
    help: 'How many log files put aside are kept: sysmon.log.1 is the youngest.',
    initial: 5,
    live: true,
  }),
}

const web = {
  enabled: setting('enabled', flag, {
    help: 'Serve the web API and the dashboard. The local socket is always there.',
    initial: false,
    live: false,
    flag: '--web',
  }),
  listen: setting('listen', listenAddress, {
    help: 'Address and port of the web API. Port 0 takes any free one. Other machines reach it only with web.tls or web.behind_proxy.',
    initial: { host: '127.0.0.1', port: 8080 },
    live: false,
    flag: '--web',
  }),
  hosts: setting('hosts', hostNames, {
    help: 'Names besides localhost under which browsers may ask for it: a request that names another host is refused.',
    initial: [],
    example: '[monitor.example.org]',
    live: false,
  }),
  tls: {
    certificate: setting('certificate', optional(filePath), {
      help: 'Certificate chain of the web listener, PEM; read again at SIGHUP.',
      initial: undefined,
      initialText: 'no TLS',
      example: '/etc/sysmon/certificate.pem',
      live: false,
    }),
    key: setting('key', optional(filePath), {
      help: 'Private key of that certificate, PEM; read again at SIGHUP.',
      initial: undefined,
      initialText: 'no TLS',
      example: '/etc/sysmon/key.pem',
      live: false,
    }),
  },
  behind_proxy: setting('isBehindProxy', flag, {
    help: 'A proxy that does TLS stands in front: its X-Forwarded-For and X-Forwarded-Proto are believed.',
    initial: false,
    live: false,
  }),
  rate_limit: setting('requestsPerMinute', integer(1, 1_000_000), {
    help: 'Requests a minute from one address; a logged-in browser may make twelve times as many.',
    initial: 100,
    live: false,
  }),
  users: setting('users', webUsers, {
    help: 'Who may log in with a password; `sysmon token hash-password` makes the hash.',
    initial: [],
    example: '[{name: anna, role: viewer, password: "$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH"}]',
    live: false,
    secret: true,
  }),
}

const socket = {
  path: setting('path', filePath, {
    help: 'The local socket that the command line talks to.',
    initial: ({ dataDir }) => `${dataDir.replace(/\/$/, '')}/sysmon.sock`,
    initialText: 'sysmon.sock in the data directory',
    live: false,
  }),
  group: setting('group', optional(groupName), {
    help: 'Group whose members may use the socket too.',
    initial: undefined,
    initialText: 'nobody but the owner',
    example: 'adm',
    live: false,
  }),
}

const retention = {
  seconds: setting('secondTierMs', duration(10 * minute, 10 * year), {
    help: 'How long each second is kept.',
    initial: day,
    live: true,
  }),
  minutes: setting('minuteTierMs', duration(hour, 20 * year), {
    help: 'How long the minutes (minimum, maximum, average of each) are kept.',
    initial: 30 * day,
    live: true,
  }),
  hours: setting('hourTierMs', duration(day, 50 * year), {
    help: 'How long the hours are kept.',
    initial: year,
    live: true,
  }),
  processes: setting('processesMs', duration(10 * minute, 10 * year), {
    help: 'How long the process table of each second is kept.',
    initial: day,
    live: true,
  }),
}

const store = {
  max_size: setting('maxSizeBytes', optional(size(16 * mebibyte, 64 * tebibyte)), {
    help: 'Hard bound on the size of the database; the oldest goes first, whatever the retention says.',
    initial: undefined,
    initialText: 'no bound',
    example: '2GiB',
    live: true,
  }),
}

const collectors = {
  disabled: setting('disabled', someOf(collectorNames, oneWord), {
    help: 'Collectors to leave out.',
    initial: [],
    example: '[sensor, cpu_frequency]',
    live: false,
  }),
  slow_interval: setting('slowIntervalMs', duration(second, hour, second), {
    help: 'How often what changes slowly is read: sensors, filesystems, frequencies, link speeds.',
    initial: 10 * second,
    live: false,
  }),
  processes: {
    enabled: setting('enabled', flag, { help: 'Record the process table.', initial: true, live: false }),
  },
  cgroups: {
    max: setting('max', integer(0, 5000), {
      help: 'How many control groups (services, containers) are measured one by one at most.',
      initial: 200,
      live: false,
    }),
  },
}

const limits = {
  series: setting('series', integer(1000, 1_000_000), {
    help: 'How many series may exist; what would be more is counted and refused.',
    initial: 20_000,
    live: false,
  }),
}

const alerts = {
  enabled: setting('enabled', flag, { help: 'Evaluate alert rules at all.', initial: true, live: false }),
  built_in: setting('hasBuiltIn', flag, {
    help: 'Use the rules that sysmon brings, which tell of what needs a person only: docs/alerts.md lists them.',
    initial: true,
    live: true,
  }),
  rules: setting('rules', alertRules, {
    help: 'Alert rules; more can be made by API and command line.',
    initial: [],
    example: '[{name: root-full, value: system.filesystem.utilization, labels: {mountpoint: /}, raise: 90%, for: 5m}]',
    live: true,
  }),
  channels: setting('channels', alertChannels, {
    help: 'Where notifications go: email, webhook, log.',
    initial: [],
    example: '[{name: file, type: log, file: /var/log/sysmon-alerts.log}]',
    live: true,
  }),
  group_wait: setting('groupWaitMs', duration(0, 10 * minute), {
    help: 'How long after an alert others of its group are waited for, to tell them together.',
    initial: 10 * second,
    live: true,
  }),
}

export const settings = {
  data_dir: setting('dataDir', filePath, {
    help: 'Where everything that is kept lies.',
    initial: ({ home, isRoot }) => (isRoot ? '/var/lib/sysmon' : `${home.replace(/\/$/, '')}/.sysmon`),
    initialText: '/var/lib/sysmon as root, ~/.sysmon for everybody else',
    live: false,
    flag: '--data-dir',
  }),
  interval: setting('intervalMs', duration(second, minute, second), {
    help: 'Time between two ticks; they fall on full seconds.',
    initial: second,
    live: false,
  }),
  priority: setting('priority', choice('high', 'normal'), {
    help: 'With high, sysmon runs before other programs when CPU time is short, where it may, so that a freeze is recorded.',
    initial: 'high',
    live: false,
  }),
  procfs: setting('procfs', optional(filePath), {
    help: 'Where the proc filesystem of the machine to watch is mounted.',
    initial: undefined,
    initialText: 'that of this machine',
    example: '/host/proc',
    live: false,
    flag: '--procfs',
  }),
  sysfs: setting('sysfs', optional(filePath), {
    help: 'Where its sys filesystem is mounted.',
    initial: undefined,
    initialText: 'that of this machine',
    example: '/host/sys',
    live: false,
    flag: '--sysfs',
  }),
  log,
  web,
  socket,
  retention,
  store,
  collectors,
  limits,
  alerts,
  anomaly: anomalySettings,
  outward: outwardSettings,
} satisfies SettingTree

export interface SettingTree {
  readonly [key: string]: AnySetting | SettingTree
}
export type AnySetting = Setting

export const isSetting = (node: AnySetting | SettingTree): node is AnySetting => 'kind' in node && 'initial' in node

/** The values of a tree of settings, under the names that the code uses. */
export type ValuesOf<Tree> = {
  readonly [Key in keyof Tree as NameOf<Tree[Key], Key>]: Tree[Key] extends Setting<string, infer T>
    ? T
    : ValuesOf<Tree[Key]>
}
type NameOf<Node, Key> = Node extends Setting<infer Name, infer _T> ? Name : Key

export type Config = ValuesOf<typeof settings>
