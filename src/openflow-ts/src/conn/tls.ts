import type { X509Certificate } from 'node:crypto'
import type { SecureContextOptions, TLSSocket } from 'node:tls'
import type { TlsOptions, TlsProtocol } from './options.js'

/** OpenSSL knows which versions not to use. */
const WITHOUT = {
  TLSv1: 'SSL_OP_NO_TLSv1',
  'TLSv1.1': 'SSL_OP_NO_TLSv1_1',
  'TLSv1.2': 'SSL_OP_NO_TLSv1_2',
  'TLSv1.3': 'SSL_OP_NO_TLSv1_3',
} as const satisfies Readonly<Record<TlsProtocol, string>>
const DEFAULT_PROTOCOLS: readonly TlsProtocol[] = ['TLSv1.2', 'TLSv1.3']

interface MutualTls extends SecureContextOptions {
  readonly requestCert: true
  readonly rejectUnauthorized: boolean
}

/** For both sides: each shows a certificate of an authority that the other trusts; names in it do not matter, as in OVS. */
export function mutualTls({ protocols = DEFAULT_PROTOCOLS, checkPeer, ...options }: TlsOptions): MutualTls {
  const { constants } = process.getBuiltinModule('node:crypto')
  const others = Object.entries(WITHOUT).filter(([name]) => !protocols.includes(name as TlsProtocol))
  const secureOptions = others.reduce((flags, [, flag]) => flags | constants[flag], 0)
  return { ...options, minVersion: 'TLSv1', secureOptions, requestCert: true, rejectUnauthorized: checkPeer === undefined }
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
