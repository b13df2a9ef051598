import type { Reader, Writer } from '../../binary.js'
import { DecodeError } from '../../errors.js'
import { type Layout, type LayoutValue, pad, type Scope, slack, u16 } from '../layout.js'
import { property, propertyList } from '../property.js'
import { struct } from '../struct.js'

/** NXT_CT_FLUSH_ZONE */
export const ctFlushZone = struct({ _1: pad(6), zone_id: u16 })

/** One direction of a connection. Addresses have 128 bits; those of IPv4 are mapped (`::ffff:a.b.c.d`). */
export interface CtTuple {
  readonly src?: bigint
  readonly dst?: bigint
  readonly src_port?: number
  readonly dst_port?: number
  readonly icmp_id?: number
  readonly icmp_type?: number
  readonly icmp_code?: number
}

/** Which connections NXT_CT_FLUSH flushes: what is not given may be anything. */
export interface CtFlush {
  readonly ip_proto?: number
  readonly zone_id?: number
  readonly orig?: CtTuple
  readonly reply?: CtTuple
}

const IPV4_MAPPED = 0xffffn

/** Whether an address is of IPv4 or 6; 0 where it is not given. */
const familyOf = (value: bigint): 0 | 4 | 6 => (value === 0n ? 0 : value >> 32n === IPV4_MAPPED ? 4 : 6)

/** The family of all addresses, which is that of the last one, in the order in which they came. */
export function ctFamily(flush: CtFlush): 0 | 4 | 6 {
  let last = 0n
  for (const part of Object.values(flush)) {
    if (typeof part !== 'object') continue
    for (const name of Object.keys(part as CtTuple)) {
      if (name === 'src' || name === 'dst') last = (part as CtTuple)[name] ?? last
    }
  }
  return familyOf(last)
}

/** Addresses one after the other, of which none may be of another family than those before it. */
class Addresses implements Layout<bigint> {
  #family: 0 | 4 | 6 = 0

  write(w: Writer, value: bigint): void {
    w.uint(value, 16)
  }

  read(r: Reader): bigint {
    const { offset } = r
    const value = BigInt(r.uint(16))
    r.skip(r.remaining)
    const own = familyOf(value)
    if (this.#family !== 0 && own !== 0 && own !== this.#family) {
      throw new DecodeError('addresses of IPv4 and IPv6', { offset, reply: 'OFPBPC_BAD_VALUE' })
    }
    this.#family = own
    return value
  }
}

const short = { value: u16, _1: slack(2) } as const
/** The padding behind it does not count into the length, but may. */
const lastByte: Layout<number> = {
  write(w, value) {
    w.u8(value)
  },
  read(r) {
    const value = r.u8()
    r.skip(r.remaining)
    return value
  },
}
const byte = { value: lastByte } as const

const tupleProperties = (address: Layout<bigint>) =>
  propertyList({
    src: property(0, { value: address }),
    dst: property(1, { value: address }),
    src_port: property(2, short),
    dst_port: property(3, short),
    icmp_id: property(4, short),
    icmp_type: property(5, byte),
    icmp_code: property(6, byte),
  })
type TupleProperty = LayoutValue<ReturnType<typeof tupleProperties>>[number]

const TUPLE_ORDER = ['src', 'dst', 'icmp_id', 'icmp_type', 'icmp_code', 'src_port', 'dst_port'] as const

/** The value of each property by its name; those that are not known are not looked at. Tuples add to each other. */
function valuesOf(items: readonly { readonly type: string }[]): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const item of items) {
    if (!('value' in item)) continue
    const before = values[item.type]
    values[item.type] = typeof item.value === 'object' ? { ...(before as object), ...item.value } : item.value
  }
  return values
}

/** Properties within a property stand 4 bytes behind its header. */
function tupleOf(address: Layout<bigint>): Layout<CtTuple> {
  const properties = tupleProperties(address)
  return {
    write(w, value, scope) {
      w.zeros(4)
      const given = TUPLE_ORDER.filter((name) => value[name] !== undefined)
      properties.write(w, given.map((name) => ({ type: name, value: value[name] }) as TupleProperty), scope)
    },
    read(r, scope) {
      r.skip(4)
      return valuesOf(properties.read(r, scope))
    },
  }
}

function flushProperties() {
  const tuple = tupleOf(new Addresses())
  return propertyList({
    orig: property(0, { value: tuple }),
    reply: property(1, { value: tuple }),
    zone_id: property(2, short),
  })
}
type FlushProperty = LayoutValue<ReturnType<typeof flushProperties>>[number]

function readFlush(r: Reader, scope: Scope): CtFlush {
  const offset = r.offset
  const ip_proto = r.u8()
  if (r.bytes(7).some((byte) => byte !== 0)) {
    throw new DecodeError('padding that is not zero', { offset, reply: 'NXBRC_MUST_BE_ZERO' })
  }
  return { ip_proto, ...valuesOf(flushProperties().read(r, scope)) }
}

function writeFlush(w: Writer, { ip_proto = 0, zone_id, orig, reply }: CtFlush, scope: Scope): void {
  w.u8(ip_proto)
  w.zeros(7)
  const items: FlushProperty[] = []
  if (orig !== undefined) items.push({ type: 'orig', value: orig })
  if (reply !== undefined) items.push({ type: 'reply', value: reply })
  if (zone_id !== undefined) items.push({ type: 'zone_id', value: zone_id })
  flushProperties().write(w, items, scope)
}

/** NXT_CT_FLUSH */
export const ctFlush: Layout<CtFlush> = { read: readFlush, write: writeFlush }
