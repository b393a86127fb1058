import type { HostFacts, ProcessesResponse } from '../../api/contract.ts'
import type { ServerMessage, Subscribe } from '../../api/live-contract.ts'
import { after, type Cancel, openSocket } from '../browser.ts'
import { readJson } from '../format/visible.ts'
import { applyCurrent, applyDelta, applySnapshot, type LiveState } from '../state/live.ts'
import { api, Refusal } from './api.ts'
import { createCell } from './cell.ts'

/**
 * The live state of the machine: over the stream where there is one, else by polling once a second, which is also what
 * goes on while the stream is being opened again. Charts fill what was missed from the history.
 */
export type Link = 'connecting' | 'stream' | 'polling' | 'offline' | 'denied'

export const live = createCell<LiveState | undefined>(undefined)
export const link = createCell<Link>('connecting')
export const host = createCell<HostFacts | undefined>(undefined)
/** Top processes of the newest tick, or all of them while somebody looks at all. */
export const processes = createCell<ProcessesResponse | undefined>(undefined)

const pollMs = 1000
/** The table is polled less often: the daemon allows 100 requests a minute by default. */
const processPolls = 3
const firstRetryMs = 1000
const longestRetryMs = 15_000
/** Who says nothing for so long, or for so many ticks, is as good as gone, even if the connection stands. */
const silenceMs = 10_000
const silentTicks = 3
/** Subscriptions are heard once a second. */
const heardAgainMs = 1100
/** While polling works, the stream is tried again this often. */
const streamRetryMs = 30_000
export const topLimit = 20

let socket: WebSocket | undefined
let isWantingAll = false
let retryMs = firstRetryMs
let polls = 0
let cancelPoll: Cancel | undefined
let cancelStream: Cancel | undefined
let cancelSilence: Cancel | undefined

export function startFeed(): void {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && link.get() === 'offline') poll()
  })
  // The stream is opened once somebody has answered: a browser that is not logged in is refused once, not twice.
  poll()
}

/** The whole process table instead of its top, as long as a page shows it. */
export function wantAllProcesses(isWanted: boolean): void {
  isWantingAll = isWanted
  polls = 0
  subscribe()
}

function subscribe(): void {
  if (socket?.readyState !== WebSocket.OPEN) return
  const since = live.get()?.seq
  const message: Subscribe = {
    type: 'subscribe',
    processes: isWantingAll ? {} : { limit: topLimit, sort: 'cpu' },
    ...(since === undefined ? {} : { since }),
  }
  socket.send(JSON.stringify(message))
}

function openStream(): void {
  cancelStream?.()
  const opened = openSocket('/ws/metrics')
  socket = opened
  opened.onopen = subscribe
  opened.onmessage = ({ data }) => receive(readJson<ServerMessage>(String(data)))
  opened.onclose = () => lost(opened)
}

function lost(closed: WebSocket): void {
  if (socket !== closed) return
  socket = undefined
  cancelSilence?.()
  cancelStream = after(streamRetryMs, openStream)
  if (link.get() !== 'stream') return
  // What a poll says counts again.
  link.set('connecting')
  retryMs = firstRetryMs
  poll()
}

/** A connection that is dead without a word, or a daemon that hangs, is told from a quiet one. */
function awaitMore(elapsedSeconds: number): void {
  cancelSilence?.()
  const waiting = socket
  cancelSilence = after(Math.max(silenceMs, silentTicks * elapsedSeconds * 1000), () => {
    if (waiting === undefined) return
    waiting.close()
    lost(waiting)
  })
}

function receive(message: ServerMessage): void {
  if (message.type === 'problem') {
    if (message.code === 'too_many_messages') after(heardAgainMs, subscribe)
    return
  }
  if (message.type === 'processes') {
    processes.set(message)
    return
  }
  awaitMore(message.elapsedSeconds)
  const before = live.get()
  const next =
    message.type === 'snapshot'
      ? applySnapshot(before, message)
      : before === undefined
        ? undefined
        : applyDelta(before, message)
  if (next === undefined) {
    subscribe()
    return
  }
  cancelPoll?.()
  link.set('stream')
  publish(next)
}

function publish(next: LiveState): void {
  if (next.host !== undefined && next.host.bootId !== host.get()?.bootId) host.set(next.host)
  live.set(next)
}

async function pollOnce(): Promise<void> {
  const answer = await api.current()
  if (link.get() === 'stream') return
  publish(applyCurrent(live.get(), answer))
  if (link.get() !== 'polling') openStream()
  link.set('polling')
  if (polls++ % processPolls === 0)
    processes.set(await api.processes(isWantingAll ? {} : { sort: 'cpu', limit: topLimit }))
}

function poll(): void {
  cancelPoll?.()
  pollOnce()
    .then(() => {
      retryMs = firstRetryMs
      if (link.get() !== 'stream') cancelPoll = after(pollMs, poll)
    })
    .catch((error: unknown) => {
      if (link.get() === 'stream') return
      const isRefused = error instanceof Refusal
      if (isRefused && error.status === 401) return link.set('denied')
      const isBusy = isRefused && error.status === 429
      if (!isBusy) link.set('offline')
      cancelPoll = after(isBusy ? (error.retryMs ?? longestRetryMs) : retryMs, poll)
      retryMs = Math.min(retryMs * 2, longestRetryMs)
    })
}
