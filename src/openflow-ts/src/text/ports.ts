import { TextError } from '../errors.js'
import { isPort, PORTS } from '../ports.js'
import type { TextContext } from './context.js'
import { smallDecimal } from './scan.js'

const BY_NAME = new Map<string, number>([
  ['IN_PORT', PORTS.IN_PORT],
  ['TABLE', PORTS.TABLE],
  ['NORMAL', PORTS.NORMAL],
  ['FLOOD', PORTS.FLOOD],
  ['ALL', PORTS.ALL],
  ['CONTROLLER', PORTS.CONTROLLER],
  ['LOCAL', PORTS.LOCAL],
  ['ANY', PORTS.ANY],
  ['NONE', PORTS.NONE],
  ['UNSET', PORTS.UNSET],
])
const BY_NUMBER = new Map<number, string>()
for (const [name, port] of BY_NAME) if (name !== 'NONE') BY_NUMBER.set(port, name)

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** A name as ovs-ofctl writes it: in quotes unless it is a plain word. */
const quoteName = (name: string): string => (PLAIN_NAME.test(name) ? name : JSON.stringify(name))

/** The name without the quotes it may be in. @throws TextError when they do not close. */
function unquoteName(text: string): string {
  if (!text.startsWith('"')) return text
  try {
    return String(JSON.parse(text))
  } catch {
    throw new TextError(`${text}: bad quoted name`)
  }
}

/** The reserved port of that name, in any case. */
const reservedPort = (name: string): number | undefined => BY_NAME.get(name) ?? BY_NAME.get(name.toUpperCase())

/** A port as ovs-ofctl prints it. */
export function formatPort(port: number, ctx: TextContext): string {
  const reserved = BY_NUMBER.get(port)
  if (reserved !== undefined) return reserved
  const name = ctx.portName?.(port)
  if (name !== undefined) return quoteName(name)
  return String(port >= PORTS.MAX ? port & 0xffff : port)
}

const DECIMAL = /^[ \t\n\v\f\r]*\+?[0-9]+$/

/** The number of a port given as decimal number (also a 16-bit reserved one), reserved name or name. */
export function portFromText(text: string, ctx: TextContext): number | undefined {
  const small = smallDecimal(text)
  if (small >= 0) return portFromNumber(small)
  if (DECIMAL.test(text)) return portFromNumber(Number(text))
  if (text.startsWith('-')) return undefined
  return reservedPort(text) ?? ctx.portNumber?.(unquoteName(text))
}

function portFromNumber(port: number): number | undefined {
  if (isPort(port) && port <= PORTS.ANY) return port
  return port <= 0xffff ? port + 0xffff0000 : undefined
}

/** @throws TextError when the text is not a port */
export function parsePort(text: string, ctx: TextContext, what = 'port'): number {
  const port = portFromText(text, ctx)
  if (port === undefined) throw new TextError(`${text}: invalid or unknown ${what}`)
  return port
}
