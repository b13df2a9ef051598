import type { FieldName, Value } from '../spec/fields.js'
import {
  ETH_ARP,
  ETH_IPV4,
  ETH_IPV6,
  ETH_MPLS,
  ETH_MPLS_MCAST,
  ETH_NSH,
  ETH_RARP,
} from '../spec/prereqs.js'
import { readArp, readIpv4, readIpv6, readMpls, readNsh } from './network.js'
import { readTransport } from './transport.js'
import { PacketView } from './view.js'

/** Values by field name. */
export type PacketFields = Partial<Record<FieldName, Value>>

/** What a switch sees in a packet. */
export interface ExtractedPacket {
  /**
   * All fields that the packet has, also those that are 0. A layer that is cut short or wrong has its fields, all 0,
   * and none above it.
   */
  readonly fields: PacketFields
  /** VLAN tags from the outside, two at most, each with the bit that says that it is there. */
  readonly vlans: readonly number[]
  /** MPLS labels from the outside, three at most, each with traffic class, bottom-of-stack bit and TTL. */
  readonly mpls: readonly number[]
  /** Where the network layer begins; undefined when the packet is no frame. */
  readonly l3: number | undefined
  /** Where the transport layer of an IP packet begins, and how long it is. */
  readonly l4: { readonly offset: number; readonly size: number } | undefined
}

/** Where a packet is being taken apart. */
export interface Extraction {
  readonly view: PacketView
  readonly fields: PacketFields
  readonly mpls: number[]
}

const MAX_VLANS = 2
const VLAN_PRESENT = 0x1000
const TPIDS: readonly number[] = [0x8100, 0x88a8]
const LEAST_ETHERTYPE = 0x600
/** Stands for frames that have a length in place of an ethertype, and no SNAP header with one. */
const NO_ETHERTYPE = 0x5ff
const SNAP_BYTES = 8
const SNAP = 0xaaaa03000000

function readVlans(view: PacketView): number[] {
  const vlans: number[] = []
  while (vlans.length < MAX_VLANS && view.size >= 6 && TPIDS.includes(view.u16(0))) {
    vlans.push(view.u16(2) | VLAN_PRESENT)
    view.pull(4)
  }
  return vlans
}

function readEthertype(view: PacketView): number {
  const type = view.u16(0)
  view.pull(2)
  if (type >= LEAST_ETHERTYPE) return type
  if (view.size < SNAP_BYTES || Number(view.mac(0)) !== SNAP) return NO_ETHERTYPE
  const inner = view.u16(6)
  view.pull(SNAP_BYTES)
  return inner >= LEAST_ETHERTYPE ? inner : NO_ETHERTYPE
}

const ETHERNET_BYTES = 14

/** Reads the Ethernet header and VLAN tags; false when there is no whole header. */
function readEthernet({ view, fields }: Extraction, vlans: number[]): boolean {
  Object.assign(fields, { eth_src: 0n, eth_dst: 0n, vlan_tci: 0, eth_type: 0 })
  if (view.size < ETHERNET_BYTES) return false
  fields.eth_dst = view.mac(0)
  fields.eth_src = view.mac(6)
  view.pull(12)
  vlans.push(...readVlans(view))
  fields.vlan_tci = vlans[0] ?? 0
  fields.eth_type = readEthertype(view)
  return true
}

/** Readers of the network layer by ethertype; true where a transport layer follows. */
const NETWORK: Readonly<Record<number, (x: Extraction) => boolean>> = {
  [ETH_IPV4]: readIpv4,
  [ETH_IPV6]: readIpv6,
  [ETH_ARP]: readArp,
  [ETH_RARP]: readArp,
  [ETH_MPLS]: readMpls,
  [ETH_MPLS_MCAST]: readMpls,
  [ETH_NSH]: readNsh,
}

/**
 * The fields of a packet, as a switch extracts them for matching.
 * @param packetType namespace and type of a packet that does not begin with Ethernet: 0x10800 for one of IPv4
 */
export function extractFields(packet: Uint8Array, packetType = 0): ExtractedPacket {
  const x: Extraction = { view: new PacketView(packet), fields: {}, mpls: [] }
  const vlans: number[] = []
  let isFrame = true
  if (packetType === 0) isFrame = readEthernet(x, vlans)
  else Object.assign(x.fields, { packet_type: packetType, eth_type: packetType & 0xffff })
  const { view, fields, mpls } = x
  if (!isFrame) return { fields, vlans, mpls, l3: undefined, l4: undefined }
  const l3 = view.at
  const hasTransport = NETWORK[Number(fields.eth_type)]?.(x) ?? false
  const { at: offset, size } = view
  if (hasTransport) readTransport(x)
  return { fields, vlans, mpls, l3, l4: hasTransport ? { offset, size } : undefined }
}
