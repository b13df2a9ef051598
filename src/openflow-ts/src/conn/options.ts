import type { X509Certificate } from 'node:crypto'
import { MAX_MESSAGE_BYTES } from '../messages/index.js'
import { OF13, OF14, OF15, type OfVersion } from '../version.js'

export type TlsProtocol = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

/** PEM texts (or bytes), as `openssl` and ovs-pki write them. */
export interface TlsOptions {
  /** Our private key. */
  readonly key: string | Buffer
  /** Our certificate, which the peer's `ca` must have signed. */
  readonly cert: string | Buffer
  /** Certificates of the authorities that may have signed the peer's. */
  readonly ca: string | Buffer | (string | Buffer)[]
  readonly passphrase?: string
  /** The versions that may be agreed on. Default: TLSv1.2 and TLSv1.3. */
  readonly protocols?: readonly TlsProtocol[]
  /** What may be agreed on before TLSv1.3, as a list of OpenSSL's (`openssl ciphers`). */
  readonly ciphers?: string
  /**
   * Judges the certificates that a switch shows, its own first, instead of `ca`: whoever it throws at is refused.
   * For those who trust what they see first, or trust everybody.
   */
  readonly checkPeer?: ((chain: readonly X509Certificate[]) => void) | undefined
}

export interface ConnectionOptions {
  /** Versions to offer; the highest that both sides have is taken. Default: 1.3, 1.4, 1.5. */
  readonly versions?: readonly OfVersion[]
  /** After this time without a byte from the peer an echo is sent, after twice that the connection ends. 0: never. */
  readonly echoIntervalMs?: number
  readonly handshakeTimeoutMs?: number
  /** Longer messages end the connection. */
  readonly maxMessageBytes?: number
  /** Bytes that may wait for the peer before `send` refuses. */
  readonly maxQueueBytes?: number
  /** Bytes of all parts of one multipart reply together. */
  readonly maxReplyBytes?: number
  /** For `ssl:` and `pssl:` targets. */
  readonly tls?: TlsOptions
  /** Ends connecting, the handshake, and the connection itself. */
  readonly signal?: AbortSignal
}

export type Settings = Required<Omit<ConnectionOptions, 'signal' | 'tls'>>

const DEFAULTS: Settings = {
  versions: [OF13, OF14, OF15],
  echoIntervalMs: 15_000,
  handshakeTimeoutMs: 10_000,
  maxMessageBytes: MAX_MESSAGE_BYTES,
  maxQueueBytes: 64 * 1024 * 1024,
  maxReplyBytes: 1024 * 1024 * 1024,
}

export const settingsOf = (options: ConnectionOptions): Settings => ({ ...DEFAULTS, ...options })
