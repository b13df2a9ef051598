import type { Reader, Writer } from '../../binary.js'
import { DecodeError } from '../../errors.js'
import { judged, type Layout, type LayoutValue, pad, type Scope, slack, u16, u8 } from '../layout.js'
import { property, propertyList, REFUSE_UNKNOWN } from '../property.js'
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

const address: Layout<bigint> = {
  write(w, value) {
    w.uint(value, 16)
  },
  read(r) {
    const value = BigInt(r.uint(16))
    r.skip(r.remaining)
    return value
  },
}

const tupleProperties = propertyList(
  {
    src: property(0, { value: address }),
    dst: property(1, { value: address }),
    src_port: property(2, { value: u16, _1: slack(2) }),
    dst_port: property(3, { value: u16, _1: slack(2) }),
    icmp_id: property(4, { value: u16, _1: slack(2) }),
    icmp_type: property(5, { value: u8, _1: slack(3) }),
    icmp_code: property(6, { value: u8, _1: slack(3) }),
  },
  REFUSE_UNKNOWN,
)
type TupleProperty = LayoutValue<typeof tupleProperties>[number]

const TUPLE_ORDER = ['src', 'dst', 'icmp_id', 'icmp_type', 'icmp_code', 'src_port', 'dst_port'] as const

/** Properties within a property stand 4 bytes behind its header. */
const tuple: Layout<CtTuple> = {
  write(w, value, scope) {
    w.zeros(4)
    const given = TUPLE_ORDER.filter((name) => value[name] !== undefined)
    const items = given.map((name) => ({ type: name, value: value[name] }) as TupleProperty)
    tupleProperties.write(w, items, scope)
  },
  read(r, scope) {
    r.skip(4)
    const entries = tupleProperties.read(r, scope).flatMap((item) => (item.type === 'unknown' ? [] : [item]))
    return Object.fromEntries(entries.map(({ type, value }) => [type, value]))
  },
}

const flushProperties = propertyList(
  {
    orig: property(0, { value: tuple }),
    reply: property(1, { value: tuple }),
    zone_id: property(2, { value: u16, _1: slack(2) }),
  },
  REFUSE_UNKNOWN,
)
type FlushProperty = LayoutValue<typeof flushProperties>[number]

const IPV4_MAPPED = 0xffffn

/** Whether an address is of IPv4 or 6; 0 where it is not given. */
const familyOf = (value: bigint): 0 | 4 | 6 => (value === 0n ? 0 : value >> 32n === IPV4_MAPPED ? 4 : 6)

/**
 * The family of all addresses; undefined when they differ. As in OVS, an address of zeros makes those before it
 * forgotten.
 */
export function ctFamily({ orig = {}, reply = {} }: CtFlush): 0 | 4 | 6 | undefined {
  let family: 0 | 4 | 6 = 0
  for (const value of [orig.src, orig.dst, reply.src, reply.dst]) {
    if (value === undefined) continue
    const own = familyOf(value)
    if (family !== 0 && own !== 0 && own !== family) return undefined
    family = own
  }
  return family
}

function readFlush(r: Reader, scope: Scope): CtFlush {
  const offset = r.offset
  const ip_proto = r.u8()
  if (r.bytes(7).some((byte) => byte !== 0)) {
    throw new DecodeError('padding that is not zero', { offset, reply: 'NXBRC_MUST_BE_ZERO' })
  }
  const items = flushProperties.read(r, scope).flatMap((item) => (item.type === 'unknown' ? [] : [item]))
  return { ip_proto, ...Object.fromEntries(items.map(({ type, value }) => [type, value])) }
}

function writeFlush(w: Writer, { ip_proto = 0, zone_id, orig, reply }: CtFlush, scope: Scope): void {
  w.u8(ip_proto)
  w.zeros(7)
  const items: FlushProperty[] = []
  if (orig !== undefined) items.push({ type: 'orig', value: orig })
  if (reply !== undefined) items.push({ type: 'reply', value: reply })
  if (zone_id !== undefined) items.push({ type: 'zone_id', value: zone_id })
  flushProperties.write(w, items, scope)
}

/** NXT_CT_FLUSH */
export const ctFlush: Layout<CtFlush> = judged({ read: readFlush, write: writeFlush }, (flush) =>
  ctFamily(flush) === undefined ? { what: 'addresses of IPv4 and IPv6', reply: 'OFPBPC_BAD_VALUE' } : undefined,
)
