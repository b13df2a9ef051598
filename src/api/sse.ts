import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from './problem.js'

/** Server-sent events, as every stream of this API sends them. */

/** Keeps connections through middleboxes. */
export const HEARTBEAT_MS = 15_000

export function startEventStream(reply: FastifyReply, stream: Readable): FastifyReply {
  return reply
    .header('content-type', 'text/event-stream')
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no')
    .send(stream)
}

/** Where a reader that was cut off wants to go on. */
export function lastEventId(request: FastifyRequest): number | undefined {
  const text = request.headers['last-event-id']
  if (text === undefined || text === '') return undefined
  const id = typeof text === 'string' && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined
  if (id !== undefined) return id
  const detail = 'must be the id of an event'
  throw new ApiError('INVALID', `header Last-Event-ID: ${detail}`, [{ header: 'Last-Event-ID', detail }])
}

export function serverSentEvent(name: string, data: unknown, id?: number): string {
  return `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
}
