import { TextError } from '../errors.js'
import { MatchBuilder } from '../match/builder.js'
import type { Match } from '../match/terms.js'
import { type Protocols, PROTOCOLS } from '../protocols.js'
import type { Value } from '../spec/fields.js'
import { ETH_ARP, ETH_IPV4, ETH_IPV6, ETH_MPLS, ETH_MPLS_MCAST, ETH_RARP } from '../spec/prereqs.js'
import { fieldByName, type FieldInfo, fieldInfo } from '../spec/registry.js'
import { prefixLength32 } from './addresses.js'
import type { TextContext } from './context.js'
import { type KeyValue, scanKeyValues } from './scan.js'
import { parseSubfield } from './subfield.js'
import { formatValue, parseMasked, scanNumber } from './values.js'

interface Protocol {
  readonly ethType?: number
  readonly nwProto?: number
}

/** Short names of Ethernet packets: an ethertype and a protocol where the name says one. */
export const PROTOCOLS_BY_NAME: ReadonlyMap<string, Protocol> = new Map<string, Protocol>([
  ['eth', {}],
  ['ip', { ethType: ETH_IPV4 }],
  ['ipv4', { ethType: ETH_IPV4 }],
  ['ip4', { ethType: ETH_IPV4 }],
  ['icmp', { ethType: ETH_IPV4, nwProto: 1 }],
  ['tcp', { ethType: ETH_IPV4, nwProto: 6 }],
  ['udp', { ethType: ETH_IPV4, nwProto: 17 }],
  ['sctp', { ethType: ETH_IPV4, nwProto: 132 }],
  ['ipv6', { ethType: ETH_IPV6 }],
  ['ip6', { ethType: ETH_IPV6 }],
  ['icmp6', { ethType: ETH_IPV6, nwProto: 58 }],
  ['tcp6', { ethType: ETH_IPV6, nwProto: 6 }],
  ['udp6', { ethType: ETH_IPV6, nwProto: 17 }],
  ['sctp6', { ethType: ETH_IPV6, nwProto: 132 }],
  ['arp', { ethType: ETH_ARP }],
  ['rarp', { ethType: ETH_RARP }],
  ['mpls', { ethType: ETH_MPLS }],
  ['mplsm', { ethType: ETH_MPLS_MCAST }],
])

/** Fields of IPv4 and IPv6 alike, which only NXM and OXM match in IPv6. */
const ANY_IP_FIELDS = (['nw_proto', 'ip_dscp', 'nw_ecn', 'tcp_src', 'tcp_dst'] as const).map(fieldInfo)

const OFP10_VLAN_NONE = 0xffff
const DL_VLAN = fieldInfo('dl_vlan')
const VLAN_TCI = fieldInfo('vlan_tci')
const ETH_TYPE = fieldInfo('eth_type')
const PACKET_TYPE = fieldInfo('packet_type')
/** Namespace of packet types that are ethertypes. */
const NS_ETHERTYPE = 1
const NW_PROTO = fieldInfo('nw_proto')

/**
 * Reads a match term by term. As in OVS, of terms for the same field the last holds, and fields may be given without
 * their prerequisites.
 */
export class MatchText {
  readonly #builder = new MatchBuilder()
  readonly #ctx: TextContext
  #usable: Protocols = PROTOCOLS.ANY

  constructor(ctx: TextContext) {
    this.#ctx = ctx
  }

  /** Takes one term; false when it is not of a match. @throws TextError */
  take({ key, value }: KeyValue): boolean {
    const info = fieldByName(key)
    if (info !== undefined) {
      this.#takeField(info, value === '' ? '0/0' : value)
      return true
    }
    if (this.#takeProtocol(key)) return true
    if (!key.includes('[')) return false
    this.#takeBits(key, value)
    return true
  }

  /** The canonical match of what has been taken. */
  build(): Match {
    const { packetType } = this.#builder.kind
    // The ethertype of packets without Ethernet header is that of their packet type, whatever else the text says.
    if (packetType >>> 16 === NS_ETHERTYPE && !this.#builder.isWild(ETH_TYPE)) {
      this.#builder.set(ETH_TYPE, packetType & 0xffff)
    }
    return this.#builder.build()
  }

  /** The flow formats that can carry what has been taken. */
  get usable(): Protocols {
    if (this.#builder.kind.dlType !== ETH_IPV6) return this.#usable
    const mixed = ANY_IP_FIELDS.some((info) => !this.#builder.isWild(info))
    return mixed ? this.#usable & PROTOCOLS.NXM_OXM_ANY : this.#usable
  }

  /** `tcp`, whatever value it may have. */
  #takeProtocol(key: string): boolean {
    const protocol = PROTOCOLS_BY_NAME.get(key)
    if (protocol === undefined) return false
    if (protocol.ethType === undefined) {
      this.#builder.set(PACKET_TYPE, 0)
    } else {
      this.#builder.setEthernet()
      this.#builder.set(ETH_TYPE, protocol.ethType)
    }
    if (protocol.nwProto !== undefined) this.#builder.set(NW_PROTO, protocol.nwProto)
    return true
  }

  #takeField(info: FieldInfo, text: string): void {
    const { value, mask } = parseMasked(info, text, this.#ctx)
    this.#set(info, value, mask)
  }

  #set(info: FieldInfo, value: Value, mask: Value | undefined): void {
    this.#usable &= usableWith(info, mask)
    // 0xffff stands for "no tag".
    const untagged = info === DL_VLAN && mask === undefined && value === OFP10_VLAN_NONE
    const failure = untagged ? this.#builder.set(VLAN_TCI, 0) : this.#builder.set(info, value, mask)
    if (failure !== undefined) throw new TextError(failure)
    this.#builder.setPrereqOf(info)
  }

  /** `reg0[0..7]=5` */
  #takeBits(key: string, text: string): void {
    const { field, ofs, n_bits } = parseSubfield(key)
    const info = fieldInfo(field)
    const { end, value } = scanNumber(text, 0, info.bytes, true)
    if (end !== text.length || value === undefined) {
      throw new TextError(`${key}: cannot parse integer value: ${text}`)
    }
    const all = (1n << BigInt(n_bits)) - 1n
    if (BigInt(value) > all) {
      const shown = formatValue(info, info.wide ? value : Number(value), undefined, this.#ctx)
      throw new TextError(`${key}: value ${shown} does not fit into ${n_bits} bits`)
    }
    const shift = BigInt(ofs)
    const [before, beforeMask] = this.#builder.get(info)
    const own = (bits: bigint): Value => (info.wide ? bits : Number(bits))
    const mask = own(BigInt(beforeMask) | (all << shift))
    const set = own((BigInt(before) & ~(all << shift)) | (BigInt(value) << shift))
    this.#set(info, set, mask === info.byteOnes ? undefined : mask)
  }
}

/** Flow formats that can express a value of a field with that mask. */
function usableWith({ usable, maskable, format, variableLength }: FieldInfo, mask: Value | undefined): Protocols {
  if (mask === undefined) return usable.exact
  // Even without a bit of its value an option is asked for.
  if ((mask === 0 || mask === 0n) && !variableLength) return PROTOCOLS.ANY
  if (!maskable) return PROTOCOLS.NONE
  return format !== 'ipv4' || prefixLength32(Number(mask)) !== undefined ? usable.cidr : usable.bitwise
}

/**
 * Parses a match in ovs-ofctl's syntax: `tcp,nw_src=10.0.0.0/8,tp_dst=80`. As there, fields may be given without their
 * prerequisites; `normalizeMatch` drops these.
 * @throws TextError
 */
export function parseMatch(text: string, ctx: TextContext = {}): Match {
  const terms = new MatchText(ctx)
  for (const pair of scanKeyValues(text)) {
    if (!terms.take(pair)) throw new TextError(`unknown keyword ${pair.key}`, text.indexOf(pair.key))
  }
  return terms.build()
}
