import type { NatAction } from '../action/types.js'
import type { FieldName, Value } from '../spec/fields.js'
import { ETH_ARP, ETH_IPV4, ETH_IPV6, ETH_MPLS, ETH_MPLS_MCAST, ETH_RARP } from '../spec/prereqs.js'
import { fieldInfo } from '../spec/registry.js'
import { formatIpv4, formatIpv6, formatMac } from '../text/addresses.js'
import type { Packet } from './packet.js'
import { PACKET_IN_REASONS } from '../messages/spec/packet-reasons.js'
import type { CtEffect, Effect } from './result.js'
import type { SwitchModel } from './switch.js'

const hex = (value: Value): string => `0x${value.toString(16)}`
const mac = (value: Value): string => formatMac(BigInt(value))
const ipv4 = (value: Value): string => formatIpv4(Number(value))
const ipv6 = (value: Value): string => formatIpv6(BigInt(value))

/** A header of the datapath, and the names that its parts have there. */
interface HeaderSpec {
  readonly name: string
  readonly has: (packet: Packet) => boolean
  /** Only the slow path can change it. */
  readonly slow?: true
  readonly parts: readonly (readonly [name: string, field: FieldName, print: (value: Value) => string])[]
}

const ofType =
  (...types: readonly number[]) =>
  (packet: Packet): boolean =>
    types.includes(packet.get('eth_type'))
const isIp = ofType(ETH_IPV4, ETH_IPV6)
const transport = (name: string, proto: number): HeaderSpec => ({
  name,
  has: (packet) => isIp(packet) && packet.get('nw_proto') === proto && (packet.get('ip_frag') & 2) === 0,
  parts: [
    ['src', 'tcp_src', String],
    ['dst', 'tcp_dst', String],
  ],
})

/** In the order in which changes are committed. Of a packet whose protocol is 0, OVS takes IP for not known. */
const HEADERS: readonly HeaderSpec[] = [
  {
    name: 'eth',
    has: (packet) => packet.get('packet_type') === 0,
    parts: [['src', 'eth_src', mac], ['dst', 'eth_dst', mac]],
  },
  {
    name: 'ipv4',
    has: (packet) => packet.get('eth_type') === ETH_IPV4 && packet.get('nw_proto') !== 0,
    parts: [['src', 'nw_src', ipv4], ['dst', 'nw_dst', ipv4], ['tos', 'ip_dscp', hex], ['ttl', 'nw_ttl', String]],
  },
  {
    name: 'ipv6',
    has: (packet) => packet.get('eth_type') === ETH_IPV6 && packet.get('nw_proto') !== 0,
    parts: [
      ['src', 'ipv6_src', ipv6],
      ['dst', 'ipv6_dst', ipv6],
      ['label', 'ipv6_label', hex],
      ['tclass', 'ip_dscp', hex],
      ['hlimit', 'nw_ttl', String],
    ],
  },
  {
    name: 'arp',
    slow: true,
    has: ofType(ETH_ARP, ETH_RARP),
    parts: [
      ['sip', 'arp_spa', ipv4],
      ['tip', 'arp_tpa', ipv4],
      ['op', 'arp_op', String],
      ['sha', 'arp_sha', mac],
      ['tha', 'arp_tha', mac],
    ],
  },
  transport('tcp', 6),
  transport('udp', 17),
  transport('sctp', 132),
  {
    name: 'icmp',
    slow: true,
    has: (packet) => packet.get('eth_type') === ETH_IPV4 && packet.get('nw_proto') === 1,
    parts: [['type', 'icmp_type', String], ['code', 'icmp_code', String]],
  },
  {
    name: 'icmpv6',
    slow: true,
    has: (packet) => packet.get('eth_type') === ETH_IPV6 && packet.get('nw_proto') === 58,
    parts: [['type', 'icmpv6_type', String], ['code', 'icmpv6_code', String]],
  },
  {
    name: 'nd',
    slow: true,
    has: (packet) => packet.get('eth_type') === ETH_IPV6 && packet.get('nw_proto') === 58,
    parts: [['target', 'nd_target', ipv6], ['sll', 'nd_sll', mac], ['tll', 'nd_tll', mac]],
  },
]

const DSCP = fieldInfo('ip_dscp')

/** Both parts of the TOS byte are one in the datapath; unless both change, with a mask. */
function printTos(name: string, from: Packet, to: Packet): string {
  const dscp = to.read(DSCP) !== from.read(DSCP)
  const ecn = to.get('nw_ecn') !== from.get('nw_ecn')
  if (!dscp && !ecn) return ''
  const value = (dscp ? to.get('ip_dscp') << 2 : 0) | (ecn ? to.get('nw_ecn') : 0)
  const mask = dscp && ecn ? '' : dscp ? '/0xfc' : '/0x3'
  return `${name}=${value === 0 ? '0' : hex(value)}${mask}`
}

function headerChange(spec: HeaderSpec, from: Packet, to: Packet): string[] {
  if (!spec.has(to)) return []
  const changed: string[] = []
  for (const [name, field, print] of spec.parts) {
    const info = fieldInfo(field)
    if (info === DSCP) {
      const tos = printTos(name, from, to)
      if (tos !== '') changed.push(tos)
    } else if (from.read(info) !== to.read(info)) changed.push(`${name}=${print(to.read(info))}`)
  }
  return changed.length === 0 ? [] : [`set(${spec.name}(${changed.join(',')}))`]
}

interface Tag {
  readonly tpid: number
  readonly tci: number
}

const VLAN_PRESENT = 0x1000

function tagsOf(p: Packet): Tag[] {
  const tags = [
    { tpid: p.hidden('vlan_tpid'), tci: p.get('vlan_tci') },
    { tpid: p.hidden('vlan_tpid1'), tci: p.hidden('vlan_tci1') },
  ]
  return tags.filter(({ tci }) => (tci & VLAN_PRESENT) !== 0)
}

const sameTag = (a: Tag | undefined, b: Tag | undefined): boolean => a?.tci === b?.tci && a?.tpid === b?.tpid

function vlanChange(from: Packet, to: Packet): string[] {
  const [before, after] = [tagsOf(from), tagsOf(to)]
  while (before.length > 0 && after.length > 0 && sameTag(before.at(-1), after.at(-1))) {
    before.pop()
    after.pop()
  }
  const pushes = after.reverse().map(({ tpid, tci }) => {
    const type = tpid === 0x8100 ? '' : `tpid=${hex(tpid)},`
    return `push_vlan(${type}vid=${tci & 0xfff},pcp=${tci >>> 13})`
  })
  return [...before.map(() => 'pop_vlan'), ...pushes]
}

const isMpls = ofType(ETH_MPLS, ETH_MPLS_MCAST)

function labelsOf(p: Packet): number[] {
  if (!isMpls(p)) return []
  const top = (p.get('mpls_label') << 12) | (p.get('mpls_tc') << 9) | (p.get('mpls_bos') << 8) | p.get('mpls_ttl')
  const all = [top >>> 0, p.hidden('mpls_lse1'), p.hidden('mpls_lse2')]
  const bottom = all.findIndex((lse) => (lse & 0x100) !== 0)
  return bottom < 0 ? all : all.slice(0, bottom + 1)
}

const printLabel = (lse: number): string =>
  `label=${lse >>> 12},tc=${(lse >>> 9) & 7},ttl=${lse & 0xff},bos=${(lse >>> 8) & 1}`

function mplsChange(from: Packet, to: Packet): string[] {
  const [before, after] = [labelsOf(from), labelsOf(to)]
  let common = 0
  while (common < Math.min(before.length, after.length) && before.at(-1 - common) === after.at(-1 - common)) common++
  const replaced = before.length === after.length && common === after.length - 1
  if (replaced) return [`set(mpls(${printLabel(after[0] ?? 0)}))`]
  const ethType = hex(to.get('eth_type'))
  const pops = before.slice(common).map((_, i) => {
    const last = before.length - 1 - i === 0
    return `pop_mpls(eth_type=${last && !isMpls(to) ? ethType : hex(ETH_MPLS)})`
  })
  const fresh = after.slice(0, after.length - common).reverse()
  return [...pops, ...fresh.map((lse) => `push_mpls(${printLabel(lse)},eth_type=${ethType})`)]
}

/** The actions of the datapath that make one packet of the other. */
export function changes(from: Packet, to: Packet): string[] {
  const unlabelled = isMpls(from) && !isMpls(to)
  const labels = mplsChange(from, to)
  const priority = to.get('skb_priority')
  return [
    ...(unlabelled ? labels : []),
    ...HEADERS.flatMap((spec) => headerChange(spec, from, to)),
    ...(unlabelled ? [] : labels),
    ...vlanChange(from, to),
    ...(priority === from.get('skb_priority') ? [] : [`set(skb_priority(${hexOrZero(priority)}))`]),
    ...(to.get('pkt_mark') === from.get('pkt_mark') ? [] : [`set(skb_mark(${hexOrZero(to.get('pkt_mark'))}))`]),
  ]
}

const hexOrZero = (value: Value): string => (value === 0 || value === 0n ? '0' : hex(value))

function printNat({ kind, addr, port, flags = [] }: NatAction): string {
  if (kind === undefined) return 'nat'
  const address = (value: Value): string => {
    if (typeof value === 'number') return ipv4(value)
    return port === undefined ? ipv6(value) : `[${ipv6(value)}]`
  }
  let range = addr === undefined ? '' : `=${address(addr.min)}${addr.max === undefined ? '' : `-${address(addr.max)}`}`
  if (addr !== undefined && port !== undefined) range += `:${port.min}${port.max === undefined ? '' : `-${port.max}`}`
  return `nat(${[`${kind}${range}`, ...flags].join(',')})`
}

const ALL_LABEL = (1n << 128n) - 1n
const ALGS: Readonly<Record<number, string>> = { 21: 'ftp', 69: 'tftp' }

function printCt({ zone, commit, mark, label, nat, alg }: CtEffect): string {
  const parts: string[] = []
  if (commit !== undefined) parts.push(commit === 'force' ? 'force_commit' : 'commit')
  if (zone !== 0) parts.push(`zone=${zone}`)
  if (mark !== undefined) parts.push(`mark=${hexOrZero(mark[0])}/${hex(mark[1])}`)
  if (label !== undefined) parts.push(`label=${hexOrZero(label[0])}${label[1] === ALL_LABEL ? '' : `/${hex(label[1])}`}`)
  if (alg !== undefined) parts.push(`helper=${ALGS[alg] ?? alg}`)
  if (nat !== undefined) parts.push(printNat(nat))
  return parts.length === 0 ? 'ct' : `ct(${parts.join(',')})`
}

const EXPLICIT_MISS = 6

function reasonNumber(reason: Extract<Effect, { type: 'controller' }>['reason']): number {
  if (typeof reason === 'number') return reason
  return reason === 'explicit_miss' ? EXPLICIT_MISS : PACKET_IN_REASONS[reason]
}

function printController(effect: Extract<Effect, { type: 'controller' }>): string {
  const { reason, id, max_len, cookie, recirc_id } = effect
  return (
    `userspace(pid=0,controller(reason=${reasonNumber(reason)},dont_send=1,continuation=0,recirc_id=${recirc_id},` +
    `rule_cookie=${hexOrZero(cookie)},controller_id=${id},max_len=${max_len}))`
  )
}

class Printer {
  slow = false
  readonly #sw: SwitchModel
  /** The packet as the datapath has it. */
  #base: Packet

  constructor(sw: SwitchModel, base: Packet) {
    this.#sw = sw
    this.#base = base
  }

  list(effects: readonly Effect[]): string {
    const all = effects.flatMap((effect) => this.#one(effect))
    return all.length === 0 ? 'drop' : all.join(',')
  }

  #commit(packet: Packet): string[] {
    const made = changes(this.#base, packet)
    this.slow ||= HEADERS.some((spec) => spec.slow === true && headerChange(spec, this.#base, packet).length > 0)
    this.#base = packet
    return made
  }

  /** What is done to a copy. */
  #apart(effects: readonly Effect[]): string {
    const copy = new Printer(this.#sw, this.#base)
    const text = copy.list(effects)
    this.slow ||= copy.slow
    return text
  }

  #one(effect: Effect): string[] {
    switch (effect.type) {
      case 'output': {
        const trunc = effect.max_len === undefined ? [] : [`trunc(${effect.max_len})`]
        return [...this.#commit(effect.packet), ...trunc, String(this.#sw.datapathPort(effect.port))]
      }
      case 'controller':
        return effect.pause === true ? [] : [...this.#commit(effect.packet), printController(effect)]
      case 'ct':
        return [...this.#commit(effect.packet), printCt(effect)]
      case 'ct_clear':
        return ['ct_clear']
      case 'select':
        return []
      case 'rewrite':
        return this.#commit(effect.packet)
      case 'recirc': {
        const hash = effect.why === 'hash' ? ['hash(sym_l4(0))'] : []
        return [...this.#commit(effect.packet), ...hash, `recirc(${hex(effect.id)})`]
      }
      case 'clone':
        return [...this.#commit(effect.packet), `clone(${this.#apart(effect.effects)})`]
      case 'check_pkt_len': {
        const commit = this.#commit(effect.packet)
        const [gt, le] = [this.#apart(effect.greater), this.#apart(effect.other)]
        return [...commit, `check_pkt_len(size=${effect.size},gt(${gt}),le(${le}))`]
      }
    }
  }
}

/** Nothing comes after the last copy that is made, so it need not be one. */
function withoutLastClone(effects: readonly Effect[]): readonly Effect[] {
  const last = effects.at(-1)
  if (last?.type !== 'clone') return effects
  return [...effects.slice(0, -1), { type: 'rewrite', packet: last.packet }, ...last.effects]
}

export interface DatapathActions {
  readonly text: string
  /** There are changes among them that only the slow path makes. */
  readonly slow: boolean
}

/** What the datapath is told to do, as `Datapath actions` of a trace; changes to headers no wider than need be. */
export function datapathActions(sw: SwitchModel, packet: Packet, effects: readonly Effect[]): DatapathActions {
  const printer = new Printer(sw, packet)
  const text = printer.list(withoutLastClone(effects))
  return { text, slow: printer.slow }
}
