import { fieldInfo, type Place } from '../spec/registry.js'
import { MatchBuilder } from './builder.js'
import { dropImpossible } from './normalize.js'
import type { Match } from './terms.js'

/**
 * What the fixed matches of OpenFlow 1.0 and 1.1 hold, as OVS's flow key has it: one place for the fields that share
 * it, each with its mask (0: any).
 */
export interface FixedMatch {
  in_port: number
  in_port_mask: number
  dl_src: number
  dl_src_mask: number
  dl_dst: number
  dl_dst_mask: number
  vlan_tci: number
  vlan_tci_mask: number
  dl_type: number
  dl_type_mask: number
  nw_dscp: number
  nw_dscp_mask: number
  nw_proto: number
  nw_proto_mask: number
  nw_src: number
  nw_src_mask: number
  nw_dst: number
  nw_dst_mask: number
  tp_src: number
  tp_src_mask: number
  tp_dst: number
  tp_dst_mask: number
  mpls_label: number
  mpls_label_mask: number
  mpls_tc: number
  mpls_tc_mask: number
  metadata: bigint
  metadata_mask: bigint
}

export const VLAN_CFI = 0x1000
export const VLAN_VID = 0x0fff
export const VLAN_PCP = 0xe000
export const VLAN_PCP_SHIFT = 13
export const DSCP_SHIFT = 2

/** A match of everything, to be filled. */
export function emptyFixed(): FixedMatch {
  return {
    in_port: 0,
    in_port_mask: 0,
    dl_src: 0,
    dl_src_mask: 0,
    dl_dst: 0,
    dl_dst_mask: 0,
    vlan_tci: 0,
    vlan_tci_mask: 0,
    dl_type: 0,
    dl_type_mask: 0,
    nw_dscp: 0,
    nw_dscp_mask: 0,
    nw_proto: 0,
    nw_proto_mask: 0,
    nw_src: 0,
    nw_src_mask: 0,
    nw_dst: 0,
    nw_dst_mask: 0,
    tp_src: 0,
    tp_src_mask: 0,
    tp_dst: 0,
    tp_dst_mask: 0,
    mpls_label: 0,
    mpls_label_mask: 0,
    mpls_tc: 0,
    mpls_tc_mask: 0,
    metadata: 0n,
    metadata_mask: 0n,
  }
}

type Part = {
  [K in keyof FixedMatch]: K extends `${infer P}_mask` ? P : never
}[keyof FixedMatch]

/** What a fixed match calls a place that it has, and its mask. */
interface PartNames<P extends Part = Part> {
  readonly part: P
  readonly mask: `${P}_mask`
}

const PARTS = new Map<Place, PartNames>(
  (
    [
      ['in_port', 'in_port'],
      ['eth_src', 'dl_src'],
      ['eth_dst', 'dl_dst'],
      ['vlan_tci', 'vlan_tci'],
      ['eth_type', 'dl_type'],
      ['ip_dscp', 'nw_dscp'],
      ['nw_proto', 'nw_proto'],
      ['nw_src', 'nw_src'],
      ['nw_dst', 'nw_dst'],
      ['tcp_src', 'tp_src'],
      ['tcp_dst', 'tp_dst'],
      ['mpls_label', 'mpls_label'],
      ['mpls_tc', 'mpls_tc'],
      ['metadata', 'metadata'],
    ] as const
  ).map(([field, part]) => [fieldInfo(field).place, { part, mask: `${part}_mask` }]),
)

/** What of a match has a place; the rest is left out. */
export function fixedOf(match: Match): FixedMatch {
  const fixed = emptyFixed()
  for (const { field, value, mask } of match) {
    const { place } = fieldInfo(field)
    const names = PARTS.get(place)
    if (names === undefined) continue
    if (names.part === 'metadata' || names.mask === 'metadata_mask') {
      fixed.metadata = BigInt(value)
      fixed.metadata_mask = BigInt(mask ?? place.ones)
    } else {
      fixed[names.part] = Number(value)
      fixed[names.mask] = Number(mask ?? place.ones)
    }
  }
  return fixed
}

/** What is built at the moment. */
const builder = new MatchBuilder()

/**
 * The terms of a fixed match. OVS keeps and prints also those whose prerequisites it does not match, unless it is to
 * `normalize` them away.
 */
export function matchOfFixed(fixed: FixedMatch, normalize: boolean): Match {
  builder.reset()
  for (const [place, names] of PARTS) {
    const mask = fixed[names.mask]
    if (mask === 0 || mask === 0n) continue
    const [info] = place.fields
    if (info === undefined) continue
    const value = fixed[names.part]
    builder.set(info, place.wide ? BigInt(value) : value, place.wide ? BigInt(mask) : mask)
    builder.setPrereqOf(info)
  }
  if (normalize) dropImpossible(builder)
  return builder.build()
}
