import { EncodeError } from '../errors.js'
import { isPort } from '../ports.js'
import type { FieldName, Value } from '../spec/fields.js'
import { ETH_IPV4, ETH_IPV6 } from '../spec/prereqs.js'
import { type FieldInfo, fieldInfo } from '../spec/registry.js'

/** A field that must have a value; with a mask, only in the bits of the mask. No mask: exactly. */
export interface MatchTerm {
  readonly field: FieldName
  readonly value: Value
  readonly mask?: Value
  /** Bytes that a field of variable length takes when it is sent, where leading zeros count. */
  readonly bytes?: number
}

/**
 * A canonical match: terms in the order of the field table, no bit of a value outside its mask, no mask of all ones or
 * of none, and only fields that are not views of others (so `regN`, never `xregN`; `vlan_tci`; `ip_dscp`). Build one
 * with `match`, `parseMatch` or `decodeMatch`.
 *
 * As in OVS, text and messages of OpenFlow 1.0 may ask for fields whose prerequisites they do not ask for. Such terms
 * are kept, though never sent but in the fixed matches of OpenFlow 1.0 and 1.1; `normalizeMatch` drops them.
 */
export type Match = readonly MatchTerm[]

/** The value in the field's own type. @throws EncodeError when it is negative, not whole or does not fit the field. */
export function checkValue(info: FieldInfo, value: Value, what: string): Value {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new EncodeError(`${info.name}: ${what} ${value} is not an integer`)
  }
  if (value < 0 || value > info.ones) {
    throw new EncodeError(`${info.name}: ${what} ${String(value)} does not fit ${info.bits} bits`)
  }
  return info.wide ? BigInt(value) : Number(value)
}

/** The value that a match demands of a field, with the mask made explicit; undefined when it demands nothing. */
export function termOf(match: Match, field: FieldName): readonly [value: Value, mask: Value] | undefined {
  for (const term of match) if (term.field === field) return [term.value, term.mask ?? fieldInfo(field).ones]
  return undefined
}

/** Whether a field may have a value at all, be it only in some bits: of many fields not all bits are used. */
export function isValidValue({ format, validMask, validValues }: FieldInfo, value: Value): boolean {
  const outside = typeof value === 'number' ? value & ~Number(validMask) : value & ~BigInt(validMask)
  if (outside !== 0 && outside !== 0n) return false
  if (format === 'port') return isPort(Number(value))
  return validValues?.includes(Number(value)) !== false
}

/** The ethertype that the packets of a connection with such an address have. */
function ctTypeOf(field: FieldName): number | undefined {
  switch (field) {
    case 'ct_nw_src':
    case 'ct_nw_dst':
      return ETH_IPV4
    case 'ct_ipv6_src':
    case 'ct_ipv6_dst':
      return ETH_IPV6
    default:
      return undefined
  }
}

/** Whether addresses of connections are of the IP version that is matched; flow-mods with others are refused. */
export function hasConsistentCtAddresses(match: Match): boolean {
  for (const { field } of match) {
    const type = ctTypeOf(field)
    if (type !== undefined && Number(termOf(match, 'eth_type')?.[0] ?? 0) !== type) return false
  }
  return true
}
