import { connect } from 'node:net'
import { LabError } from './errors.js'

const maxReply = 64 * 1024 * 1024

/**
 * One command to a daemon's control socket: what ovs-appctl does, without a process.
 * The protocol is JSON-RPC 1.0, `result` and `error` are strings; see ovs-appctl(8).
 */
export function unixctl(path: string, method: string, params: readonly string[], timeout = 30_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path })
    const fail = (reason: string): void => {
      socket.destroy()
      reject(new LabError('LAB_COMMAND_FAILED', `${method} at ${path}: ${reason}`))
    }
    let text = ''
    socket.setEncoding('utf8')
    socket.setTimeout(timeout, () => { fail(`no answer within ${timeout} ms`) })
    socket.on('error', (error) => { fail(error.message) })
    socket.on('close', () => { fail('connection closed before the answer') })
    socket.on('data', (chunk: string) => {
      text += chunk
      const reply = parseReply(text)
      if (reply?.error === null) {
        socket.destroy()
        resolve(reply.result ?? '')
      } else if (reply) {
        fail(reply.error.trim())
      } else if (text.length > maxReply) {
        fail('answer too long')
      }
    })
    socket.write(JSON.stringify({ id: 0, method, params }))
  })
}

interface Reply {
  readonly result: string | null
  readonly error: string | null
}

/** The one reply, or undefined while it is not complete. */
function parseReply(text: string): Reply | undefined {
  if (!text.trimEnd().endsWith('}')) return undefined
  try {
    return JSON.parse(text) as Reply
  } catch {
    return undefined
  }
}
