/** Random actions of every kind, drawn without regard for matches: what suits none is for error cases. */
import fc from 'fast-check'
import {
  type Action,
  BUNDLE_ALGORITHMS,
  CONTROLLER_REASONS,
  type EncapProperty,
  HASH_FIELDS,
  type LearnSpec,
  MULTIPATH_ALGORITHMS,
  PORTS,
  type Subfield,
} from 'openflow-ts'
import { FIELD_INFOS, type FieldInfo } from '../../../src/openflow-ts/src/spec/registry.js'
import { anyFlowAction, ipAction, subfield, uintOf } from './arbitrary.js'

const u8 = fc.integer({ min: 0, max: 0xff })
const u16 = fc.integer({ min: 0, max: 0xffff })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const u64 = fc.bigInt({ min: 0n, max: 0xffffffffffffffffn })
const port = fc.oneof(
  fc.integer({ min: 1, max: 0xfeff }),
  fc.constantFrom(PORTS.IN_PORT, PORTS.LOCAL, PORTS.NORMAL, PORTS.FLOOD, PORTS.ALL, PORTS.TABLE),
)
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })

/** Fields that an action can name: those with a name on the wire, of a width that is the same there. */
const named = FIELD_INFOS.filter((info) => info.allIds.length > 0 && !info.name.startsWith('tun_metadata'))
const plain = named.filter((info) => info.allIds[0]?.oxmClass !== 0xffff)
const writable = named.filter((info) => info.writable && !info.name.startsWith('ct_'))
const narrow = (infos: readonly FieldInfo[]): FieldInfo[] => infos.filter((info) => info.subfieldBits <= 64)

const hashed = { fields: fc.constantFrom(...HASH_FIELDS), basis: u16 }

const learnSpec: fc.Arbitrary<LearnSpec> = subfield(narrow(plain)).chain((dst) =>
  fc.oneof(
    fc.constant<LearnSpec>({ to: 'match', dst, src: dst }),
    subfield(narrow(plain), dst.n_bits).map((src): LearnSpec => ({ to: 'match', dst, src })),
    subfield(narrow(plain), dst.n_bits).map((src): LearnSpec => ({ to: 'load', dst, src })),
    fc
      .tuple(fc.constantFrom('match' as const, 'load' as const), fc.bigInt({ min: 0n, max: (1n << BigInt(dst.n_bits)) - 1n }))
      .map(([to, value]): LearnSpec => ({ to, dst, value })),
    fc.constant<LearnSpec>({ to: 'output', src: dst }),
  ),
)

const learn: fc.Arbitrary<Action> = fc
  .record({
    table_id: fc.integer({ min: 0, max: 254 }),
    priority: fc.oneof(fc.constant(0x8000), u16),
    cookie: fc.oneof(fc.constant(0n), u64),
    idle_timeout: fc.oneof(fc.constant(0), u16),
    hard_timeout: fc.oneof(fc.constant(0), u16),
    fin_idle_timeout: fc.oneof(fc.constant(0), u16),
    fin_hard_timeout: fc.oneof(fc.constant(0), u16),
    flags: fc.subarray(['send_flow_rem', 'delete_learned'] as const),
    limit: fc.oneof(fc.constant(0), u32),
    result: optional(subfield(narrow(writable), 1)),
    specs: fc.array(learnSpec, { maxLength: 5 }),
  })
  .map(({ result, ...rest }): Action => ({ type: 'learn', ...rest, ...(result !== undefined && { result_dst: result }) }))

const sample: fc.Arbitrary<Action> = fc
  .record({
    probability: fc.integer({ min: 1, max: 0xffff }),
    collector_set_id: u32,
    obs_domain_id: u32,
    obs_point_id: u32,
    port: optional(port),
    direction: optional(fc.constantFrom('ingress' as const, 'egress' as const)),
  })
  .map(({ port: at, direction, ...rest }): Action => ({
    type: 'sample',
    ...rest,
    ...(at !== undefined && { sampling_port: at }),
    ...(direction !== undefined && { direction }),
  }))

const property: fc.Arbitrary<EncapProperty> = fc.oneof(
  fc.integer({ min: 1, max: 2 }).map((md_type): EncapProperty => ({ type: 'md_type', md_type })),
  fc
    .tuple(u16, u8, fc.uint8Array({ minLength: 1, maxLength: 20 }))
    .map(([tlv_class, tlv_type, data]): EncapProperty => ({ type: 'tlv', tlv_class, tlv_type, data })),
)

/** Known from OpenFlow 1.3 on only. */
export const nshAction: fc.Arbitrary<Action> = fc.oneof(
  fc.constantFrom('ethernet' as const, 'mpls' as const, 'mpls_mc' as const).map(
    (header): Action => ({ type: 'encap', header, properties: [] }),
  ),
  fc.array(property, { maxLength: 3 }).map((properties): Action => ({ type: 'encap', header: 'nsh', properties })),
  fc.constant<Action>({ type: 'decap' }),
  fc.tuple(fc.integer({ min: 0, max: 1 }), u16).map(
    ([ns, type]): Action => ({ type: 'decap', packet_type: ns * 0x10000 + type }),
  ),
  fc.constant<Action>({ type: 'dec_nsh_ttl' }),
)

const controller: fc.Arbitrary<Action> = fc
  .record({
    max_len: fc.oneof(fc.constant(0xffff), u16),
    id: fc.oneof(fc.constant(0), u16),
    reason: fc.constantFrom(...CONTROLLER_REASONS),
    userdata: optional(fc.uint8Array({ minLength: 1, maxLength: 20 })),
    pause: fc.boolean(),
    meter: optional(fc.integer({ min: 1, max: 0xffffffff })),
  })
  .map(({ userdata, pause, meter, ...rest }): Action => ({
    type: 'controller',
    ...rest,
    ...(userdata !== undefined && { userdata }),
    ...(pause && { pause }),
    ...(meter !== undefined && { meter_id: meter }),
  }))

const mac = fc.bigInt({ min: 0n, max: 0xffffffffffffn })

const legacy: fc.Arbitrary<Action> = fc.oneof(
  fc.tuple(fc.constantFrom('mod_dl_src' as const, 'mod_dl_dst' as const), mac).map(
    ([type, value]): Action => ({ type, value }),
  ),
  fc.tuple(fc.constantFrom('mod_nw_src' as const, 'mod_nw_dst' as const), u32).map(
    ([type, value]): Action => ({ type, value }),
  ),
  u8.map((value): Action => ({ type: 'mod_nw_tos', value: value & 0xfc })),
  u8.map((value): Action => ({ type: 'mod_nw_ecn', value: value & 3 })),
  fc.tuple(fc.constantFrom('mod_tp_src' as const, 'mod_tp_dst' as const), u16).map(
    ([type, value]): Action => ({ type, value }),
  ),
  fc.tuple(fc.constantFrom('mod_vlan_vid' as const, 'set_vlan_vid' as const), u16).map(
    ([type, value]): Action => ({ type, value: value & 0xfff }),
  ),
  fc.tuple(fc.constantFrom('mod_vlan_pcp' as const, 'set_vlan_pcp' as const), u8).map(
    ([type, value]): Action => ({ type, value: value & 7 }),
  ),
  fc.tuple(fc.constantFrom('mod_nw_ttl' as const, 'set_mpls_ttl' as const), u8).map(
    ([type, value]): Action => ({ type, value }),
  ),
  u32.map((value): Action => ({ type: 'set_mpls_label', value: value & 0xfffff })),
  u8.map((value): Action => ({ type: 'set_mpls_tc', value: value & 7 })),
  fc.tuple(fc.constantFrom('set_tunnel' as const, 'set_tunnel64' as const), fc.oneof(u32.map(BigInt), u64)).map(
    ([type, tun_id]): Action => ({ type, tun_id }),
  ),
  fc.tuple(port, u32).map(([at, queue_id]): Action => ({ type: 'enqueue', port: at & 0xfeff, queue_id })),
  fc.constantFrom<Action>(
    { type: 'strip_vlan' },
    { type: 'pop_vlan' },
    { type: 'push_vlan', ethertype: 0x8100 },
    { type: 'push_vlan', ethertype: 0x88a8 },
    { type: 'push_mpls', ethertype: 0x8847 },
    { type: 'push_mpls', ethertype: 0x8848 },
    { type: 'dec_mpls_ttl' },
    { type: 'dec_ttl' },
    { type: 'ct_clear' },
  ),
  u16.map((ethertype): Action => ({ type: 'pop_mpls', ethertype })),
)

const setAny: fc.Arbitrary<Action> = fc.constantFrom(...writable).chain((info) =>
  uintOf(info).map((value): Action => ({ type: 'set_field', field: info.name, value })),
)

const loadAny: fc.Arbitrary<Action> = subfield(narrow(writable)).chain((dst: Subfield) =>
  fc.bigInt({ min: 0n, max: (1n << BigInt(dst.n_bits)) - 1n }).map((value): Action => ({
    type: 'load', value: dst.n_bits > 32 ? value : Number(value), dst,
  })),
)

const moveAny: fc.Arbitrary<Action> = fc.integer({ min: 1, max: 64 }).chain((bits) => {
  const wideEnough = (infos: readonly FieldInfo[]): FieldInfo[] => infos.filter((info) => info.subfieldBits >= bits)
  return fc
    .tuple(subfield(wideEnough(named), bits), subfield(wideEnough(writable), bits))
    .map(([src, dst]): Action => ({ type: 'move', src, dst }))
})

/** Every kind of action but those of OpenFlow 1.3+ and of instructions, one by one. */
export const oneAction: fc.Arbitrary<Action> = fc.oneof(
  anyFlowAction,
  ipAction,
  legacy,
  learn,
  sample,
  controller,
  setAny,
  loadAny,
  moveAny,
  fc
    .record({
      ...hashed,
      algorithm: fc.constantFrom(...MULTIPATH_ALGORITHMS),
      n_links: fc.integer({ min: 1, max: 65536 }),
      arg: u32,
      dst: subfield(plain.filter((info) => info.writable && info.subfieldBits >= 17), 17),
    })
    .map((rest): Action => ({ type: 'multipath', ...rest })),
  fc
    .record({
      ...hashed,
      algorithm: fc.constantFrom(...BUNDLE_ALGORITHMS),
      members: fc.array(fc.oneof(port, fc.constant(PORTS.NONE)), { maxLength: 6 }),
      dst: optional(subfield(plain.filter((info) => info.writable && info.subfieldBits >= 16), 16)),
    })
    .map(({ dst, ...rest }): Action => ({ type: 'bundle', ...rest, ...(dst !== undefined && { dst }) })),
  fc.tuple(fc.integer({ min: 1, max: 0xfeff }), fc.integer({ min: 14, max: 0xffffffff })).map(
    ([at, max_len]): Action => ({ type: 'output_trunc', port: at, max_len }),
  ),
  subfield(narrow(named)).map((src): Action => ({ type: 'output_reg', src, max_len: 0xffff })),
  subfield(narrow(named)).map((src): Action => ({ type: 'push', src })),
  subfield(narrow(writable)).map((dst): Action => ({ type: 'pop', dst })),
  fc.tuple(u16, subfield(narrow(writable), 1)).map(
    ([pkt_len, dst]): Action => ({ type: 'check_pkt_larger', pkt_len, dst }),
  ),
  fc.uint8Array({ maxLength: 3 }).map((chunks): Action => ({ type: 'note', data: new Uint8Array(6 + 8 * chunks.length).fill(7) })),
  fc.tuple(u16, u16).map(([idle, hard]): Action => ({ type: 'fin_timeout', idle_timeout: idle, hard_timeout: hard })),
  fc.tuple(fc.integer({ min: 1, max: 0xfeff }), fc.integer({ min: 0, max: 254 })).map(
    ([at, table]): Action => ({ type: 'resubmit', port: at, table, ct: true }),
  ),
  fc.integer({ min: 1, max: 0xfeff }).map((at): Action => ({ type: 'resubmit', port: at })),
)

/** A list, perhaps with actions within one. */
export const manyActions: fc.Arbitrary<Action[]> = fc.oneof(
  { weight: 5, arbitrary: fc.array(oneAction, { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.array(oneAction, { maxLength: 3 }).map((actions): Action[] => [{ type: 'clone', actions }]) },
)
