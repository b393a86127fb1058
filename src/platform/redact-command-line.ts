/**
 * Takes secrets out of command lines before they are stored or shown (R10). Knows the usual ways of passing one; a
 * secret given in a way that nobody else uses cannot be told from any other word.
 */
const mask = '***'

/** Option and variable names whose value is a secret, without leading dashes. */
const secretName =
  /(?:(?:pass(?:word|wd|phrase)|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|client[-_]?secret|session[-_]?key|license[-_]?key|encryption[-_]?key)|(?:^|[-_.])(?:pass|pwd|passcode|credentials?|auth(?:orization)?|bearer|cookie))$/i
/** Words with their own meaning where the name above would match but the value is no secret. */
const harmlessName = /(?:file|path|dir|type|method|url|mode|prompt|policy|length|ttl|timeout|id)$/i

/** Tokens that tell what they are by their form. */
const tokenForms: readonly RegExp[] = [
  /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bglpat-[A-Za-z0-9_-]{16,}/g,
  /\bxox[abeprs]-[A-Za-z0-9-]{10,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bsk-[A-Za-z0-9_-]{20,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*/g,
]
const urlPassword = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s/:@]*):([^\s/@]+)@/gi
const urlParameter =
  /([?&](?:[\w.-]*(?:token|secret|passw(?:or)?d|api[-_]?key|signature|sig|access[-_]?key))=)[^&\s#]+/gi
const headerValue = /^((?:proxy-)?authorization|x-api-key|x-auth-token|cookie)\s*:\s*.+$/i

/** Programs that take the password stuck to `-p`. */
const shortPassword = /^(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|mariadb-admin|sshpass)$/

export function redactArguments(args: readonly string[]): string[] {
  const program = (args[0] ?? '').replace(/^.*[\\/]/, '').replace(/\.exe$/i, '')
  const redacted: string[] = []
  let nextIsSecret = false
  for (const [index, argument] of args.entries()) {
    const isOption = argument.startsWith('-')
    if (nextIsSecret && !isOption) {
      redacted.push(mask)
      nextIsSecret = false
      continue
    }
    nextIsSecret = index > 0 && expectsSecret(argument)
    redacted.push(index === 0 ? redactForms(argument) : redactArgument(argument, program))
  }
  return redacted
}

/** `--password`, `-token`, `--header` are followed by their value. */
function expectsSecret(argument: string): boolean {
  const name = /^--?([A-Za-z][\w.-]*)$/.exec(argument)?.[1]
  return name !== undefined && isSecretName(name) && name.length > 2
}

function redactArgument(argument: string, program: string): string {
  const header = headerValue.exec(argument)
  if (header !== null) return `${header[1]}: ${mask}`
  const assignment = /^(-D|-e|\/|-{0,2})([A-Za-z_][\w.-]*)([=:])(.+)$/s.exec(argument)
  if (assignment !== null && isSecretName(assignment[2] as string) && !(assignment[4] as string).startsWith('//')) {
    return `${assignment[1]}${assignment[2]}${assignment[3]}${mask}`
  }
  if (shortPassword.test(program) && /^-p./.test(argument)) return `-p${mask}`
  return redactForms(argument)
}

const isSecretName = (name: string): boolean => secretName.test(name) && !harmlessName.test(name)

/** Secrets that stand inside a longer word. */
export function redactForms(text: string): string {
  let clean = text
  if (clean.includes('://')) clean = clean.replace(urlPassword, `$1$2:${mask}@`)
  if (clean.includes('=')) clean = clean.replace(urlParameter, `$1${mask}`)
  if (clean.length >= 20) for (const form of tokenForms) clean = clean.replace(form, mask)
  return redactInner(clean)
}

/** `sh -c "… --password=x … PGPASSWORD=y …"`: one argument that holds a whole command. */
const innerAssignment = /(^|[\s;&|'"])((?:--?)?[A-Za-z_][\w.-]*)=("[^"]*"|'[^']*'|[^\s;&|'"]+)/g
const innerOption = /(^|\s)(--?[A-Za-z][\w-]*)\s+([^\s-][^\s;&|'"]*)/g
function redactInner(text: string): string {
  if (!text.includes(' ')) return text
  return text
    .replace(innerAssignment, (whole, before: string, name: string) =>
      isSecretName(name.replace(/^-+/, '')) ? `${before}${name}=${mask}` : whole,
    )
    .replace(innerOption, (whole, before: string, name: string) =>
      expectsSecret(name) ? `${before}${name} ${mask}` : whole,
    )
}
