import type { CommandContext } from '../command.ts'
import { type Check, type CheckLevel, checkups } from '../doctor/checks.ts'
import { faint, type Style, span, type Text } from '../output/span.ts'

/** `sysmon doctor`: one line a check, with the cure where one is needed. Exit code 1 when a check fails. */
const styles: Readonly<Record<CheckLevel, Style>> = { ok: 'good', warn: 'warn', fail: 'bad' }

export async function run(context: CommandContext): Promise<number> {
  const { out, options } = context
  const checks = await checkups(context)
  const failed = checks.some(({ level }) => level === 'fail')
  if (options.flag('json')) out.json({ status: failed ? 'fail' : 'ok', checks })
  else for (const check of checks) for (const line of linesOf(check)) out.line(line)
  return failed ? 1 : 0
}

function linesOf({ level, name, what, cure }: Check): readonly Text[] {
  const line: Text = [span(styles[level], level.padEnd(6)), name.padEnd(16), what]
  return cure === undefined || level === 'ok' ? [line] : [line, [' '.repeat(22), faint('→ '), cure]]
}
