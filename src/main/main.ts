/**
 * The one executable. Which program it is, the name it was called by says, or the first argument. Composes the other
 * folders and does nothing else; each program is imported only when it is the one that runs.
 */

const programs = {
  // Whatever may still be waiting for something, a daemon that has stopped is gone.
  sysmond: async (args: readonly string[]) => process.exit(await (await import('./sysmond.ts')).runDaemon(args)),
  sysmon: async (args: readonly string[]) => (await import('./sysmon.ts')).runClient(args),
  /** Asks filesystems that may never answer, for the daemon; not for people. */
  '__mount-probe': async () => (await import('../platform/mount-probe.ts')).runMountProbe(),
} satisfies Record<string, (args: readonly string[]) => Promise<number>>

type Program = keyof typeof programs
const isProgram = (name: string): name is Program => Object.hasOwn(programs, name)

const calledAs = process.argv0.replace(/^.*[/\\]/, '').replace(/\.exe$/, '')
const [first = '', ...rest] = process.argv.slice(2)
const [program, args]: [Program, readonly string[]] =
  isProgram(first) && first !== 'sysmon'
    ? [first, rest]
    : isProgram(calledAs)
      ? [calledAs, process.argv.slice(2)]
      : first === 'sysmon'
        ? ['sysmon', rest]
        : ['sysmon', process.argv.slice(2)]

process.exitCode = await programs[program](args)

export {}
