import type { OfVersion } from '../version.js'

/** Textual forms of values, ovs-fields(7). */
export type FormatName =
  | 'decimal'
  | 'hexadecimal'
  | 'ethernet'
  | 'ipv4'
  | 'ipv6'
  | 'port'
  | 'frag'
  | 'ct_state'
  | 'tun_flags'
  | 'tcp_flags'
  | 'packet_type'

/** What a packet must be for a field to exist in it, ovs-fields(7) "Prerequisites". */
export type PrereqName =
  | 'none'
  | 'ethernet'
  | 'vlan'
  | 'mpls'
  | 'ipv4'
  | 'ipv6'
  | 'ip'
  | 'arp'
  | 'nsh'
  | 'tcp'
  | 'udp'
  | 'sctp'
  | 'icmpv4'
  | 'icmpv6'
  | 'nd'
  | 'nd_solicit'
  | 'nd_advert'
  | 'ct'
  | 'ct_proto'

/** A TLV type under which a field travels. Of several: that with the highest `since` not above the version. */
export interface WireId {
  /** As in ovs-fields(7) and in the destination of `load:`: NXM_OF_IN_PORT, OXM_OF_ETH_DST ... */
  readonly name: string
  readonly oxmClass: number
  readonly number: number
  /** For class 0xffff only. */
  readonly experimenter?: number
  /** OpenFlow version; 0x01 is NXM. */
  readonly since: OfVersion
  /** Payload bytes where they differ from the field's own. */
  readonly bytes?: number
}

/**
 * A field that is only another way to look at the bits of others, which are what a canonical match holds:
 * the bits of `of`, first the most significant, shifted left by `shift`, with the bits `set` always on.
 */
export interface FieldView {
  readonly of: readonly string[]
  readonly shift?: number
  readonly set?: number
  /** From this version on, matches on the fields of `of` travel in this field. */
  readonly packedSince?: OfVersion
}

/** One entry of the field table. Everything that the library knows of a field is here. */
export interface FieldSpec {
  readonly name: string
  readonly aliases?: readonly string[]
  /** The name that ovs-ofctl prints in actions, where it differs. */
  readonly printName?: string
  /** Significant bits. */
  readonly bits: number
  /** Bytes on the wire and in text where they are more than `bits` needs. */
  readonly bytes?: number
  /** Bits that actions see of it, where they are fewer. */
  readonly subfieldBits?: number
  readonly format: FormatName
  readonly maskable: boolean
  /** Matches send its mask even when that is all ones. */
  readonly alwaysMasked?: boolean
  readonly writable: boolean
  readonly prereq: PrereqName
  /** The prerequisite that decides whether a match sends it, where that is another. */
  readonly sentFor?: PrereqName
  readonly wire: readonly WireId[]
  /** Fields of one place hold the same bits of OVS's flow key; which of them it is, the prerequisites decide. */
  readonly place?: string
  /** Bits that a match keeps of a value, where these are not those of all its bytes. */
  readonly keptBits?: number
  /** Bits that may be on in a value received, where these are not its significant ones. */
  readonly validMask?: number
  /** The only values that may be received. */
  readonly validValues?: readonly number[]
  /** Matches take the value for the mask, a slip of Open vSwitch 3.1 that its switches share. */
  readonly valueIsMask?: boolean
  /** Values travel without their leading zero bytes; even no byte at all asks that the field be there. */
  readonly variableLength?: boolean
  readonly view?: FieldView
  /** How the fixed match of OpenFlow 1.0 expresses it, where it does; `cidr`: also masked by a prefix. */
  readonly of10?: 'exact' | 'cidr'
  /** The same of OpenFlow 1.1; `bitwise`: with any mask. */
  readonly of11?: 'exact' | 'bitwise'
}
