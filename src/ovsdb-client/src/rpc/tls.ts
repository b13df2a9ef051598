import { constants, type X509Certificate } from 'node:crypto'
import { checkServerIdentity, type ConnectionOptions, type TlsOptions as NodeTlsOptions, type TLSSocket } from 'node:tls'

export type TlsProtocol = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

/** What `ssl:` and `pssl:` need: OVSDB's peers authenticate each other. All in PEM. */
export interface TlsOptions {
  readonly key: string | Buffer
  /** Certificates of those that signed it may follow, for peers that do not have them. */
  readonly cert: string | Buffer
  /** The certificate authorities of the peers. */
  readonly ca: string | Buffer | readonly (string | Buffer)[]
  /**
   * Whether a server's certificate must name the host that is connected to. Default false, as Open vSwitch does not
   * look at names: its certificates (ovs-pki) mostly have none. That an authority signed it is always checked.
   */
  readonly checkHost?: boolean
  /** The versions that may be agreed on. Default: TLSv1.2 and TLSv1.3. */
  readonly protocols?: readonly TlsProtocol[]
  /** What may be agreed on before TLSv1.3, as a list of OpenSSL's (`openssl ciphers`). */
  readonly ciphers?: string
  /**
   * Judges the certificates that a peer shows, its own first, instead of `ca`: whoever it throws at is refused.
   * For those who trust what they see first, or trust everybody.
   */
  readonly checkPeer?: ((chain: readonly X509Certificate[]) => void) | undefined
}

/** OpenSSL knows which versions not to use. */
const WITHOUT: Readonly<Record<TlsProtocol, number>> = {
  TLSv1: constants.SSL_OP_NO_TLSv1,
  'TLSv1.1': constants.SSL_OP_NO_TLSv1_1,
  'TLSv1.2': constants.SSL_OP_NO_TLSv1_2,
  'TLSv1.3': constants.SSL_OP_NO_TLSv1_3,
}
const DEFAULT_PROTOCOLS: readonly TlsProtocol[] = ['TLSv1.2', 'TLSv1.3']

function withoutOthers(protocols: readonly TlsProtocol[]): number {
  const others = Object.entries(WITHOUT).filter(([name]) => !protocols.includes(name as TlsProtocol))
  return others.reduce((flags, [, flag]) => flags | flag, 0)
}

function common(options: TlsOptions): NodeTlsOptions & ConnectionOptions {
  const { key, cert, ca, protocols = DEFAULT_PROTOCOLS, ciphers, checkPeer } = options
  return {
    key,
    cert,
    ca: typeof ca === 'object' && !Buffer.isBuffer(ca) ? [...ca] : ca,
    minVersion: 'TLSv1',
    secureOptions: withoutOthers(protocols),
    rejectUnauthorized: checkPeer === undefined,
    ...(ciphers !== undefined && { ciphers }),
  }
}

/** For `tls.connect`. */
export function clientTls(options: TlsOptions): ConnectionOptions {
  const check = options.checkHost === true ? checkServerIdentity : () => undefined
  return { ...common(options), checkServerIdentity: check }
}

/** For `tls.createServer`: who connects must have a certificate too. */
export function serverTls(options: TlsOptions): NodeTlsOptions {
  return { ...common(options), requestCert: true }
}

/** Has a peer judged that is connected. Throws what `checkPeer` throws. */
export function judgePeer(socket: TLSSocket, { checkPeer }: TlsOptions): void {
  checkPeer?.(chainOf(socket))
}

function chainOf(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = []
  let next = socket.getPeerX509Certificate()
  while (next !== undefined) {
    const { fingerprint256 } = next
    if (chain.some((known) => known.fingerprint256 === fingerprint256)) break
    chain.push(next)
    next = next.issuerCertificate
  }
  return chain
}
