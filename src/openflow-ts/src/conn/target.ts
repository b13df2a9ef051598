import type { NetConnectOpts } from 'node:net'
import { TargetError } from './errors.js'

const DEFAULT_PORT = 6653

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

/** What an active target (`tcp:HOST[:PORT]`, `unix:PATH`) says, for net.connect. @throws TargetError */
export function parseTarget(target: string): NetConnectOpts {
  const [, kind, rest = ''] = /^(\w+):(.*)$/.exec(target) ?? []
  if (kind === 'unix' && rest !== '') return { path: rest }
  if (kind === 'tcp') {
    const { host, port } = hostAndPort(rest, target)
    return { host, port: port === undefined ? DEFAULT_PORT : portOf(port, target) }
  }
  throw new TargetError(`"${target}" is neither tcp:HOST[:PORT] nor unix:PATH`)
}

/** What a passive target (`ptcp:[PORT][:HOST]`, `punix:PATH`) says, for server.listen. @throws TargetError */
export function parseListenTarget(target: string): { path: string } | { port: number; host?: string } {
  const [, kind, rest = ''] = /^(\w+):(.*)$/.exec(target) ?? []
  if (kind === 'punix' && rest !== '') return { path: rest }
  if (kind === 'ptcp') {
    const [, port = '', host] = /^(\d*)(?::(.+))?$/.exec(rest) ?? []
    if (port === '' && rest !== '') throw new TargetError(`${target}: no port`)
    const number = port === '' ? DEFAULT_PORT : portOf(port, target)
    return host === undefined ? { port: number } : { port: number, host: host.replace(/^\[(.*)\]$/, '$1') }
  }
  throw new TargetError(`"${target}" is neither ptcp:[PORT][:HOST] nor punix:PATH`)
}
