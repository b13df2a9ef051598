import { TargetError } from './errors.js'

const DEFAULT_PORT = 6653

/** A unix socket's path, or an address; `secure`: with TLS. */
export type ConnectTarget =
  | { readonly path: string }
  | { readonly host: string; readonly port: number; readonly secure?: true }

export type ListenTarget =
  | { readonly path: string }
  | { readonly port: number; readonly host?: string; readonly secure?: true }

function portOf(text: string, target: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 0xffff) throw new TargetError(`${target}: "${text}" is not a port`)
  return port
}

/** Splits `HOST[:PORT]`; an IPv6 address is in brackets. */
function hostAndPort(text: string, target: string): { host: string; port: string | undefined } {
  const found = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^:[\]]+))(?::(.*))?$/.exec(text)
  const host = found?.[1] ?? found?.[2]
  if (host === undefined) throw new TargetError(`${target}: no host`)
  return { host, port: found?.[3] }
}

const secured = (isSecure: boolean): { secure?: true } => (isSecure ? { secure: true } : {})

/** Reads an active target: `tcp:HOST[:PORT]`, `ssl:HOST[:PORT]` or `unix:PATH`. @throws TargetError */
export function parseTarget(target: string): ConnectTarget {
  const [, kind, rest = ''] = /^(\w+):(.*)$/.exec(target) ?? []
  if (kind === 'unix' && rest !== '') return { path: rest }
  if (kind === 'tcp' || kind === 'ssl') {
    const { host, port } = hostAndPort(rest, target)
    return { host, port: port === undefined ? DEFAULT_PORT : portOf(port, target), ...secured(kind === 'ssl') }
  }
  throw new TargetError(`"${target}" is none of tcp:HOST[:PORT], ssl:HOST[:PORT] and unix:PATH`)
}

/** Reads a passive target: `ptcp:[PORT][:HOST]`, `pssl:[PORT][:HOST]` or `punix:PATH`. @throws TargetError */
export function parseListenTarget(target: string): ListenTarget {
  const [, kind, rest = ''] = /^(\w+):(.*)$/.exec(target) ?? []
  if (kind === 'punix' && rest !== '') return { path: rest }
  if (kind === 'ptcp' || kind === 'pssl') {
    const [, port = '', host] = /^(\d*)(?::(.+))?$/.exec(rest) ?? []
    if (port === '' && rest !== '') throw new TargetError(`${target}: no port`)
    const number = port === '' ? DEFAULT_PORT : portOf(port, target)
    const where = host === undefined ? {} : { host: host.replace(/^\[(.*)\]$/, '$1') }
    return { port: number, ...where, ...secured(kind === 'pssl') }
  }
  throw new TargetError(`"${target}" is none of ptcp:[PORT][:HOST], pssl:[PORT][:HOST] and punix:PATH`)
}
