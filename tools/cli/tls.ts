/** TLS as the options of Open vSwitch's programs set it up, with what those log of it (lib/stream-ssl.c). */
import type { KeyObject, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { SystemError, systemCode } from './errors.js'
import type { Log } from './log.js'

/** An option of the command line, as it was given. */
export interface TlsOption {
  readonly name: keyof typeof SETTERS
  readonly value: string
}

type Protocol = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

/** What `ssl:` and `pssl:` need; openflow-ts and ovsdb-client take it alike. */
export interface TlsSettings {
  readonly key: Buffer
  readonly cert: Buffer
  readonly ca: Buffer[]
  readonly protocols: readonly Protocol[]
  readonly ciphers?: string
  readonly checkPeer?: ((chain: readonly X509Certificate[]) => void) | undefined
}

/** What the options have led to so far. */
interface Context {
  key?: Buffer
  cert?: Buffer
  /** Undefined: not given. What could not be read leaves those that were trusted before, or nobody. */
  ca?: Buffer[]
  verify: boolean
  /** Where the authority's certificate goes when the peer has shown it. */
  bootstrap?: string
  readonly peerCa: Buffer[]
  protocols: readonly Protocol[]
  protocolWords: string
  ciphers?: string
}

const MODULE = 'stream_ssl'

/** OpenSSL's words where it could not read a file, or what is in one. */
function opensslError(error: unknown): string {
  if (error instanceof Error && OPENSSL_ERROR.test(error.message)) return shortError(error.message)
  const code = systemCode(error)
  if (code === 'ENOENT') return 'error:80000002:system library::No such file or directory'
  return `error:system library::${new SystemError(code).message}`
}

const OPENSSL_ERROR = /error:[0-9A-F]{8}:/

/** `error:CODE:LIBRARY::REASON` of a message that also names the place in OpenSSL's source. */
const shortError = (message: string): string =>
  message.replace(/^.*?(error:[0-9A-F]+:[^:]*):[^:]*:([^:\n]*)[^]*$/, '$1::$2')

/** Reads a file and checks what is in it; undefined, and a line in the log, when that fails. */
function readPem(path: string, check: (pem: Buffer) => unknown, what: string, log: Log): Buffer | undefined {
  try {
    const pem = readFileSync(path)
    check(pem)
    return pem
  } catch (error) {
    log.error(MODULE, `${what}: ${opensslError(error)}`)
    return undefined
  }
}

/** Loading it is a good part of a program's start, and most connections are without. */
const loadCrypto = () => process.getBuiltinModule('node:crypto')

const readCertificate = (pem: Buffer): X509Certificate => new (loadCrypto().X509Certificate)(pem)
const readKey = (pem: Buffer): KeyObject => loadCrypto().createPrivateKey(pem)

type Setter = (to: Context, value: string, log: Log) => void

const setKey: Setter = (to, path, log) => {
  const key = readPem(path, readKey, 'SSL_use_PrivateKey_file', log)
  if (key !== undefined) to.key = key
}

const setCertificate: Setter = (to, path, log) => {
  const cert = readPem(path, readCertificate, 'SSL_use_certificate_file', log)
  if (cert !== undefined) to.cert = cert
}

const setCa: Setter = (to, path, log) => {
  if (path === 'none') {
    to.verify = false
    log.warn(MODULE, 'Peer certificate validation disabled (this is a security risk)')
    return
  }
  const ca = readPem(path, readCertificate, `failed to load client certificates from ${path}`, log)
  if (ca === undefined) {
    to.ca ??= []
    return
  }
  to.ca = [ca]
  delete to.bootstrap
}

const setBootstrapCa: Setter = (to, path, log) => {
  if (path === 'none' || existsSync(path)) setCa(to, path, log)
  else to.bootstrap = path
}

const setPeerCa: Setter = (to, path, log) => {
  if (!existsSync(path)) {
    log.error(MODULE, `failed to open ${path} for reading: ${new SystemError('ENOENT').message}`)
    return
  }
  const certificates = readPem(path, readCertificate, `PEM_read_X509 failed reading ${path}`, log)
  if (certificates !== undefined) to.peerCa.push(certificates)
}

const KNOWN_PROTOCOLS: readonly Protocol[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2']

/** As OVS has it, every list takes versions away: 1.3, which has no name here, with all that are not in it. */
const setProtocols: Setter = (to, value, log) => {
  // The list that is there from the beginning says nothing new.
  if (value === to.protocolWords) return
  const words = value.split(/[ ,\t]+/).filter((word) => word !== '')
  if (words.length === 0) log.error(MODULE, 'SSL protocol settings invalid')
  const protocols = words.map((word) => KNOWN_PROTOCOLS.find((name) => name.toLowerCase() === word.toLowerCase()))
  const unknown = protocols.indexOf(undefined)
  if (unknown >= 0) log.error(MODULE, `${words[unknown] ?? ''}: SSL protocol not recognized`)
  if (words.length === 0 || unknown >= 0) return
  to.protocols = to.protocols.filter((name) => protocols.includes(name))
  to.protocolWords = value
}

/** A list that names no cipher leaves none for versions before 1.3, of which it does not speak. */
const setCiphers: Setter = (to, value, log) => {
  try {
    if (value === '') throw new Error('error:0A0000B9:SSL routines::no cipher match')
    process.getBuiltinModule('node:tls').createSecureContext({ ciphers: value })
    to.ciphers = value
  } catch (error) {
    log.error(MODULE, `SSL_CTX_set_cipher_list: ${opensslError(error)}`)
    to.protocols = to.protocols.filter((name) => name === 'TLSv1.3')
  }
}

const SETTERS = {
  'private-key': setKey,
  certificate: setCertificate,
  'ca-cert': setCa,
  'bootstrap-ca-cert': setBootstrapCa,
  'peer-ca-cert': setPeerCa,
  'ssl-protocols': setProtocols,
  'ssl-ciphers': setCiphers,
} as const satisfies Readonly<Record<string, Setter>>

/** What a connection failed of, where it was TLS. */
function tlsFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error ? String(error.code) : ''
  if (/CERT|LEAF_SIGNATURE/.test(code) && !code.startsWith('ERR_')) return 'error:0A000086:SSL routines::certificate verify failed'
  if (OPENSSL_ERROR.test(error.message) && error.cause === undefined) return shortError(error.message)
  return tlsFault(error.cause)
}

/** TLS for all connections of a run. */
export class Tls {
  readonly #context: Context = {
    verify: true,
    peerCa: [],
    protocols: [...KNOWN_PROTOCOLS, 'TLSv1.3'],
    protocolWords: KNOWN_PROTOCOLS.join(','),
  }
  readonly #log: Log

  /** Takes the options in their order. What is wrong with one is logged, and then it has no effect. */
  constructor(options: readonly TlsOption[], log: Log) {
    this.#log = log
    for (const { name, value } of options) SETTERS[name](this.#context, value, log)
  }

  /** What each connection is made with: whom to trust may be known from the second one on. @throws SystemError */
  settings(): TlsSettings {
    const context = this.#context
    const judge = (): TlsSettings['checkPeer'] => this.#judge()
    const { key, cert, peerCa, protocols, ciphers } = context
    const missing = [
      ...(key === undefined ? ['Private key'] : []),
      ...(cert === undefined ? ['Certificate'] : []),
      ...(context.ca === undefined && judge() === undefined ? ['CA certificate'] : []),
    ]
    for (const what of missing) this.#log.error(MODULE, `${what} must be configured to use SSL`)
    if (key === undefined || cert === undefined || missing.length > 0) throw new SystemError('ENOPROTOOPT')
    if (!readCertificate(cert).checkPrivateKey(readKey(key))) {
      const why = 'error:0A0000BE:SSL routines::no private key assigned'
      this.#log.error(MODULE, `Private key does not match certificate public key: ${why}`)
      throw new SystemError('ENOPROTOOPT')
    }
    return {
      key,
      cert: Buffer.concat([cert, ...peerCa]),
      protocols,
      ...(ciphers !== undefined && { ciphers }),
      get ca() {
        return context.ca ?? []
      },
      get checkPeer() {
        return judge()
      },
    }
  }

  /** Who stands in for the authority, where there is none. */
  #judge(): TlsSettings['checkPeer'] {
    const { verify, bootstrap } = this.#context
    if (!verify) return () => undefined
    return bootstrap === undefined ? undefined : (chain) => this.#bootstrap(bootstrap, chain)
  }

  /** Keeps the certificate of the peer's authority, and has the connection made anew. @throws SystemError always */
  #bootstrap(path: string, chain: readonly X509Certificate[]): never {
    const last = chain.at(-1)
    if (last === undefined) {
      this.#log.error(MODULE, 'no certificate presented by peer')
    } else if (!last.checkIssued(last)) {
      const what = 'could not bootstrap CA cert: obtained certificate is not self-signed'
      this.#log.error(MODULE, `${what} (subject issuer mismatch)`)
      if (chain.length < 2) {
        const why = 'so probably the peer is not configured to send its CA certificate'
        this.#log.error(MODULE, `only one certificate was received, ${why}`)
      }
    } else this.#keepCa(path, last)
    throw new SystemError('EPROTO')
  }

  #keepCa(path: string, certificate: X509Certificate): void {
    try {
      writeFileSync(path, certificate.toString(), { flag: 'wx', mode: 0o444 })
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') {
        const failure = SystemError.from(error)
        this.#log.error(MODULE, `could not bootstrap CA cert: creating ${path} failed: ${failure.message}`)
        throw failure
      }
      this.#log.info(MODULE, `reading CA cert ${path} created by another process`)
      setCa(this.#context, path, this.#log)
      return
    }
    this.#log.info(MODULE, `successfully bootstrapped CA cert to ${path}`)
    const subject = `/${certificate.subject.replaceAll('\n', '/')}`
    const fingerprint = certificate.fingerprint.toLowerCase()
    this.#log.info(MODULE, `Trusting CA cert from ${path} (${subject}) (fingerprint ${fingerprint})`)
    this.#log.info(MODULE, 'killing successful connection to retry using CA cert')
    setCa(this.#context, path, this.#log)
  }

  /** Logs what TLS has to say of a connection that failed. */
  explain(error: unknown): void {
    const fault = tlsFault(error)
    if (fault !== undefined) this.#log.warn(MODULE, `SSL_connect: ${fault}`)
  }
}
