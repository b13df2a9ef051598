import { OF10, OF11 } from '../../version.js'

/** Names of actions by the bits of OpenFlow 1.0, 1.1 and later ones, in the order in which OVS prints them. */
const OFPAT10: readonly (readonly [name: string, bit: number])[] = [
  ['output', 0],
  ['enqueue', 11],
  ['set_vlan_vid', 1],
  ['set_vlan_pcp', 2],
  ['strip_vlan', 3],
  ['mod_dl_src', 4],
  ['mod_dl_dst', 5],
  ['mod_nw_src', 6],
  ['mod_nw_dst', 7],
  ['mod_nw_tos', 8],
  ['mod_tp_src', 9],
  ['mod_tp_dst', 10],
]

const OFPAT11: readonly (readonly [name: string, bit: number])[] = [
  ['output', 0],
  ['group', 22],
  ['set_vlan_vid', 1],
  ['set_vlan_pcp', 2],
  ['strip_vlan', 18],
  ['push_vlan', 17],
  ['mod_dl_src', 3],
  ['mod_dl_dst', 4],
  ['mod_nw_src', 5],
  ['mod_nw_dst', 6],
  ['mod_nw_tos', 7],
  ['mod_nw_ecn', 8],
  ['mod_nw_ttl', 23],
  ['mod_tp_src', 9],
  ['mod_tp_dst', 10],
  ['dec_ttl', 24],
  ['set_mpls_label', 13],
  ['set_mpls_tc', 14],
  ['set_mpls_ttl', 15],
  ['dec_mpls_ttl', 16],
  ['push_mpls', 19],
  ['pop_mpls', 20],
  ['set_queue', 21],
]

const OFPAT12: readonly (readonly [name: string, bit: number])[] = [
  ['output', 0],
  ['group', 22],
  ['set_field', 25],
  ['strip_vlan', 18],
  ['push_vlan', 17],
  ['mod_nw_ttl', 23],
  ['dec_ttl', 24],
  ['set_mpls_ttl', 15],
  ['dec_mpls_ttl', 16],
  ['push_mpls', 19],
  ['pop_mpls', 20],
  ['set_queue', 21],
]

/** Kinds of actions, by the bits of their numbers (OFPAT_*) in a version; bits without a name are not shown. */
export function actionNames(bits: number, version: number): string[] {
  const table = version === OF10 ? OFPAT10 : version === OF11 ? OFPAT11 : OFPAT12
  return table.filter(([, bit]) => (bits & (1 << bit)) !== 0).map(([name]) => name)
}

export function printActionBits(bits: number, version: number): string {
  const names = actionNames(bits, version)
  return names.length === 0 ? '<none>' : names.join(' ')
}
