import type { Reader, Writer } from '../binary.js'
import { TextError } from '../errors.js'
import { PROTOCOLS } from '../protocols.js'
import { ETH_MPLS, ETH_MPLS_MCAST, ETH_NSH } from '../spec/prereqs.js'
import { atoi, strToU16, strToU32, strToU64 } from '../text/numbers.js'
import { hexOrZero } from '../text/values.js'
import { forms32 } from './output.js'
import { asSetField } from './set-field.js'
import { type ActionForm, type ActionSpec, define, empty, nicira, OF10, OF12, OF13, standard } from './spec.js'
import type { PacketState } from './state.js'
import type { DecTtlAction, EthertypeAction, PlainAction, SetQueueAction, SetTunnelAction } from './types.js'
import { bad, expectZeros } from './wire-fields.js'

function needMpls(_a: PlainAction, state: PacketState): undefined {
  if (!state.isMpls) state.inconsistent()
}

const PT_NSH = 0x1894f

function needNsh(_a: PlainAction, state: PacketState): undefined {
  const { kind } = state
  if (kind.packetType !== PT_NSH && kind.dlType !== ETH_NSH) state.inconsistent()
}

function popTag(_a: PlainAction, state: PacketState): undefined {
  const [outer, inner] = state.tags
  if (!outer) state.inconsistent()
  else state.setTags(inner, false)
}

/** Actions without arguments, with their forms. Arguments that text gives them all the same are not looked at. */
function plain(
  type: PlainAction['type'],
  doc: string,
  form: (action: PlainAction) => ActionForm<PlainAction>[],
  more: Partial<ActionSpec<PlainAction>> = {},
): ActionSpec<PlainAction> {
  const action: PlainAction = { type }
  return define<PlainAction>({
    name: type,
    doc,
    syntax: type,
    types: [type],
    forms: form(action),
    parse: () => action,
    format: () => type,
    ...more,
  })
}

export const plainSpecs: readonly ActionSpec<PlainAction>[] = [
  plain('pop_vlan', 'Takes the outermost VLAN tag off.', (a) => [standard('POP_VLAN', 18, empty(a))], {
    name: 'strip_vlan',
    inActionSet: true,
    lower: (_a, version) => (version === OF10 ? [{ type: 'strip_vlan' }] : undefined),
    check: popTag,
  }),
  plain(
    'strip_vlan',
    'Takes the outermost VLAN tag off: the name of OpenFlow 1.0.',
    (a) => [standard('STRIP_VLAN', 3, empty(a), { since: OF10, until: OF10 })],
    {
      inActionSet: true,
      lower: (_a, version) => (version === OF10 ? undefined : [{ type: 'pop_vlan' }]),
      check: popTag,
    },
  ),
  plain(
    'dec_mpls_ttl',
    'Decrements the TTL of the outermost MPLS label stack entry.',
    (a) => [standard('DEC_MPLS_TTL', 16, empty(a)), nicira('DEC_MPLS_TTL', 26, empty(a), { until: OF10 })],
    { inActionSet: true, check: needMpls },
  ),
  plain(
    'dec_nsh_ttl',
    'Decrements the TTL of the network service header.',
    (a) => [nicira('DEC_NSH_TTL', 48, empty(a), { since: OF13, sentSince: OF10 })],
    { inActionSet: true, check: needNsh },
  ),
  plain('pop_queue', 'Goes back to the queue that set_queue replaced.', (a) => [nicira('POP_QUEUE', 5, empty(a))]),
  plain('exit', 'Executes no more actions.', (a) => [nicira('EXIT', 17, empty(a))]),
  plain('ct_clear', 'Forgets what connection tracking said of the packet.', (a) => [nicira('CT_CLEAR', 43, empty(a))], {
    inActionSet: true,
  }),
  plain('debug_slow', 'For tests of switches: sends the packet the slow way.', (a) => [
    nicira('DEBUG_SLOW', 254, empty(a)),
  ]),
  plain('debug_recirc', 'For tests of switches: recirculates the packet.', (a) => [
    nicira('DEBUG_RECIRC', 255, empty(a)),
  ]),
]

const VLAN_ETHERTYPES: readonly number[] = [0x8100, 0x88a8]
const MPLS_ETHERTYPES: readonly number[] = [ETH_MPLS, ETH_MPLS_MCAST]

const ethertypeBody = (type: EthertypeAction['type'], allowed?: readonly number[]) => ({
  encode(w: Writer, a: EthertypeAction): void {
    w.u16(a.ethertype)
  },
  decode(r: Reader): EthertypeAction {
    const offset = r.offset
    const ethertype = r.u16()
    if (allowed?.includes(ethertype) === false) throw bad(`${type}: ${ethertype}`, offset, 'OFPBAC_BAD_ARGUMENT')
    return { type, ethertype }
  },
})

const formatEthertype = (a: EthertypeAction): string => `${a.type}:0x${a.ethertype.toString(16).padStart(4, '0')}`

const pushMpls = ethertypeBody('push_mpls', MPLS_ETHERTYPES)
const popMpls = ethertypeBody('pop_mpls')

export const ethertypeSpecs: readonly ActionSpec<EthertypeAction>[] = [
  define<EthertypeAction>({
    name: 'push_vlan',
    doc: 'Puts a VLAN tag on the packet. OpenFlow 1.0 has no such thing; setting part of a tag adds it there.',
    syntax: 'push_vlan:ETHERTYPE',
    types: ['push_vlan'],
    inActionSet: true,
    protocols: () => PROTOCOLS.OF11_UP,
    forms: [standard('PUSH_VLAN', 17, ethertypeBody('push_vlan', VLAN_ETHERTYPES))],
    lower: (_a, version) => (version === OF10 ? [] : undefined),
    parse(arg) {
      const ethertype = strToU16(arg, 'ethertype')
      if (!VLAN_ETHERTYPES.includes(ethertype)) throw new TextError(`${arg}: not a valid VLAN ethertype`)
      return { type: 'push_vlan', ethertype }
    },
    format: (a) => `push_vlan:0x${a.ethertype.toString(16)}`,
    check(_a, state) {
      const [outer, inner] = state.tags
      if (inner) return 'OFPBAC_BAD_TAG'
      state.setTags(true, outer)
      return undefined
    },
  }),
  define<EthertypeAction>({
    name: 'push_mpls',
    doc: 'Puts an MPLS label stack entry on the packet.',
    syntax: 'push_mpls:ETHERTYPE',
    types: ['push_mpls'],
    inActionSet: true,
    forms: [standard('PUSH_MPLS', 19, pushMpls), nicira('PUSH_MPLS', 23, pushMpls, { until: OF10 })],
    parse: (arg) => ({ type: 'push_mpls', ethertype: strToU16(arg, 'push_mpls') }),
    format: formatEthertype,
    check(a, state) {
      if (!state.isEthernet) state.inconsistent()
      state.become(state.kind.packetType, a.ethertype)
      state.kind.nwProto = 0
      return undefined
    },
  }),
  define<EthertypeAction>({
    name: 'pop_mpls',
    doc: 'Takes the outermost MPLS label stack entry off; what is left has the ethertype.',
    syntax: 'pop_mpls:ETHERTYPE',
    types: ['pop_mpls'],
    inActionSet: true,
    forms: [standard('POP_MPLS', 20, popMpls), nicira('POP_MPLS', 24, popMpls, { until: OF10 })],
    parse: (arg) => ({ type: 'pop_mpls', ethertype: strToU16(arg, 'pop_mpls') }),
    format: formatEthertype,
    check(a, state) {
      if (!state.isEthernet || !state.isMpls) state.inconsistent()
      state.become(state.kind.packetType, a.ethertype)
      return undefined
    },
  }),
]

const plainDecTtl = empty<DecTtlAction>({ type: 'dec_ttl' })

export const decTtlSpec = define<DecTtlAction>({
  name: 'dec_ttl',
  doc: 'Decrements the TTL or hop limit of IP. At zero the packet goes to the controllers of the ids (0 by default).',
  syntax: 'dec_ttl, dec_ttl(ID,...)',
  types: ['dec_ttl'],
  inActionSet: true,
  forms: [
    standard('DEC_NW_TTL', 24, plainDecTtl),
    nicira('DEC_TTL', 18, plainDecTtl, { until: OF10 }),
    nicira(
      'DEC_TTL_CNT_IDS',
      21,
      {
        encode(w, a) {
          const ids = a.ids ?? []
          w.u16(ids.length)
          w.zeros(4)
          for (const id of ids) w.u16(id)
        },
        decode(r) {
          const offset = r.offset
          const count = r.u16()
          expectZeros(r, 'NXBRC_MUST_BE_ZERO', 4)
          if (r.remaining < 2 * count) throw bad(`dec_ttl: no room for ${count} ids`, offset, 'OFPBAC_BAD_LEN')
          const ids: number[] = []
          for (let i = 0; i < count; i++) ids.push(r.u16())
          return { type: 'dec_ttl', ids }
        },
      },
      { longer: true },
    ),
  ],
  choose: (a, version) => (a.ids !== undefined ? 2 : version === OF10 ? 1 : 0),
  parse(arg) {
    if (arg === '') return { type: 'dec_ttl' }
    const ids = arg.split(/[ ,]+/).filter((id) => id !== '')
    if (ids.length === 0) throw new TextError('dec_ttl_cnt_ids: expected at least one controller id.')
    return { type: 'dec_ttl', ids: ids.map((id) => atoi(id, 16)) }
  },
  format: (a) => (a.ids === undefined ? 'dec_ttl' : `dec_ttl(${a.ids.join(',')})`),
  check(_a, state) {
    if (!state.isIp) state.inconsistent()
    return undefined
  },
})

export const setTunnelSpec = define<SetTunnelAction>({
  name: 'set_tunnel',
  doc: 'Sets the tunnel key. From OpenFlow 1.2 on it is sent as a set_field.',
  syntax: 'set_tunnel:KEY, set_tunnel64:KEY',
  types: ['set_tunnel', 'set_tunnel64'],
  inActionSet: true,
  forms: [
    nicira('SET_TUNNEL', 2, {
      encode(w, a) {
        w.zeros(2)
        w.u32(Number(a.tun_id))
      },
      decode(r) {
        r.skip(2)
        return { type: 'set_tunnel', tun_id: BigInt(r.u32()) }
      },
    }),
    nicira(
      'SET_TUNNEL64',
      9,
      {
        encode(w, a) {
          w.zeros(6)
          w.u64(a.tun_id)
        },
        decode(r) {
          r.skip(6)
          return { type: 'set_tunnel64', tun_id: r.u64() }
        },
      },
      { bytes: 24 },
    ),
  ],
  choose: (a) => (a.type === 'set_tunnel' && a.tun_id <= 0xffffffffn ? 0 : 1),
  lower: (a, version) => (version < OF12 ? undefined : asSetField('tun_id', a.tun_id)),
  parse: (arg, _env, keyword) => ({
    type: keyword === 'set_tunnel64' ? 'set_tunnel64' : 'set_tunnel',
    tun_id: strToU64(arg),
  }),
  format(a) {
    const wide = a.type === 'set_tunnel64' || a.tun_id > 0xffffffffn
    return `set_tunnel${wide ? '64' : ''}:${hexOrZero(a.tun_id)}`
  },
})

export const setQueueSpec = define<SetQueueAction>({
  name: 'set_queue',
  doc: 'Chooses the queue in which the packet waits at the port that it is sent to.',
  syntax: 'set_queue:QUEUE',
  types: ['set_queue'],
  inActionSet: true,
  forms: forms32(
    'SET_QUEUE',
    { of11: 21, nx: 4 },
    (queue_id): SetQueueAction => ({ type: 'set_queue', queue_id }),
    (a) => a.queue_id,
  ),
  parse: (arg) => ({ type: 'set_queue', queue_id: strToU32(arg) }),
  format: (a) => `set_queue:${a.queue_id}`,
})
