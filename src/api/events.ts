import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HeddleError } from '../model/errors.js'
import type { EventSource, HostEvent, NumberedEvent } from '../hosts/events.js'
import type { ApiContext } from './context.js'
import { readQuery } from './params.js'
import { API_PREFIX } from './routes.js'
import { HEARTBEAT_MS, lastEventId, serverSentEvent, startEventStream } from './sse.js'

/** What happened on the hosts: a list of the newest, or a stream of what comes. */
export function registerEvents(app: FastifyInstance, context: ApiContext): void {
  app.get(`${API_PREFIX}/events`, (request, reply) => {
    const { tenant, host, watch } = readQuery(request.query, ['tenant', 'host', 'watch'])
    const isMeant = (event: HostEvent): boolean =>
      (host === undefined || event.host === host) && (tenant === undefined || event.tenant === tenant)
    if (watch === true && request.method !== 'HEAD') return openStream(context, isMeant, request, reply)
    const { events } = context.status
    return { kind: 'EventList', items: events.since(0).filter(isMeant), metadata: { last: events.last } }
  })
}

function openStream(
  { status, closing }: ApiContext,
  isMeant: (event: HostEvent) => boolean,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { events } = status
  const after = lastEventId(request) ?? events.last
  if (after > events.last || after + 1 < events.first) {
    throw new HeddleError('COMPACTED', `event ${after} is not kept: the events from ${events.first} to ${events.last} are`)
  }
  return startEventStream(reply, new EventStream(events, after, isMeant, closing))
}

/** Longest queue of a slow reader; then its stream ends, and it resumes by `Last-Event-ID`. */
const MAX_QUEUED = 1_000

class EventStream extends Readable {
  readonly #queue: NumberedEvent[]
  readonly #endWatch: () => void
  readonly #heartbeat: NodeJS.Timeout
  readonly #closing: AbortSignal
  readonly #onClosing = (): void => {
    this.destroy()
  }
  #wanted = false

  constructor(events: EventSource, after: number, isMeant: (event: HostEvent) => boolean, closing: AbortSignal) {
    super({ encoding: 'utf8' })
    this.#queue = events.since(after).filter(isMeant)
    this.#endWatch = events.subscribe((event) => {
      if (!isMeant(event)) return
      if (this.#queue.length >= MAX_QUEUED) this.push(null)
      else this.#queue.push(event)
      this.#fill()
    })
    this.#heartbeat = setInterval(() => {
      if (this.#wanted) this.#wanted = this.push(':\n\n')
    }, HEARTBEAT_MS).unref()
    this.#closing = closing
    closing.addEventListener('abort', this.#onClosing, { once: true })
  }

  override _read(): void {
    this.#wanted = true
    this.#fill()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#endWatch()
    clearInterval(this.#heartbeat)
    this.#closing.removeEventListener('abort', this.#onClosing)
    done(error)
  }

  #fill(): void {
    while (this.#wanted) {
      const event = this.#queue.shift()
      if (event === undefined) return
      this.#wanted = this.push(serverSentEvent(event.type, event, event.id))
    }
  }
}
