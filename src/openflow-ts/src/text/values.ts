import { TextError } from '../errors.js'
import type { FormatName } from '../spec/field-spec.js'
import type { Value } from '../spec/fields.js'
import type { FieldInfo } from '../spec/registry.js'
import * as addr from './addresses.js'
import type { TextContext } from './context.js'
import * as flags from './flags.js'
import { formatPort, parsePort } from './ports.js'
import { parseInteger, parseUint } from './scan.js'

/** A value with its mask; all ones: exact. */
export type Masked = readonly [value: Value, mask: Value]

/** How values of one form are written. */
interface ValueForm {
  readonly parse: (info: FieldInfo, text: string, ctx: TextContext) => Masked
  /** `mask` is undefined when all bits count. */
  readonly print: (info: FieldInfo, value: Value, mask: Value | undefined, ctx: TextContext) => string
}

export const hex = (value: Value): string => `0x${value.toString(16)}`

/** As C's %#x: zero has no prefix. */
export const hexOrZero = (value: Value): string => (value === 0 || value === 0n ? '0' : hex(value))

const LATER = 2
const ANY = 1
/** Values and masks of ip_frag by name. */
const FRAGS = {
  no: [0, ANY | LATER],
  first: [ANY, ANY | LATER],
  later: [ANY | LATER, ANY | LATER],
  yes: [ANY, ANY],
  not_later: [0, LATER],
} as const

/** The number in the field's own type, bounded by its width. */
function toValue(info: FieldInfo, text: string): Value {
  const value = parseInteger(text, info.name)
  if (value > info.ones) throw new TextError(`${text}: value too large for ${info.name} (${info.bits} bits)`)
  return info.wide ? BigInt(value) : Number(value)
}

/** Splits `value/mask`, parsing both alike. */
function masked(info: FieldInfo, text: string, one: (part: string) => Value): Masked {
  const slash = text.indexOf('/')
  if (slash < 0) return [one(text), info.ones]
  return [one(text.slice(0, slash)), one(text.slice(slash + 1))]
}

const integer: Pick<ValueForm, 'parse'> = {
  parse: (info, text) => masked(info, text, (part) => toValue(info, part)),
}

/** An address with a mask that may be a prefix length. */
function maskedAddress(info: FieldInfo, text: string, one: (part: string) => Value): Masked {
  const slash = text.indexOf('/')
  if (slash < 0) return [one(text), info.ones]
  const value = one(text.slice(0, slash))
  const mask = text.slice(slash + 1)
  if (!/^\d+$/.test(mask)) return [value, one(mask)]
  const bits = addr.prefixMask(parseUint(mask, info.bits, 'prefix length'), info.bits)
  return [value, info.wide ? bits : Number(bits)]
}

function printAddress(one: (value: Value) => string): ValueForm['print'] {
  return (info, value, mask) => {
    if (mask === undefined) return one(value)
    return `${one(value)}/${addr.prefixLength(BigInt(mask), info.bits) ?? one(mask)}`
  }
}

const ipv4 = (value: Value): string => addr.formatIpv4(Number(value))
const ipv6 = (value: Value): string => addr.formatIpv6(BigInt(value))
const mac = (value: Value): string => addr.formatMac(BigInt(value))

function flagForm(names: flags.FlagNames): ValueForm {
  return {
    parse: (info, text) => flags.parseFlags(names, text, Number(info.ones), info.name),
    print: (_info, value, mask) =>
      mask === undefined
        ? flags.formatFlagSet(names, Number(value))
        : flags.formatFlags(names, Number(value), Number(mask)),
  }
}

/** The textual forms of ovs-fields(7). */
export const VALUE_FORMS: Readonly<Record<FormatName, ValueForm>> = {
  decimal: {
    ...integer,
    print: (_info, value, mask) => (mask === undefined ? String(value) : `${String(value)}/${hex(mask)}`),
  },
  hexadecimal: {
    ...integer,
    print: (_info, value, mask) => (mask === undefined ? hexOrZero(value) : `${hexOrZero(value)}/${hex(mask)}`),
  },
  ethernet: {
    parse: (info, text) => masked(info, text, addr.parseMac),
    print: (_info, value, mask) => (mask === undefined ? mac(value) : `${mac(value)}/${mac(mask)}`),
  },
  ipv4: { parse: (info, text) => maskedAddress(info, text, addr.parseIpv4), print: printAddress(ipv4) },
  ipv6: { parse: (info, text) => maskedAddress(info, text, addr.parseIpv6), print: printAddress(ipv6) },
  port: {
    parse: (info, text, ctx) => [parsePort(text, ctx, `port value for ${info.name}`), info.ones],
    print: (_info, value, _mask, ctx) => formatPort(Number(value), ctx),
  },
  frag: {
    parse: (_info, text) => {
      for (const [name, pair] of Object.entries(FRAGS)) if (name === text.toLowerCase()) return pair
      throw new TextError(`${text}: unknown fragment type (there are ${Object.keys(FRAGS).join(', ')})`)
    },
    print: (_info, value, mask = ANY | LATER) => {
      for (const [name, [v, m]] of Object.entries(FRAGS)) if (v === value && m === mask) return name
      return '<error>'
    },
  },
  ct_state: flagForm(flags.CT_STATE_NAMES),
  tun_flags: {
    parse: flagForm(flags.TUN_FLAG_NAMES).parse,
    // There is but one flag and OVS always gives its sign.
    print: (info, value, mask) => flags.formatFlags(flags.TUN_FLAG_NAMES, Number(value), Number(mask ?? info.ones)),
  },
  tcp_flags: flagForm(flags.TCP_FLAG_NAMES),
  packet_type: {
    parse: (info, text) => {
      const pair = /^\(?([^,]+),([^,)]+)\)?$/.exec(text)
      if (pair === null) return integer.parse(info, text, {})
      const ns = parseUint(pair[1] ?? '', 0xffff, 'packet type namespace')
      return [ns * 0x10000 + parseUint(pair[2] ?? '', 0xffff, 'packet type'), info.ones]
    },
    print: (_info, value) => `(${Number(value) >>> 16},${hex(Number(value) & 0xffff)})`,
  },
}

/** Parses `value[/mask]` of a field. @throws TextError */
export function parseValue(info: FieldInfo, text: string, ctx: TextContext): Masked {
  const [value, mask] = VALUE_FORMS[info.format].parse(info, text, ctx)
  // A mask must cover the unused bits, too, to be none.
  const unusedBits = info.bits !== info.bytes * 8 && text.includes('/')
  if (!info.maskable && (mask !== info.ones || unusedBits) && mask !== 0) {
    throw new TextError(`${info.name}: mask ${hex(mask)} on a field that cannot be masked`)
  }
  return [value, mask]
}

/** Prints a value as actions do; in matches a few fields differ. */
export function formatValue(info: FieldInfo, value: Value, mask: Value | undefined, ctx: TextContext): string {
  return VALUE_FORMS[info.format].print(info, value, mask === info.ones ? undefined : mask, ctx)
}
