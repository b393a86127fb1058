/**
 * The two text formats: Prometheus 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/) and OpenMetrics
 * 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/). Pure text; what the numbers are is known elsewhere.
 */

export type ExpositionFormat = 'text' | 'openmetrics'

export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

export interface Family {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'info'
  readonly help: string
  readonly unit?: string | undefined
}

/** The lines that say what the samples under them are. OpenMetrics names the family, 0.0.4 the sample. */
export function formatHead({ name, kind, help, unit }: Family, format: ExpositionFormat): string {
  if (format === 'openmetrics') {
    const unitLine = unit === undefined ? '' : `# UNIT ${name} ${unit}\n`
    return `# TYPE ${name} ${kind}\n${unitLine}# HELP ${name} ${escapeText(help).replaceAll('"', '\\"')}\n`
  }
  const sample = kind === 'counter' ? `${name}_total` : kind === 'info' ? `${name}_info` : name
  const known = kind === 'info' ? 'gauge' : kind
  return `# HELP ${sample} ${escapeText(help)}\n# TYPE ${sample} ${known}\n`
}

/** `name{label="value"}`. A label without a value is the same as none. */
export function formatSeries(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels)
    .filter(([, value]) => value !== '')
    .map(([label, value]) => `${label.replaceAll('.', '_')}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`
}

export const escapeLabel = (value: string): string => escapeText(value).replaceAll('"', '\\"')

/** Half of a pair of UTF-16 is no text in either format. */
const escapeText = (text: string): string => text.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

export function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}

/** OpenMetrics for who asks for it at least as much as for plain text; everybody else can read 0.0.4. */
export function negotiate(accept: string | undefined): ExpositionFormat {
  let best: { format: ExpositionFormat; quality: number } = { format: 'text', quality: 0 }
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const quality = Number(parameters.find((part) => part.startsWith('q='))?.slice(2) ?? 1)
    const version = parameters.find((part) => part.startsWith('version='))?.slice('version='.length)
    const isOpenMetrics = type === 'application/openmetrics-text' && (version === undefined || /^1\.0/.test(version))
    if (!isOpenMetrics && type !== 'text/plain') continue
    const isBetter = quality > best.quality || (quality === best.quality && quality > 0 && isOpenMetrics)
    if (isBetter) best = { format: isOpenMetrics ? 'openmetrics' : 'text', quality }
  }
  return best.format
}
