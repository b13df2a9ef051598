import { ETH_IPV6, ETH_MPLS, ETH_MPLS_MCAST, ETH_NSH } from '../../spec/prereqs.js'
import { FIELD_INFOS, fieldInfo } from '../../spec/registry.js'
import type { Packet } from '../packet.js'
import type { Executors, Translation } from '../translation.js'
import { packetIn } from './send.js'

const MAX_LABELS = 3
const PACKET_TYPE_NSH = 0x1894f

const isMpls = (ethType: number): boolean => ethType === ETH_MPLS || ethType === ETH_MPLS_MCAST

/** A label stack entry: label 20 bits, traffic class 3, bottom of stack 1, TTL 8. */
const topEntry = (p: Packet): number =>
  ((p.get('mpls_label') << 12) | (p.get('mpls_tc') << 9) | (p.get('mpls_bos') << 8) | p.get('mpls_ttl')) >>> 0

function setTopEntry(p: Packet, lse: number): void {
  p.set('mpls_label', lse >>> 12).set('mpls_tc', (lse >>> 9) & 7)
  p.set('mpls_bos', (lse >>> 8) & 1).set('mpls_ttl', lse & 0xff)
}

const entries = (p: Packet): number[] => [topEntry(p), p.hidden('mpls_lse1'), p.hidden('mpls_lse2')]

function setEntries(p: Packet, [top = 0, second = 0, third = 0]: readonly number[]): void {
  setTopEntry(p, top)
  p.setHidden('mpls_lse1', second)
  p.setHidden('mpls_lse2', third)
}

const BOTTOM = 0x100

function labelCount(p: Packet): number {
  if (!isMpls(p.get('eth_type'))) return 0
  const bottom = entries(p).findIndex((lse) => (lse & BOTTOM) !== 0)
  return bottom < 0 ? MAX_LABELS : bottom + 1
}

/** Fields of the layers above Ethernet, VLAN and MPLS. */
const HIGHER = FIELD_INFOS.filter(
  ({ prereq, view, name }) =>
    view === undefined && prereq !== 'none' && prereq !== 'ethernet' && prereq !== 'mpls' && name !== 'vlan_tci',
)

function consultLabel(t: Translation): void {
  for (const name of ['mpls_label', 'mpls_tc', 'mpls_bos', 'mpls_ttl'] as const) t.consult(fieldInfo(name))
}

export function pushLabel(t: Translation, ethertype: number): void {
  const p = t.packet
  const count = labelCount(p)
  if (count > 0) consultLabel(t)
  if (count >= MAX_LABELS) {
    t.error = 'Too many MPLS labels'
    return
  }
  if (count > 0) {
    const [top = 0, second = 0] = entries(p)
    setEntries(p, [top & ~BOTTOM, top, second])
  } else {
    t.effects.push({ type: 'rewrite', packet: p.clone() })
    const label = p.get('eth_type') === ETH_IPV6 ? 2 : 0
    for (const name of ['ip_dscp', 'nw_ttl'] as const) if (t.isIp) t.consult(fieldInfo(name))
    const tc = t.isIp ? p.get('ip_dscp') & 7 : 0
    const ttl = t.isIp && p.get('nw_ttl') !== 0 ? p.get('nw_ttl') : 64
    setEntries(p, [((label << 12) | (tc << 9) | BOTTOM | ttl) >>> 0])
    for (const info of HIGHER) p.write(info, info.wide ? 0n : 0)
    p.set('dp_hash', 0)
  }
  p.set('eth_type', ethertype)
}

export function popLabel(t: Translation, ethertype: number): void {
  const p = t.packet
  const count = labelCount(p)
  consultLabel(t)
  if (count === 0) return
  const all = entries(p)
  if (count === MAX_LABELS && ((all[MAX_LABELS - 1] ?? 0) & BOTTOM) === 0) {
    t.error = 'Too many MPLS labels'
    return
  }
  setEntries(p, all.slice(1, count))
  p.set('eth_type', ethertype)
  if (!isMpls(ethertype)) t.wasMpls = true
}

function setLabelPart(t: Translation, field: 'mpls_label' | 'mpls_tc' | 'mpls_ttl', value: number): void {
  if (isMpls(t.packet.get('eth_type'))) {
    t.consult(fieldInfo(field))
    t.packet.set(field, value)
  }
}

const VLAN_PRESENT = 0x1000

function consultVlan(t: Translation): void {
  t.consult(fieldInfo('vlan_tci'))
}

function popVlan(t: Translation): void {
  const p = t.packet
  consultVlan(t)
  p.set('vlan_tci', 0)
  if (p.hidden('vlan_tpid1') !== 0) {
    p.set('vlan_tci', p.hidden('vlan_tci1'))
    p.setHidden('vlan_tpid', p.hidden('vlan_tpid1'))
    p.setHidden('vlan_tci1', 0)
    p.setHidden('vlan_tpid1', 0)
  }
}

/** The TTL ran out: the controllers are told, and the rest of the flow's actions is not done. */
function expired(t: Translation, what: string, ids: readonly number[]): void {
  for (const id of ids) packetIn(t, { reason: 'invalid_ttl', id, max_len: 0xffff })
  t.report('warn', `${what} decrement TTL exception`)
  t.stopped = true
}

export const headerExecutors = {
  push_vlan(t, { ethertype }) {
    const p = t.packet
    consultVlan(t)
    p.setHidden('vlan_tci1', p.get('vlan_tci'))
    p.setHidden('vlan_tpid1', p.hidden('vlan_tpid'))
    p.set('vlan_tci', VLAN_PRESENT)
    p.setHidden('vlan_tpid', ethertype)
  },
  pop_vlan: popVlan,
  strip_vlan: popVlan,
  push_mpls(t, { ethertype }) {
    pushLabel(t, ethertype)
  },
  pop_mpls(t, { ethertype }) {
    popLabel(t, ethertype)
  },
  set_mpls_label(t, { value }) {
    setLabelPart(t, 'mpls_label', value)
  },
  set_mpls_tc(t, { value }) {
    setLabelPart(t, 'mpls_tc', value)
  },
  set_mpls_ttl(t, { value }) {
    setLabelPart(t, 'mpls_ttl', value)
  },
  dec_mpls_ttl(t) {
    t.consult(fieldInfo('mpls_ttl'))
    const ttl = t.packet.get('mpls_ttl')
    if (!isMpls(t.packet.get('eth_type'))) expired(t, 'MPLS', [])
    else if (ttl <= 1) expired(t, 'MPLS', [0])
    else t.packet.set('mpls_ttl', ttl - 1)
  },
  dec_nsh_ttl(t) {
    const p = t.packet
    t.consult(fieldInfo('nsh_ttl'))
    if (p.get('packet_type') !== PACKET_TYPE_NSH && p.get('eth_type') !== ETH_NSH) expired(t, 'NSH', [])
    else if (p.get('nsh_ttl') <= 1) expired(t, 'NSH', [0])
    else p.set('nsh_ttl', p.get('nsh_ttl') - 1)
  },
  dec_ttl(t, { ids = [0] }) {
    t.consult(fieldInfo('nw_ttl'))
    const ttl = t.packet.get('nw_ttl')
    if (t.isIp && ttl <= 1) expired(t, t.packet.get('eth_type') === ETH_IPV6 ? 'IPv6' : 'IPv4', ids)
    else if (t.isIp) t.packet.set('nw_ttl', ttl - 1)
  },
} as const satisfies Executors
