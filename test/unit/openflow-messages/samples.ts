import fc from 'fast-check'
import { type Action, BUCKETS, FLOW_FLAGS, type FlowFlag, type Message, match, METERS, PORTS } from 'openflow-ts'

/** Plain objects, as decoding gives them. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true })

const u16 = fc.integer({ min: 0, max: 0xffff })
const u32 = fc.integer({ min: 0, max: 0xffffffff })
const u64 = fc.bigInt({ min: 0n, max: 0xffffffffffffffffn })
const bytes = (max: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength: max }).map((array) => Buffer.from(array))
const mac = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((array) => [...array].map((byte) => byte.toString(16).padStart(2, '0')).join(':'))

const someMatch = record({ in_port: fc.integer({ min: 1, max: 100 }), metadata: u64, dst: u32 }).map(
  ({ in_port, metadata, dst }) => match({ in_port, metadata, eth_type: 0x0800, nw_dst: dst }),
)
const plainActions: fc.Arbitrary<Action[]> = fc.array(
  fc.integer({ min: 1, max: 100 }).map((port): Action => ({ type: 'output', port })),
  { maxLength: 3 },
)

const flowFields = {
  table_id: fc.integer({ min: 0, max: 254 }),
  priority: u16,
  cookie: u64,
  match: someMatch,
  actions: plainActions,
}
const bucketFields = {
  bucket_id: fc.integer({ min: 0, max: BUCKETS.MAX }),
  watch_port: fc.constant<number>(PORTS.ANY),
  watch_group: fc.integer({ min: 0, max: 0xffffff00 }),
  actions: plainActions,
}
const bucket = record({ ...bucketFields, weight: fc.integer({ min: 0, max: 0xffff }) })
const buckets = <T extends { readonly bucket_id: number }>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.uniqueArray(one, { maxLength: 3, selector: ({ bucket_id }) => bucket_id })

/** Messages that mean the same in 1.3, 1.4 and 1.5, with every field given: decoding gives them back as they are. */
export const someMessage: fc.Arbitrary<Message> = fc.oneof<fc.Arbitrary<Message>[]>(
  record({ type: fc.constant('ECHO_REQUEST' as const), data: bytes(64) }),
  record({ type: fc.constant('GET_CONFIG_REPLY' as const), flags: fc.constant('normal' as const), miss_send_len: u16 }),
  record({
    type: fc.constant('FLOW_MOD' as const),
    command: fc.constantFrom('add', 'modify', 'modify_strict', 'delete', 'delete_strict'),
    cookie_mask: u64,
    idle_timeout: u16,
    hard_timeout: u16,
    buffer_id: u32,
    out_port: fc.oneof(fc.integer({ min: 0, max: 0xfeff }), fc.integer({ min: 0xffffff00, max: 0xffffffff })),
    out_group: u32,
    flags: fc.subarray(Object.keys(FLOW_FLAGS) as FlowFlag[]),
    importance: fc.constant(0),
    ...flowFields,
  }),
  record({
    type: fc.constant('FLOW_REMOVED' as const),
    cookie: u64,
    priority: u16,
    reason: fc.constantFrom('idle', 'hard', 'delete'),
    table_id: fc.integer({ min: 0, max: 254 }),
    duration_sec: u32,
    duration_nsec: u32,
    idle_timeout: u16,
    hard_timeout: u16,
    n_packets: u64,
    n_bytes: u64,
    match: someMatch,
  }),
  record({
    type: fc.constant('PACKET_IN' as const),
    buffer_id: u32,
    total_len: u16,
    reason: fc.constantFrom('no_match', 'action'),
    table_id: fc.integer({ min: 0, max: 255 }),
    cookie: u64,
    match: someMatch,
    data: bytes(100),
  }),
  record({
    type: fc.constant('PORT_STATUS' as const),
    reason: fc.constantFrom('add', 'delete', 'modify'),
    desc: record({
      port_no: fc.integer({ min: 0, max: 0xfeff }),
      hw_addr: mac,
      name: fc.stringMatching(/^[a-z0-9]{1,15}$/),
      config: u32,
      state: u32,
      curr: u32,
      advertised: u32,
      supported: u32,
      peer: u32,
      curr_speed: u32,
      max_speed: u32,
    }),
  }),
  record({
    type: fc.constant('METER_MOD' as const),
    command: fc.constantFrom('add', 'modify'),
    flags: fc.subarray(['kbps', 'burst', 'stats'] as const),
    meter_id: fc.oneof(u32, fc.constant<number>(METERS.ALL)),
    bands: fc.array(record({ type: fc.constant('drop' as const), rate: u32, burst_size: u32 }), { maxLength: 3 }),
  }),
  record({
    type: fc.constant('BUNDLE_CONTROL' as const),
    bundle_id: u32,
    control: fc.constantFrom('open_request', 'commit_reply', 'discard_request'),
    flags: fc.subarray(['atomic', 'ordered'] as const),
    properties: fc.constant(Buffer.alloc(0)),
  }),
  record({
    type: fc.constant('AGGREGATE_STATS_REPLY' as const),
    more: fc.boolean(),
    entries: fc.tuple(record({ packet_count: u64, byte_count: u64, flow_count: u32 })),
  }),
  record({
    type: fc.constant('FLOW_STATS_REPLY' as const),
    more: fc.boolean(),
    entries: fc.array(
      record({
        duration_sec: u32,
        duration_nsec: u32,
        idle_timeout: u16,
        hard_timeout: u16,
        flags: fc.constant([]),
        importance: fc.constant(0),
        n_packets: u64,
        n_bytes: u64,
        ...flowFields,
      }),
      { maxLength: 4 },
    ),
  }),
)

/** Only in OpenFlow 1.5 does a group-mod say which bucket it is about. */
export const groupMod15: fc.Arbitrary<Message> = fc.oneof(
  record({
    type: fc.constant('GROUP_MOD' as const),
    command: fc.constant('add' as const),
    group_type: fc.constant('select' as const),
    group_id: u32,
    command_bucket_id: fc.constant<number>(BUCKETS.ALL),
    buckets: buckets(bucket),
    selection_method: fc.constant('hash'),
    selection_method_param: u64,
    selection_fields: fc.subarray([{ field: 'nw_src' as const, mask: 0xffffff00 }, { field: 'nw_proto' as const }]),
  }),
  record({
    type: fc.constant('GROUP_MOD' as const),
    command: fc.constant('insert_bucket' as const),
    group_type: fc.constant('ff' as const),
    group_id: u32,
    command_bucket_id: fc.constantFrom(BUCKETS.FIRST, BUCKETS.LAST, 7),
    buckets: buckets(record({ ...bucketFields, weight: fc.constant(0) })),
  }),
  record({
    type: fc.constant('GROUP_MOD' as const),
    command: fc.constant('remove_bucket' as const),
    group_type: fc.constant('all' as const),
    group_id: u32,
    command_bucket_id: fc.constantFrom(BUCKETS.FIRST, BUCKETS.ALL, 7),
    buckets: fc.constant([]),
  }),
)
