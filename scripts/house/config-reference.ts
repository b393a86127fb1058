import { plainDefault } from '../../src/config/init.ts'
import { settings } from '../../src/config/schema.ts'
import { type Leaf, leavesOf, variableOf } from '../../src/config/tree.ts'
import { table } from './metrics-reference.ts'

/** docs/config.md, from the declarations of the settings. */
export function configReference(): string {
  const rows = leavesOf(settings).map((leaf) => [
    `\`${leaf.key}\``,
    leaf.setting.kind.label,
    defaultOf(leaf),
    leaf.setting.help,
    leaf.setting.live ? 'at once' : 'at restart',
    [leaf.setting.flag, variableOf(leaf)].flatMap((name) => (name === undefined ? [] : [`\`${name}\``])).join(', '),
  ])
  return `${intro}\n\n${table(['Key', 'Value', 'Default', 'What it does', 'A reload applies it', 'Also set by'], rows)}\n`
}

function defaultOf(leaf: Leaf): string {
  const { initialText, kind } = leaf.setting
  return initialText ?? `\`${kind.format(plainDefault(leaf))}\``
}

const intro = `# Configuration
Generated from \`src/config/schema.ts\` by \`npm run docs\`: edit there, not here.

One file, YAML or JSON: \`--config FILE\`, else \`SYSMON_CONFIG\`, else \`/etc/sysmon/config.yaml\` as root and
\`~/.sysmon/config.yaml\` for everybody else (\`config.yml\` and \`config.json\` are found too). Without a file the defaults
hold. \`sysmon config init\` writes one with every setting explained, \`sysmon config check\` says what is wrong with it, line
and column, and \`sysmon config show\` what is in effect and where each value comes from.

A dot in a key is a group in the file: \`log.level\` is \`level\` under \`log\`. An option wins over the environment, the
environment over the file, the file over the default. SIGHUP makes the daemon read its file again; what can only change
with a restart it names and leaves.

Durations carry a unit (\`500ms\`, \`1s\`, \`15m\`, \`24h\`, \`30d\`, \`1y\`), and so do sizes (\`512MiB\`, \`2GB\`).`
