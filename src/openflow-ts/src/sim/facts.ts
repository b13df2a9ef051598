import type { Action, ActionType } from '../action/types.js'
import type { FieldName, Value } from '../spec/fields.js'
import type { PrereqName } from '../spec/field-spec.js'
import { fieldInfo } from '../spec/registry.js'
import { type Packet, slotOf } from './packet.js'

/** What a prerequisite depends on, beside what is always consulted. */
export const CONSULTED_BY: Readonly<Partial<Record<PrereqName, readonly FieldName[]>>> = {
  vlan: ['vlan_tci'],
  tcp: ['nw_proto'],
  udp: ['nw_proto'],
  sctp: ['nw_proto'],
  icmpv4: ['nw_proto'],
  icmpv6: ['nw_proto'],
  nd: ['nw_proto', 'tcp_src', 'tcp_dst'],
  nd_solicit: ['nw_proto', 'tcp_src', 'tcp_dst'],
  nd_advert: ['nw_proto', 'tcp_src', 'tcp_dst'],
  ct: ['ct_state'],
  ct_proto: ['ct_state', 'ct_nw_proto'],
}

const slots = (...names: readonly FieldName[]): number[] => names.map((name) => slotOf(fieldInfo(name)))
const SWAPPED = slots('nw_proto', 'nw_src', 'nw_dst', 'ipv6_src', 'ipv6_dst', 'tcp_src', 'tcp_dst')
const ORIGINAL = slots(
  ...(['ct_nw_proto', 'ct_nw_src', 'ct_nw_dst', 'ct_ipv6_src', 'ct_ipv6_dst', 'ct_tp_src', 'ct_tp_dst'] as const),
)

/** Exchanges the packet's addresses and ports with those with which its connection began. */
export function swapTuple(values: Value[]): void {
  SWAPPED.forEach((slot, i) => {
    const original = ORIGINAL[i] ?? 0
    const own = values[slot] ?? 0
    values[slot] = values[original] ?? 0
    values[original] = own
  })
}

/** The address to which a packet's tunnel goes. */
export function tunnelEnd(packet: Packet): string {
  const v4 = packet.get('tun_dst')
  return v4 === 0 ? `6 ${packet.get('tun_ipv6_dst').toString()}` : `4 ${v4}`
}

/** Actions that can be done on a packet of which no more than the Ethernet header is known. */
const NO_PARSING = new Set<ActionType>([
  ...(['output', 'output_trunc', 'enqueue', 'output_reg', 'mod_vlan_vid', 'set_vlan_vid', 'mod_vlan_pcp'] as const),
  ...(['set_vlan_pcp', 'mod_dl_src', 'mod_dl_dst', 'set_tunnel', 'set_tunnel64', 'set_queue', 'group'] as const),
])

const LOWER = new Set<PrereqName>(['none', 'ethernet', 'vlan', 'mpls', 'ct', 'ct_proto'])

/** Whether an action needs to know what is under the last MPLS label. */
export function needsParsing(action: Action): boolean {
  if (action.type === 'set_field') return !LOWER.has(fieldInfo(action.field).prereq)
  if (action.type === 'load') return !LOWER.has(fieldInfo(action.dst.field).prereq)
  return !NO_PARSING.has(action.type)
}
