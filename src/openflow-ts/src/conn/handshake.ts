import type { Duplex } from 'node:stream'
import { DecodeError } from '../errors.js'
import { decodeMessage, encodeMessage, type Message, type MessageOf } from '../messages/index.js'
import { OF15, type OfVersion, VERSION_NAMES } from '../version.js'
import { ConnectionClosedError, HandshakeError } from './errors.js'
import { Framer } from './framer.js'
import type { Settings } from './options.js'

/** What the handshake leaves to the connection; the socket is paused. */
export interface Agreed {
  readonly version: OfVersion
  readonly framer: Framer
  /** Messages that came right behind the hello. */
  readonly early: readonly Buffer[]
}

/** Bit n of the first bitmap word for each version n. */
const bitmapOf = (versions: readonly number[]): number =>
  versions.reduce((bits, version) => bits | (1 << version), 0) >>> 0

const highest = (versions: readonly OfVersion[]): OfVersion =>
  versions.reduce<OfVersion>((best, version) => (version > best ? version : best), versions[0] ?? OF15)

/** The hello that offers `versions`. */
export const helloOf = (versions: readonly OfVersion[]): MessageOf<'HELLO'> => ({
  type: 'HELLO',
  bitmaps: [bitmapOf(versions)],
})

/** The version that both have, by the bitmap where the peer sent one, else by the lower of the highest. */
function agreeOn(versions: readonly OfVersion[], peer: MessageOf<'HELLO'>): OfVersion | undefined {
  // Bit 0 stands for no version; a bitmap without any other says nothing.
  const offered = (peer.bitmaps?.[0] ?? 0) & ~1
  if (offered !== 0) {
    const common = versions.filter((version) => (offered & (1 << version)) !== 0)
    return common.length === 0 ? undefined : highest(common)
  }
  const lower = Math.min(peer.version ?? 0, highest(versions))
  return versions.find((version) => version === lower)
}

function names(versions: readonly OfVersion[]): string {
  return versions.map((version) => VERSION_NAMES[version]).join(', ')
}

/** Exchanges hellos on a fresh stream, which a failure destroys. @throws HandshakeError, ConnectionClosedError */
export async function shakeHands(socket: Duplex, settings: Settings, signal?: AbortSignal): Promise<Agreed> {
  const { versions } = settings
  if (versions.length === 0) throw new HandshakeError('no version to offer')
  const own = highest(versions)
  try {
    const greeting = encodeMessage(helloOf(versions), own, 1)
    const { hello, framer, early } = await firstMessage(socket, settings, greeting, signal)
    const version = agreeOn(versions, hello)
    if (version !== undefined) return { version, framer, early }
    const theirs = hello.bitmaps?.[0] ?? bitmapOf([hello.version ?? 0])
    const what = `we speak ${names(versions)}, the peer's versions are 0x${theirs.toString(16)}`
    refuse(socket, own, what, hello.xid ?? 0)
    throw new HandshakeError(`no version in common: ${what}`)
  } catch (error) {
    // After an answer the stream is ended, not cut, so that the peer gets to read it.
    if (socket.writableEnded) socket.once('finish', () => socket.destroy())
    else socket.destroy()
    throw error
  }
}

function refuse(socket: Duplex, version: OfVersion, what: string, xid: number): void {
  const message: Message = { type: 'ERROR', error: 'OFPHFC_INCOMPATIBLE', data: Buffer.from(what) }
  socket.end(encodeMessage(message, version, xid))
}

const OFPT_HELLO = 0

interface First {
  readonly hello: MessageOf<'HELLO'>
  readonly framer: Framer
  readonly early: readonly Buffer[]
}

/** Writes our hello and waits for the peer's. */
function firstMessage(socket: Duplex, settings: Settings, hello: Buffer, signal?: AbortSignal): Promise<First> {
  const framer = new Framer(settings.maxMessageBytes)
  return new Promise<First>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      socket.off('data', onData).off('error', onError).off('close', onClose).off('end', onClose)
      signal?.removeEventListener('abort', onAbort)
    }
    const fail = (error: Error): void => {
      stop()
      // The stream is given up; what it may still say of its end is of no interest.
      socket.on('error', () => undefined)
      reject(error)
    }
    const onError = (error: Error): void => {
      fail(new ConnectionClosedError(error))
    }
    const onClose = (): void => {
      fail(new ConnectionClosedError(new HandshakeError('closed before the hello')))
    }
    const onAbort = (): void => {
      fail(new ConnectionClosedError(new HandshakeError('given up')))
    }
    let begun = false
    const onData = (chunk: Buffer): void => {
      const [, type] = chunk
      // Something else than OpenFlow may announce a length that never comes.
      if (!begun && type !== undefined && type !== OFPT_HELLO) {
        fail(new HandshakeError(`the peer began with a message of type ${type}, not with HELLO`))
        return
      }
      begun = true
      try {
        const [first, ...early] = framer.push(chunk)
        if (first === undefined) return
        const message = decodeMessage(first)
        stop()
        socket.pause()
        // Until the connection listens, a failing stream must not throw out of its event.
        socket.on('error', () => undefined)
        if (message.type === 'HELLO') resolve({ hello: message, framer, early })
        else reject(new HandshakeError(`the peer began with ${message.type}, not with HELLO`))
      } catch (error) {
        const isNoise = error instanceof DecodeError
        fail(isNoise ? new HandshakeError(`the peer does not speak OpenFlow: ${error.message}`) : (error as Error))
      }
    }
    const timer = setTimeout(() => {
      fail(new HandshakeError(`no hello within ${settings.handshakeTimeoutMs} ms`))
    }, settings.handshakeTimeoutMs)
    if (signal?.aborted === true) {
      onAbort()
      return
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.on('error', onError).on('close', onClose).on('end', onClose).on('data', onData)
    socket.write(hello)
  })
}
