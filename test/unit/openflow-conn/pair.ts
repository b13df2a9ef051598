import { once } from 'node:events'
import { duplexPair, type Duplex } from 'node:stream'
import { Connection, type ConnectionOptions, decodeMessage, Framer, type Message } from 'openflow-ts'

/** A connection in memory, both its ends. */
export async function connectionPair(
  options: ConnectionOptions = {},
  peerOptions: ConnectionOptions = options,
): Promise<{ connection: Connection; peer: Connection; ends: readonly [Duplex, Duplex] }> {
  const ends = duplexPair()
  const [connection, peer] = await Promise.all([
    Connection.accept(ends[0], options),
    Connection.accept(ends[1], peerOptions),
  ])
  return { connection, peer, ends }
}

/** A connection whose other end is bytes, after the hellos. */
export async function rawPair(
  hello: Buffer,
  options: ConnectionOptions = {},
): Promise<{ connection: Connection; raw: Duplex }> {
  const [end, raw] = duplexPair()
  raw.write(hello)
  const connection = await Connection.accept(end, options)
  return { connection, raw }
}

/** The messages that come out of a stream, one after the other. */
export class Tap {
  readonly #stream: Duplex
  readonly #messages: Message[] = []

  constructor(stream: Duplex) {
    this.#stream = stream
    const framer = new Framer(0xffff)
    stream.on('data', (chunk: Buffer) => {
      for (const bytes of framer.push(chunk)) this.#messages.push(decodeMessage(bytes))
    })
  }

  async next(): Promise<Message> {
    for (;;) {
      const message = this.#messages.shift()
      if (message !== undefined) return message
      await once(this.#stream, 'data')
    }
  }
}

/** Answers barriers and bundles as a switch does; `refuse` says which messages of a bundle fail, and how. */
export function actAsSwitch(
  peer: Connection,
  refuse: (message: Message) => string | undefined = () => undefined,
): void {
  peer.on('message', (message) => {
    const xid = message.xid ?? 0
    if (message.type === 'BARRIER_REQUEST') peer.send({ type: 'BARRIER_REPLY', xid })
    if (message.type === 'BUNDLE_CONTROL') {
      const control = String(message.control).replace('request', 'reply') as typeof message.control
      peer.send({ type: 'BUNDLE_CONTROL', bundle_id: message.bundle_id, control, flags: message.flags ?? [], xid })
    }
    if (message.type === 'BUNDLE_ADD_MESSAGE') {
      const error = refuse(message.message as Message)
      if (error !== undefined) peer.send({ type: 'ERROR', error: error as never, data: new Uint8Array(), xid })
    }
  })
}
