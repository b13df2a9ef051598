/** Random matches and actions, drawn from the tables. */
import fc from 'fast-check'
import {
  type Action,
  type FieldName,
  type Flow,
  match,
  type Match,
  type MatchInit,
  PORTS,
  type Subfield,
  type Value,
} from 'openflow-ts'
import { PacketKind, NOTES } from '../../../src/openflow-ts/src/spec/prereqs.js'
import { prefixMask } from '../../../src/openflow-ts/src/text/addresses.js'
import { FIELD_INFOS, type FieldInfo, fieldInfo } from '../../../src/openflow-ts/src/spec/registry.js'

/** What a match must hold for fields with prerequisites to be possible. */
const BASES: readonly MatchInit[] = [
  {},
  { eth_type: 0x0800 },
  { eth_type: 0x0800, nw_proto: 1 },
  { eth_type: 0x0800, nw_proto: 6 },
  { eth_type: 0x0800, nw_proto: 17 },
  { eth_type: 0x0800, nw_proto: 132 },
  { eth_type: 0x0800, nw_proto: 47 },
  { eth_type: 0x86dd },
  { eth_type: 0x86dd, nw_proto: 6 },
  { eth_type: 0x86dd, nw_proto: 58, icmpv6_type: 135, icmpv6_code: 0 },
  { eth_type: 0x86dd, nw_proto: 58, icmpv6_type: 136, icmpv6_code: 0 },
  { eth_type: 0x0806 },
  { eth_type: 0x8035, arp_op: 3 },
  { eth_type: 0x8847 },
  { eth_type: 0x88cc },
  { eth_type: 0x894f },
  { eth_type: 0x0800, ct_state: [0x21, 0x21] },
  { eth_type: 0x86dd, ct_state: [0x21, 0x21], ct_nw_proto: 6 },
]

/** Fields that decide which others there are, and those that are drawn only as part of a base. */
const STRUCTURAL = new Set<FieldName>([
  'eth_type', 'nw_proto', 'icmpv6_type', 'icmpv6_code', 'ip_frag', 'packet_type', 'ct_state', 'recirc_id', 'dp_hash',
])

function kindOf(base: MatchInit): PacketKind {
  const kind = new PacketKind()
  for (const [name, given] of Object.entries(base) as [FieldName, Value | [Value, Value]][]) {
    const [value, mask] = typeof given === 'object' ? given : [given, fieldInfo(name).ones]
    NOTES[name]?.(kind, Number(value), Number(mask))
  }
  return kind
}

/** Tunnel options of a match have 256 bytes in all. */
const OPTION_BITS = 256n

export function uintOf(info: FieldInfo): fc.Arbitrary<Value> {
  if (info.validValues !== undefined) return fc.constantFrom(...info.validValues)
  if (info.variableLength) return fc.bigInt({ min: 0n, max: (1n << OPTION_BITS) - 1n })
  if (info.wide) return fc.bigInt({ min: 0n, max: BigInt(info.ones) })
  return fc.integer({ min: 0, max: Math.min(Number(info.ones), Number(info.validMask)) })
}

const portNumber = fc.oneof(fc.integer({ min: 1, max: 0xfeff }), fc.constantFrom(PORTS.LOCAL))

function valueOf(info: FieldInfo): fc.Arbitrary<Value | [Value, Value]> {
  if (info.format === 'port') return portNumber
  if (info.valueIsMask) return fc.integer({ min: 1, max: Number(info.ones) }).map((value) => [value, value])
  // ovs-ofctl does not print a ct_nw_proto of 0.
  const exact = info.name === 'ct_nw_proto' ? fc.integer({ min: 1, max: 255 }) : uintOf(info)
  if (!info.maskable) return exact
  // ovs-ofctl 3.1 takes an IPv6 mask that begins with a digit for a prefix length.
  const prefix = fc.integer({ min: 0, max: 128 }).map((length) => prefixMask(length, 128))
  const mask = info.format === 'ipv6' ? prefix : uintOf(info)
  return fc.oneof(exact, fc.tuple(exact, mask))
}

/** Matches that are within `allowed`, all fields by default. */
export function matches(allowed: (info: FieldInfo) => boolean = () => true): fc.Arbitrary<Match> {
  return fc.constantFrom(...BASES).chain((base) => {
    const kind = kindOf(base)
    const possible = FIELD_INFOS.filter(
      (info) =>
        info.view === undefined &&
        info.allIds.length > 0 &&
        info.prereqMet(kind) &&
        info.sent(kind) &&
        !STRUCTURAL.has(info.name) &&
        !(info.name in base) &&
        allowed(info),
    )
    return fc
      .subarray(possible, { maxLength: 6 })
      .chain((infos) => fc.tuple(...infos.map((info) => valueOf(info).map((value) => [info.name, value] as const))))
      .map((terms) => match({ ...base, ...Object.fromEntries(terms.map(fixVlan)) }))
  })
}

/** Whether actions on IPv4 suit the match. */
export const isIpv4 = (m: Match): boolean => m.some((term) => term.field === 'eth_type' && term.value === 0x800)

/** OXM can send of vlan_tci only a tag with its number, or the number's bits. */
function fixVlan([name, value]: readonly [FieldName, Value | [Value, Value]]): readonly [FieldName, unknown] {
  if (name !== 'vlan_tci') return [name, value]
  return [name, typeof value === 'object' ? [(Number(value[0]) & 0xfff) | 0x1000, 0x1fff] : Number(value) | 0x1000]
}

const settable = FIELD_INFOS.filter(
  (info) => info.writable && info.allIds.length > 0 && !info.variableLength && (info.prereq === 'none' || info.name.startsWith('eth_')) &&
    !info.name.startsWith('ct_') && !info.name.startsWith('tun_flags') && info.format !== 'port',
)
const narrow = settable.filter((info) => info.bits <= 64 && !info.name.startsWith('tun_erspan'))

export const subfield = (infos: readonly FieldInfo[], bits?: number): fc.Arbitrary<Subfield> =>
  fc
    .constantFrom(...infos.filter((info) => info.subfieldBits >= (bits ?? 1)))
    .chain((info) =>
      fc
        .integer({ min: bits ?? 1, max: Math.min(bits ?? info.subfieldBits, 64) })
        .chain((n_bits) =>
          fc.integer({ min: 0, max: info.subfieldBits - n_bits }).map((ofs) => ({ field: info.name, ofs, n_bits })),
        ),
    )

const setField: fc.Arbitrary<Action> = fc.constantFrom(...settable).chain((info) =>
  uintOf(info).map((value) => ({ type: 'set_field' as const, field: info.name, value })),
)

const load: fc.Arbitrary<Action> = subfield(narrow).chain((dst) =>
  fc.bigInt({ min: 0n, max: (1n << BigInt(dst.n_bits)) - 1n }).map((value) => ({
    type: 'load' as const,
    value: dst.n_bits > 32 ? value : Number(value),
    dst,
  })),
)

const move: fc.Arbitrary<Action> = fc.integer({ min: 1, max: 32 }).chain((bits) =>
  fc.tuple(subfield(narrow, bits), subfield(narrow, bits)).map(([src, dst]) => ({ type: 'move' as const, src, dst })),
)

const u32 = fc.integer({ min: 0, max: 0xffffffff })
const u16 = fc.integer({ min: 0, max: 0xffff })
const u8 = fc.integer({ min: 0, max: 0xff })

const conjunction: fc.Arbitrary<Action> = fc
  .tuple(u32, fc.integer({ min: 2, max: 64 }), u8)
  .map(([id, n_clauses, k]) => ({ type: 'conjunction', id, clause: (k % n_clauses) + 1, n_clauses }))

const u32NotZero = fc.integer({ min: 1, max: 0xffffffff })

const nat: fc.Arbitrary<Action> = fc.oneof(
  fc.constant<Action>({ type: 'nat' }),
  fc
    .tuple(
      fc.constantFrom('src' as const, 'dst' as const),
      // ovs-ofctl takes 0.0.0.0 for no address, and then refuses its own bytes.
      fc.option(fc.tuple(u32NotZero, u32NotZero), { nil: undefined }),
      fc.option(fc.integer({ min: 1, max: 0xffff }), { nil: undefined }),
      fc.subarray(['persistent', 'random'] as const),
    )
    .map(([kind, ips, port, flags]): Action => {
      const [a, b] = ips ?? [0, 0]
      const addr = a === b ? { min: a } : { min: Math.min(a, b), max: Math.max(a, b) }
      return {
        type: 'nat',
        kind,
        ...(ips === undefined ? {} : { addr }),
        ...(ips === undefined || port === undefined ? {} : { port: { min: port } }),
        ...(ips === undefined || flags.length === 0 ? {} : { flags }),
      }
    }),
)

const ct: fc.Arbitrary<Action> = fc
  .tuple(
    fc.option(fc.constantFrom(['commit' as const], ['commit' as const, 'force' as const]), { nil: undefined }),
    fc.oneof(u16, fc.constant({ field: 'reg3', ofs: 0, n_bits: 16 } satisfies Subfield)),
    fc.option(fc.integer({ min: 0, max: 254 }), { nil: undefined }),
    fc.option(nat, { nil: undefined }),
    fc.option(u32, { nil: undefined }),
  )
  .map(([flags, zone, table, inner, mark]): Action => ({
    type: 'ct',
    flags: flags ?? [],
    zone,
    ...(table === undefined ? {} : { table }),
    actions: [
      // Without commit, connections are only looked up: nothing to translate anew.
      ...(inner === undefined ? [] : [flags === undefined ? ({ type: 'nat' } satisfies Action) : inner]),
      ...(mark === undefined || flags === undefined
        ? []
        : [{ type: 'set_field', field: 'ct_mark', value: mark } satisfies Action]),
    ],
  }))

/** Actions that fit any flow. */
export const anyFlowAction: fc.Arbitrary<Action> = fc.oneof(
  portNumber.map((port): Action => ({ type: 'output', port })),
  u16.map((max_len): Action => ({ type: 'output', port: PORTS.CONTROLLER, max_len })),
  fc.constantFrom<Action>(
    { type: 'output', port: PORTS.NORMAL },
    { type: 'output', port: PORTS.FLOOD },
    { type: 'output', port: PORTS.IN_PORT },
    { type: 'exit' },
    { type: 'pop_queue' },
  ),
  fc.integer({ min: 0, max: 0xffffff00 }).map((group_id): Action => ({ type: 'group', group_id })),
  u32.map((queue_id): Action => ({ type: 'set_queue', queue_id })),
  fc
    .tuple(fc.option(fc.integer({ min: 1, max: 0xfeff }), { nil: undefined }), fc.integer({ min: 0, max: 254 }))
    .map(([port, table]): Action => ({ type: 'resubmit', ...(port === undefined ? {} : { port }), table })),
  setField,
  load,
  move,
  subfield(narrow).map((src): Action => ({ type: 'push', src })),
  fc.tuple(u16, u16, fc.uint8Array({ minLength: 1, maxLength: 20 })).map(
    ([max_len, id, userdata]): Action => ({ type: 'controller', max_len, id, reason: 'action', userdata }),
  ),
)

/** Actions for IP flows besides. */
export const ipAction: fc.Arbitrary<Action> = fc.oneof(
  anyFlowAction,
  ct,
  fc.constant<Action>({ type: 'dec_ttl' }),
  fc.array(u16, { minLength: 1, maxLength: 3 }).map((ids): Action => ({ type: 'dec_ttl', ids })),
  fc.array(anyFlowAction, { maxLength: 3 }).map((actions): Action => ({ type: 'clone', actions })),
)

/** A list of entries with its instructions in order. */
export const actionLists = (one: fc.Arbitrary<Action>): fc.Arbitrary<Action[]> =>
  fc
    .tuple(
      fc.oneof(fc.array(one, { maxLength: 5 }), fc.array(conjunction, { minLength: 1, maxLength: 3 })),
      fc.option(fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }), { nil: undefined }),
      fc.option(fc.integer({ min: 100, max: 254 }), { nil: undefined }),
    )
    .map(([list, metadata, table]): Action[] => {
      if (list[0]?.type === 'conjunction') return list
      const all: Action[] = [...list]
      if (metadata !== undefined) all.push({ type: 'write_metadata', value: metadata & 0xffffn, mask: 0xffffn })
      if (table !== undefined) all.push({ type: 'goto_table', table_id: table })
      return all
    })

/** Flows of such matches, in tables and with cookies up to some. */
export const flowsOf = (matched: fc.Arbitrary<Match>, most: { readonly table: number; readonly cookie: bigint }): fc.Arbitrary<Flow> =>
  matched.chain((m) =>
    fc
      .tuple(
        fc.integer({ min: 0, max: most.table }),
        fc.integer({ min: 0, max: 0xffff }),
        fc.bigInt({ min: 0n, max: most.cookie }),
        actionLists(isIpv4(m) ? ipAction : anyFlowAction),
      )
      .map(([table_id, priority, cookie, actions]) => ({ table_id, priority, cookie, match: m, actions })),
  )
