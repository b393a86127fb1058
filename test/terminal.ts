import type { CliIo } from '../src/cli/io.ts'

/** A terminal or pipe for tests of the command line: what was written is kept, what time it is the test decides. */
export interface TestTerminal extends CliIo {
  readonly written: { stdout: string; stderr: string }
  interrupt(): void
}

export interface TestTerminalOptions {
  readonly isTty?: boolean
  readonly columns?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
  readonly nowMs?: number
  readonly zone?: string
  readonly home?: string
  /** Answers to questions, in turn; none left: nobody can answer. */
  readonly answers?: readonly string[]
  /** Called instead of waiting. */
  readonly onSleep?: (ms: number) => void | Promise<void>
}

export function testTerminal(options: TestTerminalOptions = {}): TestTerminal {
  const written = { stdout: '', stderr: '' }
  const interruption = new AbortController()
  const answers = [...(options.answers ?? [])]
  const answer = async (question: string): Promise<string | undefined> => {
    written.stderr += question
    return answers.shift()
  }
  return {
    written,
    interrupt: () => interruption.abort(),
    stdout: keeping(written, 'stdout'),
    stderr: keeping(written, 'stderr'),
    isTty: options.isTty ?? false,
    columns: options.columns,
    rows: options.rows ?? 24,
    env: options.env ?? {},
    now: () => options.nowMs ?? 0,
    zone: options.zone ?? 'UTC',
    home: options.home ?? '/nonexistent',
    cwd: '/',
    isRoot: false,
    version: '1.2.3',
    interrupted: interruption.signal,
    ask: answer,
    askSecret: answer,
    sleep: async (ms) => await options.onSleep?.(ms),
  }
}

const keeping = (written: TestTerminal['written'], stream: 'stdout' | 'stderr'): CliIo['stdout'] => ({
  write(text) {
    written[stream] += text
  },
  writeBytes(bytes) {
    written[stream] += new TextDecoder().decode(bytes)
  },
})
