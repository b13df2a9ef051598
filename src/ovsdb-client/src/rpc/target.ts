import { TargetError } from '../errors.js'

/** Where to connect to, or to listen on. */
export type Target =
  | { readonly kind: 'tcp' | 'ssl'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }
export type PassiveTarget =
  | { readonly kind: 'ptcp' | 'pssl'; readonly host: string | undefined; readonly port: number }
  | { readonly kind: 'punix'; readonly path: string }

/** The port that IANA gave to OVSDB. */
export const OVSDB_PORT = 6640

/** Reads an active target as in ovsdb(7): `tcp:HOST[:PORT]` or `ssl:HOST[:PORT]`, IPv6 in brackets, or `unix:PATH`. Throws TargetError. */
export function parseTarget(text: string): Target {
  const { kind, rest } = split(text)
  if (kind === 'unix') return { kind, path: path(text, rest) }
  if (kind !== 'tcp' && kind !== 'ssl') {
    throw new TargetError(`${text}: expected tcp:HOST:PORT, ssl:HOST:PORT or unix:PATH`)
  }
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(rest)
  const host = match?.[1] ?? match?.[2]
  if (host === undefined) throw new TargetError(`${text}: expected ${kind}:HOST:PORT (an IPv6 address in brackets)`)
  return { kind, host, port: port(text, match?.[3] ?? String(OVSDB_PORT), 1) }
}

/** Reads a passive target as in ovsdb(7): `ptcp:[PORT][:HOST]` or `pssl:[PORT][:HOST]` (port 0: any free one), or `punix:PATH`. */
export function parsePassiveTarget(text: string): PassiveTarget {
  const { kind, rest } = split(text)
  if (kind === 'punix') return { kind, path: path(text, rest) }
  if (kind !== 'ptcp' && kind !== 'pssl') {
    throw new TargetError(`${text}: expected ptcp:PORT[:HOST], pssl:PORT[:HOST] or punix:PATH`)
  }
  const match = /^(\d*)(?::(?:\[([^\]]+)\]|([^:[\]]+)))?$/.exec(rest)
  if (match === null) throw new TargetError(`${text}: expected ${kind}:PORT[:HOST] (an IPv6 address in brackets)`)
  return {
    kind,
    host: match[2] ?? match[3],
    port: port(text, match[1] === '' ? String(OVSDB_PORT) : (match[1] ?? ''), 0),
  }
}

function split(text: string): { kind: string; rest: string } {
  const colon = text.indexOf(':')
  return colon < 0 ? { kind: '', rest: text } : { kind: text.slice(0, colon), rest: text.slice(colon + 1) }
}

function path(text: string, rest: string): string {
  if (rest === '') throw new TargetError(`${text}: the path is missing`)
  return rest
}

function port(text: string, digits: string, smallest: number): number {
  const value = Number(digits)
  if (Number.isSafeInteger(value) && value >= smallest && value <= 65535) return value
  throw new TargetError(`${text}: port ${digits} is not in ${smallest} to 65535`)
}
