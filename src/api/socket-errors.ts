import type { Socket } from 'node:net'
import { type Problem, problem, PROBLEM_TYPE } from './problem.js'

/** Answers what never becomes a request (bytes that are not HTTP, headers without end), and ends the connection. */
export function refuseConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const answer: Problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? problem('HEADERS_TOO_LARGE')
      : problem('MALFORMED', error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'it took too long to arrive' : 'not HTTP/1.1')
  const text = JSON.stringify(answer)
  socket.end(
    `HTTP/1.1 ${answer.status} Refused\r\nConnection: close\r\nContent-Type: ${PROBLEM_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}
