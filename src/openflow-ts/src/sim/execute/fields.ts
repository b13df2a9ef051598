import type { Subfield } from '../../action/types.js'
import { and, or } from '../../match/builder.js'
import type { FieldName, Value } from '../../spec/fields.js'
import { type FieldInfo, fieldInfo } from '../../spec/registry.js'
import { formatSubfield } from '../../text/subfield.js'
import { formatValue, hexOrZero } from '../../text/values.js'
import type { Executors, Translation } from '../translation.js'

const invert = (info: FieldInfo, bits: Value): Value =>
  typeof bits === 'number' ? (~bits & Number(info.ones)) >>> 0 : BigInt(info.ones) ^ bits

/** Sets bits of a field, if the packet has it. */
function setMasked(t: Translation, info: FieldInfo, value: Value, mask: Value): void {
  if (!t.has(info)) {
    t.report('warn', `unmet prerequisites for ${info.printName}, set_field ignored`)
    return
  }
  t.consult(info, mask)
  t.packet.write(info, or(and(t.packet.read(info), invert(info, mask)), and(value, mask)))
}

/** Sets a field that the packet may lack; it is left alone then, and nothing said. */
function setIf(t: Translation, has: boolean, field: FieldName, value: Value): void {
  if (!has) return
  const info = fieldInfo(field)
  t.consult(info)
  t.packet.write(info, value)
}

const maskOf = ({ ofs, n_bits }: Subfield): bigint => ((1n << BigInt(n_bits)) - 1n) << BigInt(ofs)
const own = (info: FieldInfo, bits: bigint): Value => (info.wide ? bits : Number(bits))

/** Notes that bits of a field were read. */
export function consultBits(t: Translation, sub: Subfield): void {
  const info = fieldInfo(sub.field)
  t.consult(info, own(info, maskOf(sub)))
}

/** `FIELD[..] is now 0x5`. */
export function reportBits(t: Translation, sub: Subfield): void {
  const info = fieldInfo(sub.field)
  const whole = sub.ofs === 0 && sub.n_bits >= info.subfieldBits
  const value = whole ? formatValue(info, t.packet.read(info), undefined, {}) : hexOrZero(t.packet.readBits(sub))
  t.report('detail', `${formatSubfield(sub)} is now ${value}`)
}

/** Writes bits of a field whatever the packet is, as the stack and hashes do. */
export function loadBits(t: Translation, sub: Subfield, bits: Value): void {
  consultBits(t, sub)
  t.packet.writeBits(sub, bits)
}

const VLAN_PRESENT = 0x1000

function setVlan(t: Translation, push: boolean, field: 'vlan_vid' | 'vlan_pcp', value: number): void {
  t.consult(fieldInfo('vlan_tci'))
  const tagged = (t.packet.get('vlan_tci') & VLAN_PRESENT) !== 0
  if (tagged || push) t.packet.set(field, field === 'vlan_vid' ? value | VLAN_PRESENT : value)
}

const canSetPort = (t: Translation): boolean => t.isIp && (t.packet.get('ip_frag') & 2) === 0

export const fieldExecutors = {
  set_field(t, { field, value, mask }) {
    const info = fieldInfo(field)
    setMasked(t, info, value, mask ?? info.ones)
  },
  load(t, { value, dst }) {
    const info = fieldInfo(dst.field)
    setMasked(t, info, own(info, BigInt(value) << BigInt(dst.ofs)), own(info, maskOf(dst)))
  },
  move(t, { src, dst }) {
    if (t.has(fieldInfo(src.field)) && t.has(fieldInfo(dst.field))) {
      consultBits(t, src)
      consultBits(t, dst)
      t.packet.writeBits(dst, t.packet.readBits(src))
    }
    reportBits(t, dst)
  },
  push(t, { src }) {
    consultBits(t, src)
    t.stack.push([Math.ceil(src.n_bits / 8), BigInt(t.packet.readBits(src))])
  },
  pop(t, { dst }) {
    const top = t.stack.pop()
    if (top === undefined) t.report('error', 'stack underflow')
    else {
      loadBits(t, dst, top[1])
      reportBits(t, dst)
    }
  },
  mod_dl_src(t, { value }) {
    setIf(t, true, 'eth_src', value)
  },
  mod_dl_dst(t, { value }) {
    setIf(t, true, 'eth_dst', value)
  },
  mod_nw_src(t, { value }) {
    setIf(t, t.packet.get('eth_type') === 0x0800, 'nw_src', value)
  },
  mod_nw_dst(t, { value }) {
    setIf(t, t.packet.get('eth_type') === 0x0800, 'nw_dst', value)
  },
  mod_nw_tos(t, { value }) {
    setIf(t, t.isIp, 'ip_dscp', Number(value) >>> 2)
  },
  mod_nw_ecn(t, { value }) {
    setIf(t, t.isIp, 'nw_ecn', value)
  },
  mod_nw_ttl(t, { value }) {
    setIf(t, t.isIp, 'nw_ttl', value)
  },
  mod_tp_src(t, { value }) {
    t.consult(fieldInfo('nw_proto'))
    setIf(t, canSetPort(t), 'tcp_src', value)
  },
  mod_tp_dst(t, { value }) {
    t.consult(fieldInfo('nw_proto'))
    setIf(t, canSetPort(t), 'tcp_dst', value)
  },
  mod_vlan_vid(t, { value }) {
    setVlan(t, true, 'vlan_vid', value)
  },
  set_vlan_vid(t, { value }) {
    setVlan(t, false, 'vlan_vid', value)
  },
  mod_vlan_pcp(t, { value }) {
    setVlan(t, true, 'vlan_pcp', value)
  },
  set_vlan_pcp(t, { value }) {
    setVlan(t, false, 'vlan_pcp', value)
  },
  set_tunnel(t, { tun_id }) {
    t.packet.set('tun_id', tun_id)
  },
  set_tunnel64(t, { tun_id }) {
    t.packet.set('tun_id', tun_id)
  },
  write_metadata(t, { value, mask }) {
    t.packet.set('metadata', (t.packet.get('metadata') & ~mask) | (value & mask))
  },
  set_queue(t, { queue_id }) {
    t.consult(fieldInfo('skb_priority'))
    t.packet.set('skb_priority', queue_id)
  },
  pop_queue(t) {
    t.consult(fieldInfo('skb_priority'))
    if (t.packet.get('skb_priority') !== t.originalPriority) {
      t.packet.set('skb_priority', t.originalPriority)
      t.report('detail', `queue = ${hexOrZero(t.originalPriority)}`)
    }
  },
} as const satisfies Executors
