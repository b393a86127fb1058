import { sanitizeText } from '../base/text.ts'

/**
 * Texts with holes: `{{labels.mountpoint}} is {{value}} full`. A hole is a name from a short list and nothing else: no
 * logic, no code, so that a rule somebody wrote can never do more than say something.
 */
export const templateNames = ['rule', 'host', 'severity', 'state', 'value', 'level', 'labels', 'since'] as const
const hole = /\{\{\s*([^{}]*?)\s*\}\}/g
/** Of the filled text, characters. */
const longest = 1000

/** `undefined`: it can be filled. */
export function templateProblem(template: string): string | undefined {
  for (const [, name = ''] of template.matchAll(hole)) {
    const isKnown = (templateNames as readonly string[]).includes(name) || /^labels\.[a-z_]\w*$/.test(name)
    if (!isKnown) return `there is no {{${name}}}: there are ${templateNames.join(', ')} and labels.NAME`
  }
  return undefined
}

/** What stands in the holes may come from anywhere (a label is a mount point), so it is made safe. */
export function fillTemplate(
  template: string,
  facts: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): string {
  const text = template.replace(hole, (_, name: string) => {
    if (name === 'labels') return labelText(labels)
    const label = /^labels\.(.*)$/.exec(name)?.[1]
    return sanitizeText((label === undefined ? facts[name] : labels[label]) ?? '')
  })
  const plain = text.replaceAll(/ {2,}/g, ' ').replace(/:\s*$/, '').trim()
  return plain.length > longest ? `${plain.slice(0, longest - 1)}…` : plain
}

/** `sda read`: values say it; names only where a value alone would not. */
export const labelText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => (/^\d+$/.test(value) ? `${name} ${value}` : sanitizeText(value)))
    .join(' ')
