import { ENCAP_TYPES } from '../../action/types.js'
import { ETH_MPLS, ETH_MPLS_MCAST, ETH_NSH } from '../../spec/prereqs.js'
import { FIELD_INFOS, fieldInfo } from '../../spec/registry.js'
import type { Packet } from '../packet.js'
import type { ActionOf, Executors, Translation } from '../translation.js'
import { popLabel, pushLabel } from './headers.js'

const NS_ETHERTYPE = 1
const typeOf = (ethertype: number): number => NS_ETHERTYPE * 0x10000 + ethertype
const { nsh: PT_NSH } = ENCAP_TYPES

/** NSH's numbers for what it carries, and the packet types that these are. */
const NEXT_PROTOCOLS: readonly (readonly [np: number, packetType: number])[] = [
  [1, typeOf(0x0800)],
  [2, typeOf(0x86dd)],
  [3, 0],
  [4, PT_NSH],
]

/** All that a packet's headers say. */
const HEADERS = FIELD_INFOS.filter(
  ({ prereq, view }) => view === undefined && prereq !== 'none' && !prereq.startsWith('ct'),
)

function unsupported(t: Translation, what: string): void {
  t.steps.push({ type: 'action', action: undefined, text: what, steps: [] })
  t.error = 'Unsupported packet type'
}

const named = (packetType: number): string => `(${packetType >>> 16},0x${(packetType & 0xffff).toString(16)})`

/** Makes what has been changed so far a thing of the past: what follows is another header. */
function commit(t: Translation): void {
  t.effects.push({ type: 'rewrite', packet: t.packet.clone() })
}

function withoutAddresses(p: Packet): void {
  p.set('eth_src', 0n).set('eth_dst', 0n)
}

function encapEthernet(t: Translation): void {
  const p = t.packet
  const packetType = p.get('packet_type')
  if (packetType >>> 16 !== NS_ETHERTYPE) {
    unsupported(t, 'Dropping packet as encap(ethernet) is not supported for packet type ethernet.')
    return
  }
  p.set('packet_type', 0).set('eth_type', packetType & 0xffff)
  withoutAddresses(p)
}

const DEFAULT_TTL = 63
const DEFAULT_INDEX = 255

function encapNsh(t: Translation, { properties }: ActionOf<'encap'>): void {
  const p = t.packet
  const packetType = p.get('packet_type')
  const np = NEXT_PROTOCOLS.find(([, type]) => type === packetType)?.[0]
  if (np === undefined) {
    unsupported(t, `Dropping packet as encap(nsh) is not supported for packet type ${named(packetType)}`)
    return
  }
  let mdType = 1
  for (const property of properties) if (property.type === 'md_type') mdType = property.md_type
  for (const info of HEADERS) p.write(info, info.wide ? 0n : 0)
  p.set('packet_type', PT_NSH).set('eth_type', ETH_NSH).set('nsh_ttl', DEFAULT_TTL)
  p.set('nsh_np', np).set('nsh_si', DEFAULT_INDEX).set('nsh_mdtype', mdType)
}

function decapEthernet(t: Translation): void {
  const p = t.packet
  if ((p.get('vlan_tci') & 0x1000) !== 0) unsupported(t, 'Dropping packet, cannot decap Ethernet if VLAN is present.')
  else {
    p.set('packet_type', typeOf(p.get('eth_type')))
    withoutAddresses(p)
  }
}

function decapNsh(t: Translation): void {
  const p = t.packet
  const np = p.get('nsh_np')
  const next = NEXT_PROTOCOLS.find(([number]) => number === np)?.[1]
  if (next === undefined) {
    unsupported(t, `Dropping packet as NSH next protocol ${np} is not supported`)
    return
  }
  t.consult(fieldInfo('nsh_np'))
  p.set('packet_type', next)
  t.freeze('decap')
}

function decapMpls(t: Translation, { packet_type = 0 }: ActionOf<'decap'>): void {
  t.packet.set('packet_type', packet_type)
  popLabel(t, packet_type & 0xffff)
  t.wasMpls = false
  const { ethType } = t.packet.kind()
  if (ethType !== ETH_MPLS && ethType !== ETH_MPLS_MCAST) t.freeze('decap')
}

export const encapExecutors = {
  encap(t, action) {
    commit(t)
    if (action.header === 'ethernet') encapEthernet(t)
    else if (action.header === 'nsh') encapNsh(t, action)
    else {
      const type = ENCAP_TYPES[action.header]
      pushLabel(t, type & 0xffff)
      t.packet.set('packet_type', type)
      withoutAddresses(t.packet)
    }
  },
  decap(t, action) {
    commit(t)
    const packetType = t.packet.get('packet_type')
    if (packetType === 0) decapEthernet(t)
    else if (packetType === PT_NSH) decapNsh(t)
    else if (packetType === ENCAP_TYPES.mpls || packetType === ENCAP_TYPES.mpls_mc) decapMpls(t, action)
    else unsupported(t, `Dropping packet as the decap() does not support packet type ${named(packetType)}`)
  },
  delete_field(t, { field }) {
    const info = fieldInfo(field)
    t.packet.write(info, info.wide ? 0n : 0)
    t.report('detail', `delete ${field}`)
  },
} as const satisfies Executors

