import { TextError } from '../errors.js'
import { type Match, MatchBuilder } from '../match/terms.js'
import { type Protocols, PROTOCOLS } from '../protocols.js'
import type { Value } from '../spec/fields.js'
import { ETH_ARP, ETH_IPV4, ETH_IPV6, ETH_MPLS, ETH_MPLS_MCAST, ETH_RARP, PacketKind } from '../spec/prereqs.js'
import { FIELD_INFOS, type FieldInfo, fieldInfo } from '../spec/registry.js'
import { prefixLength } from './addresses.js'
import type { TextContext } from './context.js'
import { type KeyValue, parseUint, scanKeyValues } from './scan.js'
import { anyFieldByName, parseSubfield } from './subfield.js'
import { parseValue } from './values.js'

/** Short names: an ethertype, and a protocol where the name says one. */
const SHORT_NAMES: Readonly<Record<string, readonly [ethType: number, protocol?: number]>> = {
  ip: [ETH_IPV4],
  ipv4: [ETH_IPV4],
  ip4: [ETH_IPV4],
  icmp: [ETH_IPV4, 1],
  icmp4: [ETH_IPV4, 1],
  igmp: [ETH_IPV4, 2],
  tcp: [ETH_IPV4, 6],
  tcp4: [ETH_IPV4, 6],
  udp: [ETH_IPV4, 17],
  udp4: [ETH_IPV4, 17],
  sctp: [ETH_IPV4, 132],
  sctp4: [ETH_IPV4, 132],
  ipv6: [ETH_IPV6],
  ip6: [ETH_IPV6],
  icmp6: [ETH_IPV6, 58],
  tcp6: [ETH_IPV6, 6],
  udp6: [ETH_IPV6, 17],
  sctp6: [ETH_IPV6, 132],
  arp: [ETH_ARP],
  rarp: [ETH_RARP],
  mpls: [ETH_MPLS],
  mplsm: [ETH_MPLS_MCAST],
}

/** Fields of IPv4 and IPv6 alike, which only NXM and OXM match in IPv6. */
const ANY_IP_FIELDS = (['nw_proto', 'ip_dscp', 'nw_ecn', 'tcp_src', 'tcp_dst'] as const).map(fieldInfo)

const OFP10_VLAN_NONE = 0xffff
const PACKET_TYPE = fieldInfo('packet_type')

/** The first field of each place stands for all that share it while a text is being read. */
const REPRESENTATIVES = new Map<string, FieldInfo>()
for (const info of FIELD_INFOS) if (!REPRESENTATIVES.has(info.place)) REPRESENTATIVES.set(info.place, info)
const representative = (info: FieldInfo): FieldInfo => REPRESENTATIVES.get(info.place) ?? info

/** Fields whose place is shared, by representative. */
const SHARERS = new Map<FieldInfo, FieldInfo[]>()
for (const info of FIELD_INFOS) {
  const shared = FIELD_INFOS.filter((other) => other.place === info.place)
  if (shared.length > 1) SHARERS.set(representative(info), shared)
}

/**
 * Reads a match term by term. As in OVS's own flow key, fields that share a place are one until the ethertype and
 * protocol, which may stand anywhere in the text, decide which it is; what applies to no packet is dropped then.
 */
export class MatchText {
  readonly #builder = new MatchBuilder()
  readonly #ctx: TextContext
  #ethernet = false
  #usable: Protocols = PROTOCOLS.ANY

  constructor(ctx: TextContext) {
    this.#ctx = ctx
  }

  /** Takes one term; false when it is not of a match. @throws TextError */
  take(pair: KeyValue): boolean {
    const { key, value, delimiter } = pair
    const protocol = delimiter === '' ? SHORT_NAMES[key] : undefined
    if (protocol !== undefined) {
      this.#put(fieldInfo('eth_type'), protocol[0], 0xffff)
      if (protocol[1] !== undefined) this.#put(fieldInfo('nw_proto'), protocol[1], 0xff)
      return true
    }
    if (key === 'eth' && delimiter === '') {
      this.#put(fieldInfo('packet_type'), 0, 0xffffffff)
      return true
    }
    const bracket = key.indexOf('[')
    const info = anyFieldByName(bracket < 0 ? key : key.slice(0, bracket))
    if (info === undefined) return false
    if (bracket >= 0) this.#takeBits(key, value)
    else if (info.name === 'dl_vlan') this.#takeVlan(info, value)
    else {
      if (delimiter === '') throw new TextError(`field ${key} missing value`)
      if (value === '*' || value === 'ANY') return true
      const [bits, mask] = parseValue(info, value, this.#ctx)
      this.#narrow(info, mask)
      this.#put(info, bits, mask)
    }
    return true
  }

  #narrow(info: FieldInfo, mask: Value): void {
    if (mask === 0 || mask === 0n) return
    const { exact, cidr, bitwise } = info.usable
    if (mask === info.ones) this.#usable &= exact
    else this.#usable &= prefixLength(BigInt(mask), info.bits) === undefined ? bitwise : cidr
  }

  /** The flow formats that can carry what has been taken. */
  get usable(): Protocols {
    const ipv6 = Number(this.#builder.get(fieldInfo('eth_type'))[0]) === ETH_IPV6
    const mixed = ipv6 && ANY_IP_FIELDS.some((info) => this.#builder.get(representative(info))[1] !== 0)
    return mixed ? this.#usable & PROTOCOLS.NXM_OXM_ANY : this.#usable
  }

  /** The canonical match of what has been taken. */
  build(): Match {
    const resolved = new MatchBuilder()
    const kind = new PacketKind()
    const taken = new Set<FieldInfo>()
    for (const info of this.#candidates()) {
      const stored = representative(info)
      if (taken.has(stored) || !info.prereqMet(kind)) continue
      const [value, mask] = this.#builder.get(stored)
      const own = fit(info, stored, value, mask)
      taken.add(stored)
      resolved.put(info, own[0], own[1])
      info.note?.(kind, Number(own[0]), Number(own[1]))
    }
    // What asked for a field of Ethernet packets asked for Ethernet, even where the field itself does not apply.
    if (this.#ethernet && resolved.get(PACKET_TYPE)[1] === 0) resolved.put(PACKET_TYPE, 0, 0xffffffff)
    return resolved.build(() => undefined)
  }

  /** In table order, the fields that what is stored could be. */
  #candidates(): FieldInfo[] {
    const all: FieldInfo[] = []
    for (const info of this.#builder.fields()) {
      const sharers = SHARERS.get(info)
      if (sharers === undefined) all.push(info)
      else all.push(...sharers)
    }
    return all.sort((a, b) => a.index - b.index)
  }

  /** Of terms for the same field the last one holds, as in ovs-ofctl. */
  #put(info: FieldInfo, value: Value, mask: Value): void {
    if (info.prereq !== 'none' && info.prereq !== 'ct' && info.prereq !== 'ct_tp') this.#ethernet = true
    const stored = representative(info)
    // A value that fills its field fills the place too, though others that share it may be wider.
    this.#builder.replace(stored, value, mask === info.ones && stored !== info ? stored.ones : mask)
  }

  /** `reg0[0..7]=5` */
  #takeBits(key: string, text: string): void {
    const bits = parseSubfield(key)
    const info = fieldInfo(bits.field)
    const [value, mask] = parseValue(info, text, this.#ctx)
    const all = (1n << BigInt(bits.n_bits)) - 1n
    if (BigInt(value) > all) throw new TextError(`${text}: value does not fit into ${bits.n_bits} bits`)
    const own = (v: bigint): Value => (info.wide ? v : Number(v))
    const shift = BigInt(bits.ofs)
    this.#narrow(info, mask === info.ones ? own(all << shift) : mask)
    const bitsMask = own((mask === info.ones ? all : BigInt(mask) & all) << shift)
    const conflict = this.#builder.put(representative(info), own(BigInt(value) << shift), bitsMask)
    if (conflict !== undefined) throw new TextError(`${key}: contradicts what else is matched of ${conflict}`)
  }

  /** 0xffff stands for "no tag". */
  #takeVlan(info: FieldInfo, text: string): void {
    const vid = parseUint(text, 0xffff, 'dl_vlan')
    if (vid === OFP10_VLAN_NONE) this.#put(fieldInfo('vlan_tci'), 0, 0xffff)
    else this.#put(info, vid & 0xfff, 0xfff)
  }
}

/** What is stored in a place as a value of one of the fields that share it. */
function fit(info: FieldInfo, stored: FieldInfo, value: Value, mask: Value): readonly [Value, Value] {
  if (info === stored || info.wide) return [value, mask]
  const ones = Number(info.ones)
  return [(Number(value) & ones) >>> 0, mask === stored.ones ? ones : (Number(mask) & ones) >>> 0]
}

/**
 * Parses a match in ovs-ofctl's syntax: `tcp,nw_src=10.0.0.0/8,tp_dst=80`. As there, what needs a protocol that is not
 * asked for is dropped.
 * @throws TextError
 */
export function parseMatch(text: string, ctx: TextContext = {}): Match {
  const terms = new MatchText(ctx)
  for (const pair of scanKeyValues(text)) {
    if (!terms.take(pair)) throw new TextError(`unknown keyword ${pair.key}`, text.indexOf(pair.key))
  }
  return terms.build()
}
