import path from 'node:path'
import { linesOf, readSource } from './source-text.ts'

/** Which folder of src/ may import from which. The flow runs one way; what is not listed is refused. */
const everyLayer = [
  'catalogue',
  'base',
  'frame',
  'platform',
  'collect',
  'derive',
  'store',
  'recorder',
  'query',
  'analyze',
  'rule',
  'config',
  'alert',
  'api',
  'exchange',
  'outward',
  'cli',
] as const
export const arrows: Readonly<Record<string, readonly string[]>> = {
  catalogue: [],
  base: [],
  frame: ['catalogue', 'base'],
  platform: ['catalogue', 'frame', 'base'],
  collect: ['catalogue', 'frame', 'platform', 'base'],
  derive: ['catalogue', 'frame', 'base'],
  store: ['catalogue', 'frame', 'base', 'derive'],
  recorder: ['catalogue', 'frame', 'base'],
  // The contract is types only: the shapes in which answers leave.
  query: ['catalogue', 'frame', 'derive', 'store', 'recorder', 'base', 'api/contract.ts'],
  // Judges the record; its contracts are the shapes in which its answers leave.
  analyze: [
    'catalogue',
    'frame',
    'derive',
    'store',
    'recorder',
    'query',
    'base',
    'api/contract.ts',
    'api/explain-contract.ts',
    'api/anomaly-contract.ts',
    'api/forecast-contract.ts',
  ],
  // The language of alert rules: what one can say, and every mistake in it.
  rule: ['catalogue', 'base'],
  config: ['catalogue', 'base', 'rule'],
  alert: [
    'catalogue',
    'frame',
    'derive',
    'store',
    'query',
    'analyze',
    'rule',
    'config',
    'base',
    'api/alert-contract.ts',
  ],
  exchange: [
    'catalogue',
    'frame',
    'derive',
    'store',
    'recorder',
    'query',
    'base',
    'api/contract.ts',
    'api/exchange-contract.ts',
    'api/exposition/names.ts',
  ],
  outward: ['catalogue', 'frame', 'derive', 'query', 'base', 'config', 'api/contract.ts', 'api/exposition/names.ts'],
  api: [
    'catalogue',
    'frame',
    'platform',
    'collect',
    'derive',
    'store',
    'recorder',
    'query',
    'analyze',
    'rule',
    'alert/alert-error.ts',
    'config',
    'base',
  ],
  // `sysmon config check|show|init` work without a daemon, as does `sysmon anomalies --file`.
  cli: [
    'catalogue',
    'base',
    'config',
    'analyze/anomaly/scored-lines.ts',
    'api/contract.ts',
    'api/anomaly-contract.ts',
    'api/forecast-contract.ts',
    'api/explain-contract.ts',
    'api/exchange-contract.ts',
    'api/alert-contract.ts',
    'api/client.ts',
  ],
  main: everyLayer,
  // Files that are a layer of their own: other folders may import them, so they import less than their folder may.
  'api/contract.ts': ['catalogue'],
  'api/exchange-contract.ts': [],
  'api/exposition/names.ts': ['catalogue'],
  'api/live-contract.ts': ['api/contract.ts'],
  'api/alert-contract.ts': [],
  'alert/alert-error.ts': [],
  'api/explain-contract.ts': [],
  'api/anomaly-contract.ts': [],
  'api/forecast-contract.ts': [],
  'analyze/anomaly/scored-lines.ts': ['analyze/anomaly/csv-line.ts', 'analyze/anomaly/detector.ts'],
  'api/client.ts': [
    'base',
    'api/anomaly-contract.ts',
    'api/forecast-contract.ts',
    'api/contract.ts',
    'api/explain-contract.ts',
    'api/alert-contract.ts',
  ],
  dashboard: [
    'api/contract.ts',
    'api/live-contract.ts',
    'api/explain-contract.ts',
    'api/alert-contract.ts',
    'api/anomaly-contract.ts',
    'api/forecast-contract.ts',
  ],
}

/** Folders that run anywhere: nothing of Bun or Node, nothing of a screen. */
export const neutralLayers: readonly string[] = ['catalogue', 'frame', 'derive']

export interface Ban {
  readonly what: string
  readonly why: string
  /** On code, comments and strings blanked. */
  readonly code?: RegExp
  /** On the whole content of a string literal. */
  readonly string?: RegExp
  /** On the name of an imported module. */
  readonly module?: RegExp
  /** Folders or files of src/ where it is at home. */
  readonly allowed: readonly string[]
}

const clock = 'take a Clock (base/clock.ts), so that a test decides what time it is'
export const bans: readonly Ban[] = [
  {
    what: 'process.platform',
    why: 'only platform/ knows an operating system',
    code: /\bprocess\.(?:platform|arch)\b/,
    allowed: ['platform'],
  },
  {
    what: "a path under '/proc' or '/sys'",
    why: 'only platform/ knows where the kernel keeps things, and through the injected roots',
    string: /^\/(?:proc|sys)(?:\/|$)/,
    // The catalogue names the kernel's files as the source of each number, for people.
    allowed: ['platform', 'catalogue'],
  },
  {
    what: 'a child process',
    why: 'sysmon starts no programs; the one exception lives in platform/',
    module: /^(?:node:)?child_process$/,
    code: /\bBun\.(?:spawn|spawnSync|\$)/,
    allowed: ['platform'],
  },
  {
    what: 'a connection',
    why: 'sysmon calls nobody that its user did not name; the client of our own API is the one that connects',
    module: /^(?:node:)?(?:net|http|https|http2|tls|dgram|dns)(?:\/|$)/,
    code: /\bfetch\(|\bBun\.(?:connect|udpSocket|dns)\b|\bnew WebSocket\b/,
    // alert/channel: to receivers of notifications, which the config names.
    allowed: ['alert/channel', 'outward/delivery.ts', 'api/client.ts', 'dashboard/browser.ts', 'platform'],
  },
  {
    what: 'Date.now',
    why: clock,
    code: /\bDate\.now\b|\bnew Date\(\s*\)/,
    allowed: ['base/clock.ts', 'dashboard/browser.ts', 'platform', 'main'],
  },
  {
    what: 'performance.now',
    why: clock,
    code: /\bperformance\.now\b|\bBun\.nanoseconds\b|\bprocess\.hrtime\b/,
    allowed: ['base/clock.ts', 'dashboard/browser.ts', 'platform', 'main'],
  },
  {
    what: 'a timer',
    why: clock,
    code: /\b(?:setTimeout|setInterval)\b|\bBun\.sleep/,
    allowed: ['base/clock.ts', 'dashboard/browser.ts', 'platform', 'main'],
  },
]

/** Where a ban is lifted for one file, and why. */
export interface Exception {
  readonly file: string
  readonly what: string
  readonly reason: string
}
export const exceptions: readonly Exception[] = []

export interface Violation {
  readonly file: string
  readonly line: number
  readonly message: string
}

/** `file` is relative to the repository root, with forward slashes. */
export function checkFile(file: string, source: string, lifted: readonly Exception[] = exceptions): Violation[] {
  const parts = file.split('/')
  const layer = parts[1]
  if (parts[0] !== 'src' || layer === undefined) return []
  const text = readSource(source)
  const isTest = file.endsWith('.test.ts')
  const found = text.imports.flatMap(({ text: module, line }) =>
    importProblems(file, layer, module, isTest).map((message) => ({ file, line, message })),
  )
  if (isTest) return found
  const relative = parts.slice(1).join('/')
  for (const ban of bans) {
    if (ban.allowed.some((place) => relative === place || relative.startsWith(`${place}/`))) continue
    if (lifted.some((exception) => exception.file === file && exception.what === ban.what)) continue
    for (const line of banned(ban, text)) found.push({ file, line, message: `${ban.what}: ${ban.why}` })
  }
  return found
}

function importProblems(file: string, layer: string, module: string, isTest: boolean): string[] {
  if (!module.startsWith('.')) return isTest ? [] : packageProblems(layer, module)
  const target = path.posix.join(path.posix.dirname(file), module)
  if (target === 'package.json') return []
  const [top, targetLayer = '', ...rest] = target.split('/')
  if (top !== 'src') return isTest ? [] : [`imports ${target}: src/ imports only from src/`]
  const own = file.slice('src/'.length)
  const isLayer = arrows[own] !== undefined
  if (targetLayer === layer && !isLayer) return []
  if (isTest) return targetLayer === 'main' ? [`imports ${target}: main composes, nobody imports it`] : []
  const allowed = isLayer ? arrows[own] : arrows[layer]
  if (allowed === undefined) return [`src/${layer} has no entry in scripts/house/arrows.ts`]
  if (allowed.includes(targetLayer) || allowed.includes([targetLayer, ...rest].join('/'))) return []
  const from = isLayer ? own : layer
  const list = allowed.length === 0 ? 'nothing' : allowed.join(', ')
  return [`${from} → ${[targetLayer, ...rest].join('/')} goes against the flow: ${from} may import ${list}`]
}

function packageProblems(layer: string, module: string): string[] {
  if (!neutralLayers.includes(layer) || !/^(?:node:|bun(?::|$))/.test(module)) return []
  return [`imports ${module}: ${layer} is neutral and runs anywhere`]
}

function banned(ban: Ban, text: ReturnType<typeof readSource>): number[] {
  const lines = ban.code === undefined ? [] : linesOf(text.code, ban.code)
  if (ban.string !== undefined)
    for (const { text: content, line } of text.strings) if (ban.string.test(content)) lines.push(line)
  if (ban.module !== undefined)
    for (const { text: content, line } of text.imports) if (ban.module.test(content)) lines.push(line)
  return lines
}
