/** What a list of datapath actions does, whichever of several equal ways of saying it was chosen. */
import type { Packet } from 'openflow-ts'
import { parseIpv4, parseIpv6, plainMac } from '../../src/openflow-ts/src/text/addresses.js'

/** Parts of the packet by the datapath's names, VLAN tags and labels from the outside. */
interface State {
  readonly parts: Map<string, bigint>
  tags: string[]
  labels: string[]
}

function stateOf(p: Packet): State {
  const parts = new Map<string, bigint>()
  const put = (names: string, value: number | bigint): void => {
    for (const name of names.split(' ')) parts.set(name, BigInt(value))
  }
  const type = p.get('eth_type')
  put('eth.src', p.get('eth_src'))
  put('eth.dst', p.get('eth_dst'))
  put(type === 0x0806 ? 'arp.sip' : 'ipv4.src', p.get('nw_src'))
  put(type === 0x0806 ? 'arp.tip' : 'ipv4.dst', p.get('nw_dst'))
  put('ipv6.src', p.get('ipv6_src'))
  put('ipv6.dst', p.get('ipv6_dst'))
  put('ipv6.label', p.get('ipv6_label'))
  put('ipv4.tos ipv6.tclass', (p.get('ip_dscp') << 2) | p.get('nw_ecn'))
  put('ipv4.ttl ipv6.hlimit', p.get('nw_ttl'))
  put('arp.op', p.get('arp_op'))
  put('arp.sha', p.get('arp_sha'))
  put('arp.tha', p.get('arp_tha'))
  put('tcp.src udp.src sctp.src', p.get('tcp_src'))
  put('tcp.dst udp.dst sctp.dst', p.get('tcp_dst'))
  put('skb_priority skb_mark', 0)
  put('skb_mark', p.get('pkt_mark'))
  const tci = p.get('vlan_tci')
  const tags = (tci & 0x1000) === 0 ? [] : [`vid=${tci & 0xfff},pcp=${tci >>> 13}`]
  const [label, tc, ttl, bos] = [p.get('mpls_label'), p.get('mpls_tc'), p.get('mpls_ttl'), p.get('mpls_bos')]
  const labels = type === 0x8847 ? [`label=${label},tc=${tc},ttl=${ttl},bos=${bos}`] : []
  return { parts, tags, labels }
}

const copy = (s: State): State => ({ parts: new Map(s.parts), tags: [...s.tags], labels: [...s.labels] })

/** The packet, as one text; only what differs from how it came. */
function show(state: State, first: State): string {
  const changed = [...state.parts].filter(([name, value]) => first.parts.get(name) !== value)
  const names = changed.map(([name, value]) => `${name}=${value.toString(16)}`).sort()
  return [...names, ...state.tags.map((tag) => `[${tag}]`), ...state.labels.map((label) => `<${label}>`)].join(' ')
}

/** Splits at commas that stand in no parentheses. */
function split(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i <= text.length; i++) {
    if (text[i] === '(') depth++
    else if (text[i] === ')') depth--
    else if (i === text.length || (text[i] === ',' && depth === 0)) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  return parts
}

function valueOf(text: string): bigint {
  const mac = plainMac(text)
  if (mac !== undefined) return mac
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) return BigInt(parseIpv4(text))
  return text.includes(':') ? parseIpv6(text) : BigInt(text)
}

function setPart(state: State, name: string, text: string): void {
  const [value = '', mask] = text.split('/')
  const before = state.parts.get(name) ?? 0n
  if (mask === undefined) state.parts.set(name, valueOf(value))
  else state.parts.set(name, (before & ~valueOf(mask)) | (valueOf(value) & valueOf(mask)))
}

function set(state: State, inner: string): void {
  const [, header = '', args = ''] = /^(\w+)\((.*)\)$/.exec(inner) ?? []
  if (header === 'mpls') state.labels[0] = args
  else if (!args.includes('=')) setPart(state, header, args)
  else {
    for (const arg of split(args)) {
      const [name = '', value = ''] = arg.split('=')
      setPart(state, `${header}.${name}`, value)
    }
  }
}

function run(text: string, state: State, first: State): string[] {
  const done: string[] = []
  for (const action of split(text)) {
    const [, name = '', args = ''] = /^([\w-]+)(?:\((.*)\))?$/s.exec(action) ?? []
    if (/^\d+$/.test(name)) done.push(`out ${name} ${show(state, first)}`)
    else if (name === 'set') set(state, args)
    else if (name === 'pop_vlan') state.tags.shift()
    else if (name === 'push_vlan') state.tags.unshift(args)
    else if (name === 'push_mpls') state.labels.unshift(args.replace(/,eth_type=.*/, ''))
    else if (name === 'pop_mpls') state.labels.shift()
    else if (name === 'recirc') done.push(`recirc ${show(state, first)}`)
    else if (name === 'userspace') done.push(`${action.replace(/recirc_id=\d+,/, '')} ${show(state, first)}`)
    else if (name === 'clone') done.push(`clone { ${run(args, copy(state), first).join('; ')} }`)
    else if (name === 'check_pkt_len') {
      const [size = '', gt = '', le = ''] = split(args)
      const ways = [gt, le].map((way) => run(way.slice(3, -1), copy(state), first).join('; '))
      done.push(`${size} { ${ways.join(' | ')} }`)
    } else if (name !== 'drop') done.push(`${action} ${name === 'ct' ? show(state, first) : ''}`)
  }
  return sortFloods(done)
}

/** OVS floods in the order of a hash table. */
function sortFloods(done: readonly string[]): string[] {
  const sorted: string[] = []
  let flood: string[] = []
  const flush = (): void => {
    sorted.push(...flood.sort())
    flood = []
  }
  const stateOfOutput = (line = ''): string => line.replace(/^out \d+ /, '')
  for (const line of done) {
    if (!line.startsWith('out ') || (flood.length > 0 && stateOfOutput(flood[0]) !== stateOfOutput(line))) flush()
    if (line.startsWith('out ')) flood.push(line)
    else sorted.push(line)
  }
  flush()
  return sorted
}

/** The effects of datapath actions on a packet, in order: what is sent where, and how it has changed then. */
export function effectsOf(actions: string, packet: Packet): string[] {
  const first = stateOf(packet)
  return run(actions, copy(first), first)
}
