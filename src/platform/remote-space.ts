import { type FilesystemSpace, HostError } from './host.ts'
import { linesOf, type ProbeAnswer, type ProbeRequest } from './mount-probe.ts'

/**
 * Asks the space of filesystems that may never answer, through processes that may be lost (mount-probe.ts). One process
 * serves as long as all answer. One that does not is put aside, another serves the rest, and the mount that keeps it is
 * not asked again until the process could be ended: a dead mount costs one process at most, all of them together four.
 * Nothing here keeps the event loop alive, and no process is started before the first question.
 */
export interface RemoteSpace {
  /** Rejects with HostError: ETIMEDOUT when the mount did not answer, EBUSY when its turn did not come. */
  space(path: string, timeoutMs: number): Promise<FilesystemSpace>
  /** Ends the processes; open questions are rejected with ECANCELED. */
  close(): void
}

export interface RemoteSpaceOptions {
  /** Starts a mount probe. */
  readonly command: readonly string[]
  /** How long a mount that did not answer is left alone at least, milliseconds. */
  readonly retryAfterMs?: number
}

const mostProbes = 4
/** A probe busy for so long with one mount no longer holds up the others, milliseconds. */
const patienceMs = 500
/** Each try of a mount that is away may cost the start of a process and its memory for seconds. */
const defaultRetryAfterMs = 60_000

export function createRemoteSpace(options: RemoteSpaceOptions): RemoteSpace {
  const client = new RemoteSpaceClient(options.command, options.retryAfterMs ?? defaultRetryAfterMs)
  return { space: (path, timeoutMs) => client.space(path, timeoutMs), close: () => client.close() }
}

interface Question {
  readonly id: number
  readonly path: string
  readonly settle: (answer: FilesystemSpace | HostError) => void
}

interface Silence {
  readonly probe: Probe
  readonly untilMs: number
}

class RemoteSpaceClient {
  readonly #probes = new Set<Probe>()
  /** By path: asked or waiting for its turn. */
  readonly #open = new Map<string, Promise<FilesystemSpace>>()
  #waiting: Question[] = []
  /** By path: did not answer. */
  readonly #silent = new Map<string, Silence>()
  #lastId = 0
  #closed = false

  constructor(
    private readonly command: readonly string[],
    private readonly retryAfterMs: number,
  ) {}

  space(path: string, timeoutMs: number): Promise<FilesystemSpace> {
    if (this.#closed) return Promise.reject(new HostError('ECANCELED', path))
    const open = this.#open.get(path)
    if (open !== undefined) return open
    if (this.#isSilent(path)) return Promise.reject(timedOut(path))
    const promise = this.#question(path, timeoutMs)
    this.#open.set(path, promise)
    this.#serve()
    return promise
  }

  close(): void {
    this.#closed = true
    for (const question of this.#waiting) question.settle(new HostError('ECANCELED', question.path))
    this.#waiting = []
    for (const probe of this.#probes) {
      probe.question?.settle(new HostError('ECANCELED', probe.question.path))
      probe.end()
    }
  }

  #question(path: string, timeoutMs: number): Promise<FilesystemSpace> {
    const { promise, resolve, reject } = Promise.withResolvers<FilesystemSpace>()
    const question: Question = {
      id: ++this.#lastId,
      path,
      settle: (answer) => {
        clearTimeout(timer)
        this.#open.delete(path)
        if (answer instanceof HostError) reject(answer)
        else resolve(answer)
      },
    }
    const timer = setTimeout(() => this.#giveUp(question), timeoutMs)
    timer.unref()
    this.#waiting.push(question)
    return promise
  }

  /** While its probe could not be ended the mount is still away: when it returns, that probe ends at last. */
  #isSilent(path: string): boolean {
    const silence = this.#silent.get(path)
    if (silence === undefined) return false
    if (this.#probes.has(silence.probe) || performance.now() < silence.untilMs) return true
    this.#silent.delete(path)
    return false
  }

  /** Gives the next question to a probe that is free. A new one is started only when all others seem to hang. */
  #serve(): void {
    while (this.#waiting.length > 0 && !this.#closed) {
      const probes = [...this.#probes]
      const free = probes.find((probe) => probe.isFree)
      if (free === undefined && (probes.length >= mostProbes || probes.some((probe) => !probe.isSlow))) return
      const probe = free ?? this.#start()
      const question = probe === undefined ? undefined : this.#waiting.shift()
      if (probe === undefined || question === undefined) return
      probe.ask(question, patienceMs, () => this.#serve())
    }
  }

  #start(): Probe | undefined {
    try {
      const probe = new Probe(this.command, {
        onAnswer: () => this.#keepOneFree(),
        onExit: () => this.#ended(probe),
      })
      this.#probes.add(probe)
      return probe
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      for (const { path, settle } of this.#waiting) settle(new HostError('ECHILD', path, `no mount probe: ${why}`))
      this.#waiting = []
      return undefined
    }
  }

  #keepOneFree(): void {
    this.#serve()
    const [, ...spare] = [...this.#probes].filter((probe) => probe.isFree)
    for (const probe of spare) probe.end()
  }

  #ended(probe: Probe): void {
    this.#probes.delete(probe)
    const { question } = probe
    question?.settle(new HostError('ECHILD', question.path, `${question.path}: the mount probe ended`))
    this.#serve()
  }

  #giveUp(question: Question): void {
    const probe = [...this.#probes].find((each) => each.question === question)
    this.#waiting = this.#waiting.filter((each) => each !== question)
    if (probe === undefined) {
      const why = `${question.path}: not asked, ${mostProbes} other filesystems do not answer`
      question.settle(new HostError('EBUSY', question.path, why))
      return
    }
    this.#silent.set(question.path, { probe, untilMs: performance.now() + this.retryAfterMs })
    probe.end()
    question.settle(timedOut(question.path))
    this.#serve()
  }
}

const timedOut = (path: string): HostError =>
  new HostError('ETIMEDOUT', path, `${path}: the filesystem does not answer`)

interface ProbeEvents {
  readonly onAnswer: () => void
  readonly onExit: () => void
}

/** One process, busy with at most one question. */
class Probe {
  question: Question | undefined
  /** It has been busy with its question for longer than one needs. */
  isSlow = false
  #ending = false
  readonly #child: Bun.Subprocess<'pipe', 'pipe', 'ignore'>
  readonly #onAnswer: () => void

  constructor(command: readonly string[], { onAnswer, onExit }: ProbeEvents) {
    this.#onAnswer = onAnswer
    // In the root folder: it must hold no mount busy.
    this.#child = Bun.spawn([...command], { cwd: '/', stdin: 'pipe', stdout: 'pipe', stderr: 'ignore' })
    this.#child.unref()
    this.#read().catch(() => this.#child.kill('SIGKILL'))
    void this.#child.exited.then(onExit)
  }

  get isFree(): boolean {
    return this.question === undefined && !this.#ending
  }

  ask(question: Question, patience: number, onImpatient: () => void): void {
    this.question = question
    this.isSlow = false
    const timer = setTimeout(() => {
      if (this.question !== question) return
      this.isSlow = true
      onImpatient()
    }, patience)
    timer.unref()
    const request: ProbeRequest = { id: question.id, path: question.path }
    try {
      this.#child.stdin.write(`${JSON.stringify(request)}\n`)
      void this.#child.stdin.flush()
    } catch {
      // It has closed its input; its end settles the question.
      this.#child.kill('SIGKILL')
    }
  }

  /** It goes when the kernel lets it: from an uninterruptible call only when that returns. */
  end(): void {
    this.#ending = true
    this.isSlow = true
    this.question = undefined
    this.#child.kill('SIGKILL')
  }

  async #read(): Promise<void> {
    for await (const line of linesOf(this.#child.stdout)) {
      const answer = JSON.parse(line) as ProbeAnswer
      const { question } = this
      if (question === undefined || answer.id !== question.id) continue
      this.question = undefined
      question.settle('space' in answer ? answer.space : new HostError(answer.error.code, question.path))
      this.#onAnswer()
    }
  }
}
