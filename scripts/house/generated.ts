import { cliReference } from '../docs-cli.ts'
import { apiReference } from './api-reference.ts'
import { configReference } from './config-reference.ts'
import { liveProtocol, liveProtocolFile } from './live-protocol.ts'
import { metricsReference } from './metrics-reference.ts'
import { trapsReference } from './traps.ts'

/** Files that are written by `npm run docs` and never by hand, with what writes them. */
export const generated: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/metrics.md': metricsReference,
  'docs/api.md': apiReference,
  'docs/cli.md': cliReference,
  'docs/config.md': configReference,
  [liveProtocolFile]: liveProtocol,
  'docs/traps.md': trapsReference,
}
