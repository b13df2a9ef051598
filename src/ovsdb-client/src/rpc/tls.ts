import { checkServerIdentity, type ConnectionOptions, type TlsOptions as NodeTlsOptions } from 'node:tls'

/** What `ssl:` and `pssl:` need: OVSDB's peers authenticate each other. All in PEM. */
export interface TlsOptions {
  readonly key: string | Buffer
  readonly cert: string | Buffer
  /** The certificate authorities of the peers. */
  readonly ca: string | Buffer | readonly (string | Buffer)[]
  /**
   * Whether a server's certificate must name the host that is connected to. Default false, as Open vSwitch does not
   * look at names: its certificates (ovs-pki) mostly have none. That an authority signed it is always checked.
   */
  readonly checkHost?: boolean
}

function common({ key, cert, ca }: TlsOptions): NodeTlsOptions & ConnectionOptions {
  return { key, cert, ca: typeof ca === 'object' && !Buffer.isBuffer(ca) ? [...ca] : ca, minVersion: 'TLSv1.2' }
}

/** For `tls.connect`. */
export function clientTls(options: TlsOptions): ConnectionOptions {
  const check = options.checkHost === true ? checkServerIdentity : () => undefined
  return { ...common(options), rejectUnauthorized: true, checkServerIdentity: check }
}

/** For `tls.createServer`: who connects must have a certificate too. */
export function serverTls(options: TlsOptions): NodeTlsOptions {
  return { ...common(options), requestCert: true, rejectUnauthorized: true }
}
