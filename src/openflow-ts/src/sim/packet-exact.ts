import { TextError } from '../errors.js'
import { and } from '../match/builder.js'
import { PORTS } from '../ports.js'
import { composePacket } from '../packet/compose.js'
import type { PacketFields } from '../packet/extract.js'
import type { Value } from '../spec/fields.js'
import { type PacketKind, PREREQS } from '../spec/prereqs.js'
import { FIELD_INFOS, fieldByName, type FieldInfo, fieldInfo } from '../spec/registry.js'
import type { TextContext } from '../text/context.js'
import { PROTOCOLS_BY_NAME } from '../text/match-parse.js'
import { scanKeyValues } from '../text/scan.js'
import { parseMasked } from '../text/values.js'
import { Packet } from './packet.js'
import { wholeValue } from './packet-text.js'

const ETH_TYPE = fieldInfo('eth_type')
const NW_PROTO = fieldInfo('nw_proto')
const DL_VLAN = fieldInfo('dl_vlan')
/** OVS does not see that it was given before. */
const ND_OPTIONS_TYPE = fieldInfo('nd_options_type')
const VLAN_TCI = fieldInfo('vlan_tci')
/** `dl_vlan` of OpenFlow 1.0 that stands for "no tag". */
const OFP10_VLAN_NONE = 0xffff

const isZero = (value: Value): boolean => value === 0 || value === 0n

/** new, est and rpl, of which a connection that is known has one. */
const CT_KNOWN = 0x0b

/** Whether a packet of which all is known may have the field. */
function isMet({ prereq }: FieldInfo, kind: PacketKind): boolean {
  if (prereq === 'ct' || prereq === 'ct_proto') return (kind.ctState & CT_KNOWN) !== 0
  return PREREQS[prereq].met(kind)
}

/** `tcp`, if it is a name like that; complaints are without the whole text. */
function takeProtocol(packet: Packet, key: string): boolean {
  const { ethType, nwProto } = PROTOCOLS_BY_NAME.get(key) ?? {}
  if (ethType === undefined) return false
  if (packet.read(ETH_TYPE) !== 0) throw new TextError('Ethernet type set multiple times')
  packet.write(ETH_TYPE, ethType)
  if (nwProto === undefined) return true
  if (packet.read(NW_PROTO) !== 0) throw new TextError('network protocol set multiple times')
  packet.write(NW_PROTO, nwProto)
  return true
}

function exactValue(info: FieldInfo, key: string, text: string, ctx: TextContext): Value {
  try {
    const { value, mask } = parseMasked(info, text, ctx)
    if (mask !== undefined) throw new TextError(`${text}: wildcards not allowed here`)
    return value
  } catch (error) {
    if (!(error instanceof TextError)) throw error
    throw new TextError(`bad value for ${key} (${error.message})`)
  }
}

function takeField(packet: Packet, key: string, text: string, ctx: TextContext): void {
  const info = fieldByName(key)
  if (info === undefined) throw new TextError(`unknown field ${key}`)
  if (!isMet(info, packet.kind())) throw new TextError(`prerequisites not met for setting ${key}`)
  if (!isZero(wholeValue(packet, info)) && info !== ND_OPTIONS_TYPE) throw new TextError(`field ${key} set multiple times`)
  const value = exactValue(info, key, text, ctx)
  // Without a switch it is not known what the options of its tunnels are.
  if (info.variableLength) return
  if (info === DL_VLAN && value === OFP10_VLAN_NONE) packet.write(VLAN_TCI, 0)
  else packet.write(info, and(value, info.valueIsMask ? info.byteOnes : info.ones))
}

/**
 * A packet in ovs-ofctl's syntax for packets of which all is said: fields come behind those that they depend on,
 * each once and without a mask: `in_port=1,tcp,nw_dst=10.0.0.1,tcp_dst=80`. What is not said is zero; without a port
 * it comes from none.
 * @throws TextError
 */
export function parseExactPacket(text: string, ctx: TextContext = {}): Packet {
  const packet = new Packet()
  try {
    for (const { key, value } of scanKeyValues(text)) {
      if (!takeProtocol(packet, key)) takeField(packet, key, value, ctx)
    }
  } catch (error) {
    if (error instanceof TextError) throw new TextError(`${text}: ${error.message}`)
    throw error
  }
  if (packet.get('in_port') === 0) packet.set('in_port', PORTS.NONE)
  return packet
}

const PRESENT = 0x1000

/** The frame of a packet, as `composePacket` makes it; its packet type does not count. */
export function composeSimPacket(packet: Packet, payload?: Uint8Array): Buffer {
  const frame = packet.clone().set('packet_type', 0)
  const kind = frame.kind()
  const fields: PacketFields = {}
  for (const info of FIELD_INFOS) {
    // As with OVS, what is reserved in neighbour discovery stays where the packet turns out to be none.
    const isThere = PREREQS[info.prereq].met(kind) || info.name === 'nd_reserved'
    if (info.view === undefined && isThere) fields[info.name] = frame.read(info)
  }
  const tags = [frame.get('vlan_tci'), frame.hidden('vlan_tci1')]
  const vlans = tags.filter((tci) => (tci & PRESENT) !== 0)
  const mpls = [0, frame.hidden('mpls_lse1'), frame.hidden('mpls_lse2')]
  return composePacket({ fields, vlans, mpls }, payload)
}
