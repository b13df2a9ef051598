import type { Reader, Writer } from '../binary.js'
import { TextError } from '../errors.js'
import { plainMac } from '../text/addresses.js'
import { ETH_IPV4 } from '../spec/prereqs.js'
import type { FieldName } from '../spec/fields.js'
import { formatIpv4, formatMac } from '../text/addresses.js'
import { strToU16, strToU32, strToU8 } from '../text/numbers.js'
import { asSetField } from './set-field.js'
import { type ActionForm, type ActionSpec, define, nicira, OF10, OF11, OF12, standard } from './spec.js'
import type { Checked, PacketState } from './state.js'
import type { Action, ModAction, ModPortAction, ModTtlAction, ModVlanAction } from './types.js'
import { bad } from './wire-fields.js'

/** A number below `bits` bits. */
function bounded(value: number, allowed: number, text: string, what: string): number {
  if ((value & ~allowed) !== 0) throw new TextError(`${text}: not a valid ${what}`)
  return value
}

/** Six numbers in hex, of which the last two digits count; what follows them does not matter. */
const MAC_AT_START = /^\s*(?:[+-]?(?:0[xX])?[0-9a-fA-F]+:\s*){5}[+-]?(?:0[xX])?[0-9a-fA-F]+/

function macOf(text: string): bigint {
  const plain = plainMac(text)
  if (plain !== undefined) return plain
  const found = MAC_AT_START.exec(text)?.[0]
  if (found === undefined) throw new TextError(`invalid mac address ${text}`)
  return found.split(':').reduce((mac, part) => mac * 256n + BigInt(parseInt(part.slice(-2).replace(/^[xX]/, ''), 16)), 0n)
}

const IP = /^(?:(?:0|[1-9]\d{0,2})(?:\.(?!$)|$)){4}$/

function ipOf(text: string): number {
  const parts = IP.test(text) ? text.split('.').map(Number) : []
  if (parts.length !== 4 || parts.some((part) => part > 255)) {
    throw new TextError(`${text}: could not convert to IP address`)
  }
  return parts.reduce((ip, part) => ip * 256 + part, 0)
}

function needIpv4(state: PacketState): void {
  if (state.kind.ethType !== ETH_IPV4) state.inconsistent()
}
function needIp(state: PacketState): void {
  if (!state.isIp) state.inconsistent()
}
const anyPacket = (): void => undefined

interface Mod {
  readonly code: number
  readonly field: FieldName
  readonly bytes: number
  readonly allowed: bigint
  readonly what: string
  readonly parse: (text: string) => number | bigint
  readonly print: (value: bigint) => string
  readonly check: (state: PacketState) => void
}

const MAC = { bytes: 6, allowed: 0xffffffffffffn, parse: macOf, print: formatMac, check: anyPacket }
const IP_MOD = {
  bytes: 4,
  allowed: 0xffffffffn,
  parse: ipOf,
  print: (value: bigint) => formatIpv4(Number(value)),
  check: needIpv4,
}
const TOS = { bytes: 1, print: String, check: needIp }

/** How the setters of OpenFlow 1.0 read, and where later versions set the same. */
const MODS: Readonly<Record<ModAction['type'], Mod>> = {
  mod_dl_src: { ...MAC, code: 4, field: 'eth_src', what: 'Ethernet source' },
  mod_dl_dst: { ...MAC, code: 5, field: 'eth_dst', what: 'Ethernet destination' },
  mod_nw_src: { ...IP_MOD, code: 6, field: 'nw_src', what: 'IPv4 source' },
  mod_nw_dst: { ...IP_MOD, code: 7, field: 'nw_dst', what: 'IPv4 destination' },
  mod_nw_tos: {
    ...TOS,
    code: 8,
    field: 'ip_dscp',
    what: 'DSCP, as the upper bits of the TOS byte',
    allowed: 0xfcn,
    parse: (text) => bounded(strToU8(text, 'TOS'), 0xfc, text, 'TOS'),
  },
  mod_nw_ecn: {
    ...TOS,
    // OpenFlow 1.1 numbers the others one lower; this one is new there.
    code: 9,
    field: 'nw_ecn',
    what: 'ECN',
    allowed: 3n,
    parse: (text) => bounded(strToU8(text, 'ECN'), 3, text, 'ECN'),
  },
}

const SET_NAMES: Readonly<Record<ModAction['type'], string>> = {
  mod_dl_src: 'SET_DL_SRC',
  mod_dl_dst: 'SET_DL_DST',
  mod_nw_src: 'SET_NW_SRC',
  mod_nw_dst: 'SET_NW_DST',
  mod_nw_tos: 'SET_NW_TOS',
  mod_nw_ecn: 'SET_NW_ECN',
}

function modForms(type: ModAction['type']): ActionForm<ModAction>[] {
  const { code, bytes, allowed } = MODS[type]
  const body = {
    encode(w: Writer, a: ModAction): void {
      w.uint(a.value, bytes)
    },
    decode(r: Reader): ModAction {
      const offset = r.offset
      const value = r.uint(bytes)
      if ((BigInt(value) & ~allowed) !== 0n) throw bad(`${type}: ${String(value)}`, offset, 'OFPBAC_BAD_ARGUMENT')
      return { type, value }
    },
  }
  const length = { bytes: bytes === 6 ? 16 : 8 }
  const in11 = standard<ModAction>(SET_NAMES[type], code - 1, body, length)
  return type === 'mod_nw_ecn' ? [in11] : [in11, standard(SET_NAMES[type], code, body, { ...length, since: OF10, until: OF10 })]
}

export const modSpecs: readonly ActionSpec<ModAction>[] = (Object.keys(MODS) as ModAction['type'][]).map((type) => {
  const { field, what, parse, print, check } = MODS[type]
  return define<ModAction>({
    name: type,
    doc: `Sets the ${what}. From OpenFlow 1.2 on it is sent as a set_field.`,
    syntax: `${type}:VALUE`,
    types: [type],
    inActionSet: true,
    forms: modForms(type),
    lower(a, version) {
      if (type === 'mod_nw_ecn' && version === OF10) {
        return [{ type: 'load', value: Number(a.value), dst: { field: 'nw_ecn', ofs: 0, n_bits: 2 } }]
      }
      if (version < OF12) return undefined
      return asSetField(field, type === 'mod_nw_tos' ? Number(a.value) >>> 2 : a.value)
    },
    parse: (arg) => ({ type, value: parse(arg) }),
    format: (a) => `${type}:${print(BigInt(a.value))}`,
    check(_a, state) {
      check(state)
      return undefined
    },
  })
})

const PORT_FIELDS: Readonly<Record<number, readonly [FieldName, FieldName]>> = {
  6: ['tcp_src', 'tcp_dst'],
  17: ['udp_src', 'udp_dst'],
  132: ['sctp_src', 'sctp_dst'],
}

function checkPort(a: ModPortAction, state: PacketState): Checked {
  const { nwProto, laterFragment } = state.kind
  if (!state.isIp || laterFragment || PORT_FIELDS[nwProto] === undefined) state.inconsistent()
  return nwProto === 0 ? undefined : { ...a, ip_proto: nwProto }
}

export const modPortSpecs: readonly ActionSpec<ModPortAction>[] = (['mod_tp_src', 'mod_tp_dst'] as const).map(
  (type, which) => {
    const body = {
      encode(w: Writer, a: ModPortAction): void {
        w.u16(a.value)
      },
      decode: (r: Reader): ModPortAction => ({ type, value: r.u16() }),
    }
    const what = which === 0 ? 'source port' : 'destination port'
    return define<ModPortAction>({
      name: type,
      doc: `Sets the ${what} of TCP, UDP or SCTP. From OpenFlow 1.2 on it is sent as a set_field.`,
      syntax: `${type}:PORT`,
      types: [type],
      inActionSet: true,
      forms: [standard(which === 0 ? 'SET_TP_SRC' : 'SET_TP_DST', 9 + which, body, { since: OF10 })],
      lower(a, version) {
        const field = version < OF12 ? undefined : PORT_FIELDS[a.ip_proto ?? -1]?.[which]
        return field === undefined ? undefined : asSetField(field, a.value)
      },
      parse: (arg) => ({ type, value: strToU16(arg, what) }),
      format: (a) => `${type}:${a.value}`,
      check: checkPort,
    })
  },
)

const VLAN_PRESENT = 0x1000

/** What the two parts of a tag are called and how wide they are. */
const VLAN_PARTS = [
  { part: 'vlan_vid', name: 'SET_VLAN_VID', bytes: 2, max: 0xfff, parse: strToU16, what: 'VLAN VID' },
  { part: 'vlan_pcp', name: 'SET_VLAN_PCP', bytes: 1, max: 7, parse: strToU8, what: 'VLAN PCP' },
] as const

function checkVlan(a: ModVlanAction, state: PacketState): Checked {
  const [outer, inner] = state.tags
  if (!outer && a.type.startsWith('set_')) state.inconsistent()
  state.setTags(true, inner)
  return outer ? { ...a, flow_has_vlan: true } : undefined
}

export const modVlanSpecs: readonly ActionSpec<ModVlanAction>[] = VLAN_PARTS.map((entry, which) => {
  const { part, bytes, max } = entry
  const mod = `mod_${part}` as const
  const set = `set_${part}` as const
  const body = (type: ModVlanAction['type']) => ({
    encode(w: Writer, a: ModVlanAction): void {
      w.uint(a.value, bytes)
    },
    decode(r: Reader): ModVlanAction {
      const offset = r.offset
      const value = Number(r.uint(bytes))
      if (value > max) throw bad(`${type}: ${value}`, offset, 'OFPBAC_BAD_ARGUMENT')
      return { type, value }
    },
  })
  return define<ModVlanAction>({
    name: set,
    doc:
      `Sets the ${entry.what} of the outermost VLAN tag; \`mod_\` adds a tag where there is none. ` +
      'From OpenFlow 1.2 on it is sent as a set_field.',
    syntax: `${mod}:VALUE, ${set}:VALUE`,
    types: [mod, set],
    inActionSet: true,
    forms: [
      standard(entry.name, 1 + which, body(mod), { since: OF10, until: OF10 }),
      standard(entry.name, 1 + which, body(set)),
    ],
    lower(a, version) {
      const push = a.type === mod && a.flow_has_vlan !== true
      if (version < OF12 && !(version === OF11 && push)) return undefined
      const tag: readonly Action[] = push ? [{ type: 'push_vlan', ethertype: 0x8100 }] : []
      if (version === OF11) return [...tag, { type: set, value: a.value }]
      return [...tag, ...asSetField(part, which === 0 ? a.value | VLAN_PRESENT : a.value)]
    },
    parse(arg, _env, keyword) {
      return { type: keyword === set ? set : mod, value: bounded(entry.parse(arg, entry.what), max, arg, entry.what) }
    },
    format: (a) => `${a.type}:${a.value}`,
    check: checkVlan,
  })
})

const byteBody = (type: ModTtlAction['type']) => ({
  encode(w: Writer, a: ModTtlAction): void {
    w.u8(a.value)
  },
  decode: (r: Reader): ModTtlAction => ({ type, value: r.u8() }),
})

function needMpls(_a: Action, state: PacketState): undefined {
  if (!state.isMpls) state.inconsistent()
}

function required(arg: string, type: string, what: string): string {
  if (arg === '') throw new TextError(`${type}: expected ${what}.`)
  return arg
}

const labelBody = (padding: number) => ({
  encode(w: Writer, a: ModTtlAction): void {
    w.zeros(padding)
    w.u32(a.value)
  },
  decode(r: Reader): ModTtlAction {
    r.skip(padding)
    return { type: 'set_mpls_label', value: r.u32() }
  },
})

const mplsSet = (
  type: ModTtlAction['type'],
  what: string,
  wire: { readonly name: string; readonly of11: number; readonly nx: number },
): Pick<ActionSpec<ModTtlAction>, 'name' | 'doc' | 'syntax' | 'types' | 'inActionSet' | 'forms' | 'format' | 'check'> => ({
  name: type,
  doc: `Sets the ${what} of the outermost MPLS label stack entry.`,
  syntax: `${type}:VALUE`,
  types: [type],
  inActionSet: true,
  forms: [
    standard(wire.name, wire.of11, type === 'set_mpls_label' ? labelBody(0) : byteBody(type)),
    nicira(wire.name, wire.nx, type === 'set_mpls_label' ? labelBody(2) : byteBody(type), { until: OF10 }),
  ],
  format: (a) => `${type}(${a.value})`,
  check: needMpls,
})

export const modTtlSpecs: readonly ActionSpec<ModTtlAction>[] = [
  define<ModTtlAction>({
    name: 'mod_nw_ttl',
    doc: 'Sets the TTL or hop limit of IP.',
    syntax: 'mod_nw_ttl:TTL, set_nw_ttl:TTL',
    types: ['mod_nw_ttl'],
    keywords: ['mod_nw_ttl', 'set_nw_ttl'],
    inActionSet: true,
    forms: [standard('SET_NW_TTL', 23, byteBody('mod_nw_ttl'))],
    lower(a, version) {
      if (version !== OF10) return undefined
      return [{ type: 'load', value: a.value, dst: { field: 'nw_ttl', ofs: 0, n_bits: 8 } }]
    },
    parse: (arg) => ({ type: 'mod_nw_ttl', value: strToU8(arg, 'TTL') }),
    format: (a) => `mod_nw_ttl:${a.value}`,
    check(_a, state) {
      needIp(state)
      return undefined
    },
  }),
  define<ModTtlAction>({
    ...mplsSet('set_mpls_ttl', 'TTL', { name: 'SET_MPLS_TTL', of11: 15, nx: 25 }),
    parse: (arg) => ({ type: 'set_mpls_ttl', value: strToU8(required(arg, 'set_mpls_ttl', 'ttl'), 'MPLS TTL') }),
  }),
  define<ModTtlAction>({
    ...mplsSet('set_mpls_label', 'label', { name: 'SET_MPLS_LABEL', of11: 13, nx: 30 }),
    lower: (a, version) => (version < OF12 ? undefined : asSetField('mpls_label', a.value)),
    parse(arg) {
      const value = strToU32(required(arg, 'set_mpls_label', 'label'))
      return { type: 'set_mpls_label', value: bounded(value, 0xfffff, arg, 'MPLS label') }
    },
  }),
  define<ModTtlAction>({
    ...mplsSet('set_mpls_tc', 'traffic class', { name: 'SET_MPLS_TC', of11: 14, nx: 31 }),
    lower: (a, version) => (version < OF12 ? undefined : asSetField('mpls_tc', a.value)),
    parse(arg) {
      const value = strToU8(required(arg, 'set_mpls_tc', 'tc'), 'MPLS TC')
      return { type: 'set_mpls_tc', value: bounded(value, 7, arg, 'MPLS TC') }
    },
  }),
]
