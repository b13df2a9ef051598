import type { FieldName, Value } from '../spec/fields.js'

/** Bits `ofs` (0 is the least significant) up to `ofs + n_bits - 1` of a field: `field[ofs..end]` in text. */
export interface Subfield {
  readonly field: FieldName
  readonly ofs: number
  readonly n_bits: number
}

/** Sends the packet to a port. `max_len` (bytes sent) has a meaning for the controller only. */
export interface OutputAction {
  readonly type: 'output'
  readonly port: number
  readonly max_len?: number
}

/** Sends the packet to the port whose number is in `src`. */
export interface OutputRegAction {
  readonly type: 'output_reg'
  readonly src: Subfield
  readonly max_len: number
  /** It came as the longer of two forms and is sent so. */
  readonly form?: 'output_reg2'
}

/** Sends at most `max_len` bytes of the packet to a port. */
export interface OutputTruncAction {
  readonly type: 'output_trunc'
  readonly port: number
  readonly max_len: number
}

/** Reasons of packet-ins that an action may give, by their numbers on the wire (OFPR_*). */
export const CONTROLLER_REASONS = ['no_match', 'action', 'invalid_ttl', 'action_set', 'group', 'packet_out'] as const
/** A reason that has no name is a number. */
export type ControllerReason = (typeof CONTROLLER_REASONS)[number] | number

/** Sends the packet to the controller connections of id `id`. */
export interface ControllerAction {
  readonly type: 'controller'
  readonly max_len: number
  readonly reason: ControllerReason
  readonly id: number
  readonly userdata?: Uint8Array
  readonly pause?: boolean
  readonly meter_id?: number
  /** It came as the longer of two forms and is sent so, needed or not. */
  readonly form?: 'controller2'
}

export interface EnqueueAction {
  readonly type: 'enqueue'
  readonly port: number
  readonly queue_id: number
}

export interface GroupAction {
  readonly type: 'group'
  readonly group_id: number
}

/** Sets a field, or with `mask` only the bits of the mask. */
export interface SetFieldAction {
  readonly type: 'set_field'
  readonly field: FieldName
  readonly value: Value
  readonly mask?: Value
  /** It came as NXAST_REG_LOAD2 and, before OpenFlow 1.5, is sent so. */
  readonly form?: 'reg_load2'
  /** The packet is known to have a VLAN tag. */
  readonly flow_has_vlan?: boolean
}

/** Sets some adjacent bits of a field. */
export interface LoadAction {
  readonly type: 'load'
  readonly value: Value
  readonly dst: Subfield
}

export interface MoveAction {
  readonly type: 'move'
  readonly src: Subfield
  readonly dst: Subfield
  /** It came as ONF's extension and, in OpenFlow 1.3, is sent so. */
  readonly form?: 'copy_field'
}

export interface PushAction {
  readonly type: 'push'
  readonly src: Subfield
}

export interface PopAction {
  readonly type: 'pop'
  readonly dst: Subfield
}

/** The setters of OpenFlow 1.0; later versions carry them as set_field. */
export interface ModAction {
  readonly type: 'mod_dl_src' | 'mod_dl_dst' | 'mod_nw_src' | 'mod_nw_dst' | 'mod_nw_tos' | 'mod_nw_ecn'
  readonly value: Value
}

/** Sets a transport port; `ip_proto` is that of the flow's match (TCP where it is not known). */
export interface ModPortAction {
  readonly type: 'mod_tp_src' | 'mod_tp_dst'
  readonly value: number
  readonly ip_proto?: number
}

/**
 * Sets part of the VLAN tag: `mod_` adds a tag where there is none, `set_` does not. `flow_has_vlan`: the packet is
 * known to have one already.
 */
export interface ModVlanAction {
  readonly type: 'mod_vlan_vid' | 'mod_vlan_pcp' | 'set_vlan_vid' | 'set_vlan_pcp'
  readonly value: number
  readonly flow_has_vlan?: boolean
}

export interface ModTtlAction {
  readonly type: 'mod_nw_ttl' | 'set_mpls_ttl' | 'set_mpls_label' | 'set_mpls_tc'
  readonly value: number
}

/** Actions that say all with their name. */
export interface PlainAction {
  readonly type:
    | 'strip_vlan'
    | 'pop_vlan'
    | 'dec_mpls_ttl'
    | 'dec_nsh_ttl'
    | 'pop_queue'
    | 'exit'
    | 'ct_clear'
    | 'clear_actions'
    | 'debug_recirc'
    | 'debug_slow'
}

export interface EthertypeAction {
  readonly type: 'push_vlan' | 'push_mpls' | 'pop_mpls'
  readonly ethertype: number
}

/** Decrements the IP TTL; at zero the packet goes to the controllers `ids` (0 where there are none). */
export interface DecTtlAction {
  readonly type: 'dec_ttl'
  readonly ids?: readonly number[]
}

export interface SetTunnelAction {
  readonly type: 'set_tunnel' | 'set_tunnel64'
  readonly tun_id: bigint
}

export interface SetQueueAction {
  readonly type: 'set_queue'
  readonly queue_id: number
}

/**
 * Searches `table` (this one, when undefined) as if the packet had come in through `port` (its own, when undefined).
 */
export interface ResubmitAction {
  readonly type: 'resubmit'
  readonly port?: number
  readonly table?: number
  readonly ct?: boolean
}

export interface ConjunctionAction {
  readonly type: 'conjunction'
  readonly id: number
  /** From 1 to n_clauses, as in text. */
  readonly clause: number
  readonly n_clauses: number
}

export interface NatRange {
  readonly min: Value
  readonly max?: Value
}

/** Only within the actions of `ct`. Neither `src` nor `dst`: apply the connection's own translation. */
export interface NatAction {
  readonly type: 'nat'
  readonly kind?: 'src' | 'dst'
  /** A number: IPv4; a bigint: IPv6. */
  readonly addr?: NatRange
  /** Only with an address. */
  readonly port?: { readonly min: number; readonly max?: number }
  readonly flags?: readonly NatFlag[]
}

/** Bits of the flags word from 4 on are the flags; see NX_NAT_F_*. */
export const NAT_FLAGS = { persistent: 1 << 2, hash: 1 << 3, random: 1 << 4 } as const
export type NatFlag = keyof typeof NAT_FLAGS

export const CT_FLAGS = { commit: 1, force: 2 } as const
export type CtFlag = keyof typeof CT_FLAGS

/** Sends the packet through connection tracking; then, with `table`, on there. */
export interface CtAction {
  readonly type: 'ct'
  readonly flags: readonly CtFlag[]
  /** Bits of the flags word that have no name. */
  readonly other_flags?: number
  readonly zone: number | Subfield
  readonly table?: number
  /** Well-known port of the application-level gateway: 21 (ftp), 69 (tftp). */
  readonly alg?: number
  readonly actions: readonly Action[]
}

export interface CloneAction {
  readonly type: 'clone'
  readonly actions: readonly Action[]
}

export interface NoteAction {
  readonly type: 'note'
  /** Length such that 10 header bytes and these make a multiple of 8. */
  readonly data: Uint8Array
}

/** Parts of a packet that are hashed, by their numbers on the wire (NX_HASH_FIELDS_*). */
export const HASH_FIELDS = [
  'eth_src',
  'symmetric_l4',
  'symmetric_l3l4',
  'symmetric_l3l4+udp',
  'nw_src',
  'nw_dst',
  'symmetric_l3',
] as const
export type HashFields = (typeof HASH_FIELDS)[number]

/** Ways of choosing a link by a hash, by their numbers on the wire (NX_MP_ALG_*). */
export const MULTIPATH_ALGORITHMS = ['modulo_n', 'hash_threshold', 'hrw', 'iter_hash'] as const
export type MultipathAlgorithm = (typeof MULTIPATH_ALGORITHMS)[number]

/** Writes the number of one of `n_links` links (from 0 on) to `dst`. */
export interface MultipathAction {
  readonly type: 'multipath'
  readonly fields: HashFields
  readonly basis: number
  readonly algorithm: MultipathAlgorithm
  readonly n_links: number
  readonly arg: number
  readonly dst: Subfield
}

/** Ways of choosing a member of a bundle, by their numbers on the wire (NX_BD_ALG_*). */
export const BUNDLE_ALGORITHMS = ['active_backup', 'hrw'] as const
export type BundleAlgorithm = (typeof BUNDLE_ALGORITHMS)[number]

/** Sends the packet to one of the ports `members`, or with `dst` writes the port's number there. */
export interface BundleAction {
  readonly type: 'bundle'
  /** With `dst` there may be one of which only the number is known. */
  readonly fields: HashFields | number
  readonly basis: number
  readonly algorithm: BundleAlgorithm | number
  readonly members: readonly number[]
  readonly dst?: Subfield
}

/** Bits of the flags word of a learn action (NX_LEARN_F_*) that are given by name. */
export const LEARN_FLAGS = { send_flow_rem: 1, delete_learned: 2 } as const
export type LearnFlag = keyof typeof LEARN_FLAGS

/**
 * A part of a learned flow: of its match, or a load or an output among its actions. Where there is a `value`, that is
 * the part's; else it is what the packet has in `src`.
 */
export type LearnSpec =
  | { readonly to: 'match' | 'load'; readonly dst: Subfield; readonly src: Subfield }
  | { readonly to: 'match' | 'load'; readonly dst: Subfield; readonly value: bigint }
  | { readonly to: 'output'; readonly src: Subfield }

/** Adds a flow, or changes it when there is one of the same match and priority. Timeouts are seconds, 0: never. */
export interface LearnAction {
  readonly type: 'learn'
  readonly table_id: number
  readonly priority: number
  readonly cookie: bigint
  readonly idle_timeout: number
  readonly hard_timeout: number
  readonly fin_idle_timeout: number
  readonly fin_hard_timeout: number
  readonly flags: readonly LearnFlag[]
  /** Most flows that this action may have learned; 0: any number. */
  readonly limit: number
  /** A bit that tells whether the flow could be learned. */
  readonly result_dst?: Subfield
  readonly specs: readonly LearnSpec[]
  /** It came as the longer of two forms and is sent so, needed or not. */
  readonly form?: 'learn2'
}

/** Sends samples of packets to IPFIX collectors. */
export interface SampleAction {
  readonly type: 'sample'
  /** Packets of 65535 that are sampled. */
  readonly probability: number
  readonly collector_set_id: number
  readonly obs_domain_id: number
  readonly obs_point_id: number
  readonly sampling_port?: number
  readonly direction?: 'ingress' | 'egress'
  /** It came as a longer form than it needs and is sent so. */
  readonly form?: 'sample2' | 'sample3'
}

/** Properties of a header that `encap` puts before a packet. */
export type EncapProperty =
  | { readonly type: 'md_type'; readonly md_type: number }
  | {
      readonly type: 'tlv'
      readonly tlv_class: number
      readonly tlv_type: number
      readonly data: Uint8Array
      /** What came after the data, up to 8 bytes, where that was not zero. */
      readonly padding?: Uint8Array
    }

/** Packet types that `encap` makes. */
export const ENCAP_TYPES = { ethernet: 0, nsh: 0x1894f, mpls: 0x18847, mpls_mc: 0x18848 } as const
export type EncapHeader = keyof typeof ENCAP_TYPES

/** Puts a header before the packet. */
export interface EncapAction {
  readonly type: 'encap'
  readonly header: EncapHeader
  readonly hdr_size?: number
  readonly properties: readonly EncapProperty[]
}

/** Takes the outermost header off; what is left is a packet of type `packet_type`, or what the header says. */
export interface DecapAction {
  readonly type: 'decap'
  readonly packet_type?: number
}

/** Takes a Geneve option off the packet's tunnel header to be. */
export interface DeleteFieldAction {
  readonly type: 'delete_field'
  readonly field: FieldName
}

export interface FinTimeoutAction {
  readonly type: 'fin_timeout'
  readonly idle_timeout: number
  readonly hard_timeout: number
}

export interface CheckPktLargerAction {
  readonly type: 'check_pkt_larger'
  readonly pkt_len: number
  readonly dst: Subfield
}

export interface MeterAction {
  readonly type: 'meter'
  readonly meter_id: number
}

export interface WriteActionsAction {
  readonly type: 'write_actions'
  readonly actions: readonly Action[]
}

export interface WriteMetadataAction {
  readonly type: 'write_metadata'
  readonly value: bigint
  readonly mask: bigint
}

export interface GotoTableAction {
  readonly type: 'goto_table'
  readonly table_id: number
}

/** What this library does not know, header included; it is written back as it came. */
export interface UnknownAction {
  readonly type: 'unknown'
  readonly of: 'action' | 'instruction'
  /** What Open vSwitch answers to it: OFPBAC_BAD_TYPE ... */
  readonly reply: string
  readonly raw: Uint8Array
}

/**
 * Actions and, as in OVS, instructions: entries of one list. What is not an instruction is in the apply-actions
 * instruction when it stands at the top of a flow.
 */
export type Action =
  | OutputAction
  | OutputRegAction
  | OutputTruncAction
  | ControllerAction
  | EnqueueAction
  | GroupAction
  | SetFieldAction
  | LoadAction
  | MoveAction
  | PushAction
  | PopAction
  | ModAction
  | ModPortAction
  | ModVlanAction
  | ModTtlAction
  | PlainAction
  | EthertypeAction
  | DecTtlAction
  | SetTunnelAction
  | SetQueueAction
  | ResubmitAction
  | ConjunctionAction
  | NatAction
  | CtAction
  | CloneAction
  | NoteAction
  | FinTimeoutAction
  | MultipathAction
  | BundleAction
  | LearnAction
  | SampleAction
  | EncapAction
  | DecapAction
  | DeleteFieldAction
  | CheckPktLargerAction
  | MeterAction
  | WriteActionsAction
  | WriteMetadataAction
  | GotoTableAction
  | UnknownAction

export type ActionType = Action['type']
