import { connect, type Socket } from 'node:net'

interface Reply {
  readonly result?: string | null
  readonly error?: string | null
}

/** A daemon's control socket, as ovs-appctl uses it, kept open: a command costs no process. */
export class UnixCtl {
  readonly #socket: Socket
  #text = ''
  readonly #waiting: ((reply: Reply) => void)[] = []

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text
      this.#take()
    })
    socket.on('close', () => {
      for (const done of this.#waiting.splice(0)) done({ error: 'the control socket closed' })
    })
    socket.on('error', () => socket.destroy())
  }

  static open(path: string): Promise<UnixCtl> {
    return new Promise((resolve, reject) => {
      const socket = connect(path)
      socket.once('error', reject)
      socket.once('connect', () => {
        resolve(new UnixCtl(socket))
      })
    })
  }

  /** The command's answer. @throws when it fails */
  async call(method: string, ...params: string[]): Promise<string> {
    if (this.#socket.destroyed) throw new Error('the control socket closed')
    const reply = await new Promise<Reply>((resolve) => {
      this.#waiting.push(resolve)
      this.#socket.write(JSON.stringify({ id: 0, method, params }))
    })
    if (typeof reply.error === 'string') throw new Error(reply.error)
    return reply.result ?? ''
  }

  close(): void {
    this.#socket.destroy()
  }

  /** Replies come one after the other without anything between them. */
  #take(): void {
    for (;;) {
      const end = endOfObject(this.#text)
      if (end < 0) return
      const reply = JSON.parse(this.#text.slice(0, end)) as Reply
      this.#text = this.#text.slice(end).trimStart()
      this.#waiting.shift()?.(reply)
    }
  }
}

/** Where the JSON object at the beginning of a text ends; -1 when it does not. */
function endOfObject(text: string): number {
  let depth = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (quoted) {
      if (char === '\\') i++
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === '{') depth++
    else if (char === '}' && --depth === 0) return i + 1
  }
  return -1
}
