import { parseIp } from '../model/address.js'
import { parseDuration } from '../model/duration.js'

/** What a setting's text can mean. All sources give text, so that all are read in the same way. */
export interface SettingType<T> {
  /** How `--help` names the value: `--api-port PORT`. */
  readonly placeholder: string
  /** The value, or undefined when the text is wrong. */
  readonly parse: (text: string) => T | undefined
  /** What the text must be, for errors. */
  readonly rule: string
  /** The inverse of `parse`. */
  readonly format: (value: T) => string
}

export const PATH: SettingType<string> = {
  placeholder: 'PATH',
  parse: (text) => (text === '' || text.includes('\0') ? undefined : text),
  rule: 'a path',
  format: String,
}

export function integer(placeholder: string, minimum: number, maximum: number): SettingType<number> {
  return {
    placeholder,
    parse: (text) => {
      const value = /^[0-9]{1,12}$/.test(text) ? Number(text) : Number.NaN
      return value >= minimum && value <= maximum ? value : undefined
    },
    rule: `a number from ${minimum} to ${maximum}`,
    format: String,
  }
}

export const PORT = integer('PORT', 0, 65535)

/** In milliseconds. */
export function duration(minimum: number, maximum: number): SettingType<number> {
  return {
    placeholder: 'DURATION',
    parse: (text) => {
      const ms = parseDuration(text)
      return ms !== undefined && ms >= minimum && ms <= maximum ? ms : undefined
    },
    rule: `a duration like 500ms, 30s, 5m or 1h, from ${formatDuration(minimum)} to ${formatDuration(maximum)}`,
    format: formatDuration,
  }
}

function formatDuration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`
}

export function choice<const T extends string>(values: readonly T[]): SettingType<T> {
  return {
    placeholder: values.join('|'),
    parse: (text) => values.find((value) => value === text),
    rule: `one of ${values.join(', ')}`,
    format: String,
  }
}

export const IPV4: SettingType<string> = {
  placeholder: 'ADDRESS',
  parse: (text) => (parseIp(text)?.family === 4 ? text : undefined),
  rule: 'an IPv4 address',
  format: String,
}

/** A name or address to listen on. */
export const LISTEN_HOST: SettingType<string> = {
  placeholder: 'HOST',
  parse: (text) => (/^[-A-Za-z0-9.:]+$/.test(text) ? text : undefined),
  rule: 'an address or host name to listen on',
  format: String,
}

const PASSIVE_TCP = /^ptcp:([0-9]*)(?::(?:\[[0-9A-Fa-f:.]+\]|[^:[\]\s]+))?$/

function isPassiveTcp(text: string): boolean {
  const port = PASSIVE_TCP.exec(text)?.[1]
  return port !== undefined && Number(port) <= 65535
}

/** `ptcp:[PORT][:HOST]` as in ovsdb(7): where hosts dial in. */
export const LISTEN_TCP: SettingType<string> = {
  placeholder: 'TARGET',
  parse: (text) => (isPassiveTcp(text) ? text : undefined),
  rule: 'ptcp:PORT or ptcp:PORT:ADDRESS (an IPv6 address in brackets)',
  format: String,
}

export const LISTEN_ANY: SettingType<string> = {
  placeholder: 'TARGET',
  parse: (text) => (isPassiveTcp(text) || /^punix:.+$/.test(text) ? text : undefined),
  rule: `${LISTEN_TCP.rule}, or punix:PATH`,
  format: String,
}
