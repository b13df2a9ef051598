/** Random pipelines and packets, drawn from few values so that they meet. */
import fc, { type GeneratorValue } from 'fast-check'

type Gen = GeneratorValue

const TABLES = 6
const PORTS = [1, 2, 3, 4] as const
const IPS = ['10.0.0.1', '10.0.0.2', '10.0.1.1', '10.1.0.1', '192.168.0.1'] as const
const IP_MATCHES = [...IPS, '10.0.0.0/24', '10.0.0.0/16', '10.0.0.0/8', '0.0.0.1/0.0.0.255'] as const
const IP6S = ['fd00::1', 'fd00::2', 'fd00:1::1'] as const
const IP6_MATCHES = [...IP6S, 'fd00::/64', 'fd00::/16', '::1/::ffff'] as const
const MACS = ['02:00:00:00:00:01', '02:00:00:00:00:02', '0e:00:00:00:00:03', 'ff:ff:ff:ff:ff:ff'] as const
const MAC_MATCHES = [...MACS, '01:00:00:00:00:00/01:00:00:00:00:00', '02:00:00:00:00:00/ff:ff:00:00:00:00'] as const
const TP = [0, 22, 80, 81, 443] as const
const TP_MATCHES = ['0', '22', '80', '81', '443', '80/0xfffe', '0x100/0xff00', '0x0/0xfff0'] as const
const REG_VALUES = ['0', '1', '2', '5', '0x10000'] as const
const REG_MATCHES = [...REG_VALUES, '1/1', '0/3', '0x10000/0xff0000'] as const
const ZONES = ['', 'zone=3', 'zone=NXM_NX_REG0[0..15]'] as const
export const CT_NEXT = ['trk,new', 'trk,est', 'trk,est,rpl', 'trk,inv', 'trk,new,rel'] as const

const KINDS = ['any', 'ip', 'tcp', 'udp', 'icmp', 'ipv6', 'tcp6', 'icmp6', 'arp', 'mpls', 'sctp'] as const
type Kind = (typeof KINDS)[number]

const IPV4: readonly Kind[] = ['ip', 'tcp', 'udp', 'icmp', 'sctp']
const IPV6: readonly Kind[] = ['ipv6', 'tcp6', 'icmp6']
const PORTED: readonly Kind[] = ['tcp', 'udp', 'tcp6', 'sctp']

const pick = <T>(g: Gen, values: readonly T[]): T => values[g(fc.nat, values.length - 1)] as T
const chance = (g: Gen, percent: number): boolean => g(fc.integer, { min: 0, max: 99 }) < percent
const number = (g: Gen, min: number, max: number): number => g(fc.integer, { min, max })

function someOf(g: Gen, max: number, makers: readonly (() => string)[]): string[] {
  const made = new Map<string, string>()
  for (let n = number(g, 0, max); n > 0; n--) {
    const term = pick(g, makers)()
    made.set(term.split('=')[0] ?? '', term)
  }
  return [...made.values()]
}

/** Terms of a match on packets of a kind. */
function matchTerms(g: Gen, kind: Kind, max: number): string[] {
  const makers = [
    () => `in_port=${pick(g, [...PORTS, 'LOCAL'])}`,
    () => `dl_src=${pick(g, MAC_MATCHES)}`,
    () => `dl_dst=${pick(g, MAC_MATCHES)}`,
    () => `reg${pick(g, [0, 1])}=${pick(g, REG_MATCHES)}`,
    () => `metadata=${pick(g, REG_MATCHES)}`,
    () => `tun_id=${pick(g, REG_MATCHES)}`,
    () => `pkt_mark=${pick(g, REG_MATCHES)}`,
    () => pick(g, ['dl_vlan=5', 'dl_vlan=6', 'vlan_tci=0', 'vlan_tci=0x1000/0x1000', 'dl_vlan=5,dl_vlan_pcp=3']),
    () => `ct_state=${pick(g, ['+trk', '-trk', '+trk+new', '+trk+est', '+trk+est+rpl'])}`,
    () => `ct_mark=${pick(g, REG_MATCHES)}`,
    () => `ct_zone=${pick(g, [0, 3])}`,
  ]
  if (IPV4.includes(kind)) {
    makers.push(() => `nw_src=${pick(g, IP_MATCHES)}`, () => `nw_dst=${pick(g, IP_MATCHES)}`)
    makers.push(() => `nw_src=${pick(g, IP_MATCHES)}`, () => `nw_dst=${pick(g, IP_MATCHES)}`)
  }
  if (IPV6.includes(kind)) {
    makers.push(() => `ipv6_src=${pick(g, IP6_MATCHES)}`, () => `ipv6_dst=${pick(g, IP6_MATCHES)}`)
    makers.push(() => `ipv6_label=${pick(g, ['0', '5', '1/1'])}`)
  }
  if (IPV4.includes(kind) || IPV6.includes(kind)) {
    makers.push(() => `nw_ttl=${pick(g, [1, 2, 64])}`, () => `nw_tos=${pick(g, [0, 4, 32])}`)
    makers.push(() => `nw_ecn=${pick(g, [0, 1])}`, () => `nw_frag=${pick(g, ['no', 'later', 'first', 'not_later'])}`)
  }
  if (PORTED.includes(kind)) {
    makers.push(() => `tp_src=${pick(g, TP_MATCHES)}`, () => `tp_dst=${pick(g, TP_MATCHES)}`)
    makers.push(() => `tp_src=${pick(g, TP_MATCHES)}`, () => `tp_dst=${pick(g, TP_MATCHES)}`)
  }
  if (kind === 'tcp' || kind === 'tcp6') makers.push(() => `tcp_flags=${pick(g, ['+syn-ack', '-syn', '+ack', '0'])}`)
  if (kind === 'icmp' || kind === 'icmp6') makers.push(() => `icmp_type=${pick(g, [0, 8, 135])}`)
  if (kind === 'arp') makers.push(() => `arp_op=${pick(g, [1, 2])}`, () => `arp_spa=${pick(g, IP_MATCHES)}`)
  if (kind === 'arp') makers.push(() => `arp_tpa=${pick(g, IP_MATCHES)}`, () => `arp_sha=${pick(g, MACS)}`)
  if (kind === 'mpls') makers.push(() => `mpls_label=${pick(g, [0, 5])}`, () => `mpls_bos=${pick(g, [0, 1])}`)
  if (kind === 'mpls') makers.push(() => `mpls_ttl=${pick(g, [1, 64])}`, () => `mpls_tc=${pick(g, [0, 1])}`)
  return someOf(g, max, makers)
}

type Makers = (() => string)[]

/** Actions that set something, of a packet of a kind. */
function setters(g: Gen, kind: Kind): Makers {
  const makers: Makers = [
    () => `load:${pick(g, REG_VALUES)}->NXM_NX_REG${pick(g, [0, 1, 2])}[]`,
    () => `load:${number(g, 0, 7)}->NXM_NX_REG${pick(g, [0, 1])}[${pick(g, ['0..2', '5..7', '16..18'])}]`,
    () => `set_field:${pick(g, ['5', '0x30000/0xff0000', '1/1'])}->reg${pick(g, [0, 1])}`,
    () => `set_field:${pick(g, MACS)}->eth_${pick(g, ['src', 'dst'])}`,
    () => `set_field:${pick(g, REG_VALUES)}->tun_id`,
    () => `set_field:${pick(g, REG_VALUES)}->metadata`,
    () => `set_field:${pick(g, REG_VALUES)}->pkt_mark`,
    () => `move:NXM_NX_REG${pick(g, [0, 1])}[0..15]->NXM_NX_REG${pick(g, [1, 2])}[${pick(g, ['0..15', '16..31'])}]`,
    () => `move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]`,
    () => `move:NXM_OF_IN_PORT[]->NXM_NX_REG2[0..15]`,
    () => `set_queue:${pick(g, [0, 3])}`,
  ]
  if (IPV4.includes(kind)) {
    makers.push(() => `set_field:${pick(g, IPS)}->ip_${pick(g, ['src', 'dst'])}`)
    makers.push(() => 'move:NXM_OF_IP_SRC[]->NXM_OF_IP_DST[]', () => 'move:NXM_OF_IP_SRC[0..7]->NXM_NX_REG1[0..7]')
  }
  if (IPV6.includes(kind)) makers.push(() => `set_field:${pick(g, IP6S)}->ipv6_${pick(g, ['src', 'dst'])}`)
  if (IPV6.includes(kind)) makers.push(() => `set_field:7->ipv6_label`)
  if (IPV4.includes(kind) || IPV6.includes(kind)) {
    makers.push(() => 'dec_ttl', () => `mod_nw_ttl:${pick(g, [2, 64])}`, () => `set_field:${pick(g, [1, 9])}->ip_dscp`)
    makers.push(() => `set_field:${pick(g, [1, 2])}->nw_ecn`, () => 'move:NXM_NX_IP_TTL[]->NXM_NX_REG0[0..7]')
  }
  if (PORTED.includes(kind)) {
    const proto = kind.replace('6', '')
    makers.push(() => `set_field:${pick(g, TP)}->${proto}_${pick(g, ['src', 'dst'])}`)
  }
  if (kind === 'arp') makers.push(() => `set_field:${pick(g, IPS)}->arp_spa`, () => `set_field:2->arp_op`)
  if (kind === 'arp') makers.push(() => 'move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[]')
  if (kind === 'mpls') makers.push(() => 'dec_mpls_ttl', () => `set_field:9->mpls_label`, () => 'set_mpls_ttl(7)')
  return makers
}

const outputs = (g: Gen): Makers => [
  () => `output:${pick(g, [...PORTS, 99])}`,
  () => `output:${pick(g, PORTS)}`,
  () => `output:${pick(g, PORTS)}`,
  () => pick(g, ['in_port', 'local', 'flood', 'all', 'controller', 'normal']),
  () => `output:NXM_NX_REG${pick(g, [0, 1])}[${pick(g, ['', '0..15'])}]`,
  () => `output(port=${pick(g, PORTS)},max_len=100)`,
  () => `enqueue:${pick(g, PORTS)}:${pick(g, [1, 2])}`,
]

function ct(g: Gen, table: number, kind: Kind): string {
  const parts: string[] = []
  if (chance(g, 50)) parts.push('commit')
  if (parts.length > 0 && chance(g, 20)) parts.push('force')
  if (chance(g, 60) && table < TABLES - 1) parts.push(`table=${number(g, table + 1, TABLES - 1)}`)
  const zone = pick(g, ZONES)
  if (zone !== '') parts.push(zone)
  if (parts[0] === 'commit' && chance(g, 30)) parts.push(`exec(${pick(g, MARKINGS)})`)
  const nats = PORTED.includes(kind) ? NATS : NATS.slice(0, 3)
  if (chance(g, 30)) parts.push(parts[0] === 'commit' ? `nat(${pick(g, nats)})` : 'nat')
  return `ct(${parts.join(',')})`
}

const MARKINGS = [
  ...['set_field:5->ct_mark', 'set_field:0x10/0xf0->ct_mark', 'set_field:1->ct_label'],
  'load:1->NXM_NX_CT_MARK[0..3],set_field:2/3->ct_label',
]
const NATS = ['src', 'src=10.9.9.9', 'dst=10.8.8.1-10.8.8.8', 'src=10.9.9.9:5000-6000', 'dst=10.8.8.1:80']

function nested(g: Gen, kind: Kind, at: Place): string {
  return actionList(g, kind, number(g, 1, 3), { ...at, depth: at.depth + 1 }).join(',')
}

/**
 * What does not go together, for an assertion of the real switch fails then and it is gone: a packet that waits for the
 * datapath, in connection tracking (`tracks`) or for its hash or parser (`waits`), with an action set (`writes`), and
 * the latter kind of waiting before check_pkt_larger.
 */
type Mode = 'waits' | 'tracks' | 'writes'

/** Where actions stand: in a flow of a table, within others. */
interface Place {
  readonly mode: Mode
  readonly table: number
  readonly depth: number
}

function actionList(g: Gen, kind: Kind, count: number, at: Place): string[] {
  const ip = IPV4.includes(kind) || IPV6.includes(kind)
  const list: string[] = []
  for (let i = 0; i < count; i++) {
    const roll = number(g, 0, 99)
    if (roll < 35) list.push(pick(g, setters(g, kind))())
    else if (roll < 65) list.push(pick(g, outputs(g))())
    else if (roll < 77 && at.table < TABLES - 1) list.push(resubmit(g, at.table))
    else if (roll < 82) list.push(`group:${number(g, 1, 5)}`)
    else if (roll < 87 && at.depth < 2) list.push(`clone(${nested(g, kind, at)})`)
    else if (roll < 92 && ip && at.mode === 'tracks') list.push(ct(g, at.table, kind))
    else list.push(pick(g, rarities(g, kind, at.mode))())
  }
  if (at.mode !== 'waits' && at.depth === 0 && chance(g, 12)) {
    list.push('check_pkt_larger(100)->NXM_NX_REG3[0]', 'output:2')
  }
  return list
}

const rarities = (g: Gen, kind: Kind, mode: Mode): Makers => [
  () => 'push:NXM_NX_REG0[0..15]',
  () => 'push:NXM_OF_ETH_SRC[]',
  () => 'pop:NXM_NX_REG1[]',
  () => 'pop:NXM_NX_REG2[0..7]',
  () => 'exit',
  () => 'ct_clear',
  () => 'note:01.02',
  () => 'pop_queue',
  () => (kind === 'mpls' && mode === 'waits' ? 'pop_mpls:0x0800' : 'push_vlan:0x8100,set_field:4102->vlan_vid'),
  () => 'push_vlan:0x8100',
  () => 'pop_vlan',
  () => `mod_vlan_vid:${pick(g, [5, 6])}`,
  () => 'push_mpls:0x8847,set_field:6->mpls_label',
  () => 'controller(userdata=01.02,max_len=100)',
]

/** Mostly to later tables: loops end only at the limits of resubmits, and their traces are long. */
function resubmit(g: Gen, table: number): string {
  const port = pick(g, ['', '', '', '2', 'in_port'])
  const back = table === TABLES - 1 || chance(g, 3)
  if (port === '2' && chance(g, 5)) return 'resubmit(2,)'
  return `resubmit(${port},${back ? number(g, 0, TABLES - 1) : number(g, table + 1, TABLES - 1)})`
}

function writeActions(g: Gen, kind: Kind): string {
  const parts = someOf(g, 3, [...setters(g, kind).slice(0, 7), () => 'push_vlan:0x8100', () => 'set_queue:2'])
  parts.push(pick(g, [() => `output:${pick(g, PORTS)}`, () => `group:${number(g, 1, 5)}`, () => 'pop_vlan'])())
  return `write_actions(${parts.join(',')})`
}

function instructions(g: Gen, kind: Kind, table: number, mode: Mode): string[] {
  const list: string[] = []
  if (chance(g, 5)) list.push('clear_actions')
  if (mode === 'writes' && chance(g, 40)) list.push(writeActions(g, kind))
  if (chance(g, 15)) list.push(`write_metadata:${pick(g, ['5', '1/1', '0x10000/0xff0000'])}`)
  if (chance(g, 35) && table < TABLES - 1) list.push(`goto_table:${number(g, table + 1, TABLES - 1)}`)
  return list
}

function flowLine(g: Gen, table: number, priority: number, mode: Mode): string {
  const kind = pick(g, KINDS)
  const terms = [...(kind === 'any' ? [] : [kind]), ...matchTerms(g, kind, priority === 0 ? 0 : 3)]
  const list = actionList(g, kind, number(g, 0, 4), { mode, table, depth: 0 })
  const acts = [...list, ...instructions(g, kind, table, mode)].join(',')
  const cookie = chance(g, 20) ? 'cookie=0x12,' : ''
  const match = terms.map((term) => `${term},`).join('')
  return `${cookie}table=${table},priority=${priority},${match}actions=${acts || 'drop'}`
}

/** A conjunction of two dimensions at a priority of its own. */
function conjunction(g: Gen, table: number, priority: number, mode: Mode): string[] {
  const id = 100 + table
  const head = `table=${table},priority=${priority},`
  const sources = g(fc.subarray<string>, ['10.0.0.1', '10.0.1.0/24', '10.1.0.1'])
  const ports = g(fc.subarray<string>, ['tp_dst=80', 'tp_dst=22', 'tp_src=80'])
  return [
    ...sources.map((ip) => `${head}tcp,nw_src=${ip},actions=conjunction(${id},1/2)`),
    ...ports.map((port) => `${head}tcp,${port},actions=conjunction(${id},2/2)`),
    `${head}conj_id=${id},ip,actions=${actionList(g, 'ip', number(g, 1, 3), { mode, table, depth: 1 }).join(',')}`,
  ]
}

function groupLine(g: Gen, id: number, mode: Mode): string {
  const type = pick(g, ['all', 'indirect', 'ff', mode === 'waits' ? 'select' : 'all'])
  const count = type === 'indirect' ? 1 : number(g, 1, 3)
  const buckets = Array.from({ length: count }, () => {
    const watch = type === 'ff' ? `watch_port:${pick(g, PORTS)},` : ''
    const actions = [...someOf(g, 2, setters(g, 'any').slice(0, 8)), pick(g, outputs(g).slice(0, 3))()]
    if (chance(g, 10)) actions.push(`resubmit(,${TABLES - 1})`)
    return `bucket=${watch}actions=${actions.join(',')}`
  })
  return `group_id=${id},type=${type},${buckets.join(',')}`
}

export interface Pipeline {
  readonly flows: readonly string[]
  readonly groups: readonly string[]
}

export function drawPipeline(g: Gen): Pipeline {
  const flows: string[] = []
  const mode = pick<Mode>(g, ['waits', 'tracks', 'tracks', 'writes'])
  for (let table = 0; table < TABLES; table++) {
    const count = number(g, 2, 8)
    for (let i = 0; i < count; i++) flows.push(flowLine(g, table, i * 10, mode))
    if (chance(g, 30)) flows.push(...conjunction(g, table, pick(g, [5, 35, 75]), mode))
  }
  return { flows, groups: [1, 2, 3, 4].map((id) => groupLine(g, id, mode)) }
}

/** A packet in ofproto/trace's text. */
export function drawPacket(g: Gen): string {
  const kind = pick(g, KINDS)
  const terms = [`in_port=${pick(g, PORTS)}`, ...(kind === 'any' ? [] : [kind])]
  terms.push(`dl_src=${pick(g, MACS.slice(0, 3))}`, `dl_dst=${pick(g, MACS)}`)
  if (chance(g, 20)) terms.push(`dl_vlan=${pick(g, [5, 6])}`, `dl_vlan_pcp=${pick(g, [0, 3])}`)
  if (chance(g, 10)) terms.push(`tun_id=${pick(g, REG_VALUES)}`)
  if (chance(g, 10)) terms.push(`reg0=${pick(g, REG_VALUES)}`)
  if (chance(g, 5)) terms.push(`metadata=${pick(g, REG_VALUES)}`)
  if (IPV4.includes(kind)) terms.push(`nw_src=${pick(g, IPS)}`, `nw_dst=${pick(g, IPS)}`)
  if (IPV6.includes(kind)) terms.push(`ipv6_src=${pick(g, IP6S)}`, `ipv6_dst=${pick(g, IP6S)}`)
  if (IPV4.includes(kind) || IPV6.includes(kind)) {
    terms.push(`nw_ttl=${pick(g, [1, 2, 64, 64])}`, `nw_tos=${pick(g, [0, 4, 32])}`)
    if (chance(g, 20)) terms.push(`nw_frag=${pick(g, ['first', 'later'])}`)
  }
  const later = terms.includes('nw_frag=later')
  const proto = kind.replace('6', '')
  if (PORTED.includes(kind) && !later) terms.push(`${proto}_src=${pick(g, TP)}`, `${proto}_dst=${pick(g, TP)}`)
  if ((kind === 'tcp' || kind === 'tcp6') && !later) terms.push(`tcp_flags=${pick(g, ['syn', 'ack', 'syn|ack'])}`)
  if (kind === 'icmp' && !later) terms.push(`icmp_type=${pick(g, [0, 8])}`)
  if (kind === 'arp') terms.push(`arp_op=${pick(g, [1, 2])}`, `arp_spa=${pick(g, IPS)}`, `arp_tpa=${pick(g, IPS)}`)
  if (kind === 'mpls') terms.push(`mpls_label=${pick(g, [0, 5])}`, `mpls_ttl=${pick(g, [1, 64])}`, `mpls_bos=1`)
  return terms.join(',')
}
