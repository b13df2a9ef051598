/** Messages, also broken ones: what ovs-ofctl ofp-parse prints of many in one file, and our print of each. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  BUNDLE_CONTROLS,
  encodeMessage,
  formatBytes,
  GROUP_TYPES,
  type Message,
  METERS,
  OF10,
  OF11,
  OF12,
  OF13,
  OF14,
  OF15,
  type OfVersion,
  PORTS,
} from 'openflow-ts'
import { hasOfctl, ofctl, withDirectory } from './openflow-support.js'
import '../support/property-seed.js'

const output = { type: 'output', port: 1 } as const
const buckets = [{ actions: [output] }, { actions: [output], watch_port: 3 }]
const counters = { packet_count: 1n, byte_count: 2n }
const duration = { duration_sec: 3, duration_nsec: 4 }
const mappings = [{ option_class: 0xffff, option_type: 1, option_len: 4, index: 5 }]
const bands = [
  { type: 'drop', rate: 5, burst_size: 6 },
  { type: 'dscp_remark', rate: 7, burst_size: 8, prec_level: 1 },
] as const
const ipfix = {
  ...{ total_flows: 1n, current_flows: 2n, pkts: 3n, ipv4_pkts: 4n, ipv6_pkts: 5n, error_pkts: 6n },
  ...{ ipv4_error_pkts: 7n, ipv6_error_pkts: 8n, tx_pkts: 9n, tx_errors: 10n, collector_set_id: 11 },
}
const tableCounters = { active_count: 1, lookup_count: 2n, matched_count: 3n }
const description = {
  table_id: 3,
  config: 12,
  properties: [
    { type: 'eviction', flags: 5 },
    { type: 'vacancy', vacancy_down: 20, vacancy_up: 80 },
  ],
} as const
const fields = (['eth_src', 'ipv6_dst', 'reg3'] as const).map((field) => ({ field, masked: false }))
const features = (table_id: number, name: string) => ({
  ...{ table_id, name, metadata_match: 1n, metadata_write: 0n, capabilities: 4, max_entries: 10 },
  properties: [
    { type: 'instructions', ids: ['apply_actions', 'goto_table'] },
    { type: 'next_tables', tables: [1, 2, 3, 9] },
    { type: 'write_actions', ids: [0, 22, 25] },
    { type: 'apply_actions', ids: [0] },
    { type: 'apply_actions_miss', ids: [0, 22] },
    { type: 'match', fields: [...fields, { field: 'reg2', masked: true }] },
    { type: 'wildcards', fields },
    { type: 'write_setfield', fields: [] },
    { type: 'apply_setfield', fields },
  ] as const,
})
const v4 = (host: number): bigint => (0xffffn << 32n) + 0x0a000000n + BigInt(host)

/** The bytes of a message in each of these versions. */
const on = (message: Message, ...versions: readonly OfVersion[]): Buffer[] =>
  versions.map((version) => encodeMessage(message, version, 2))

const deletion: Message = { type: 'GROUP_MOD', command: 'delete', group_id: 1, group_type: 'all', buckets: [] }
const meterMod: Message = { type: 'METER_MOD', command: 'modify', meter_id: 1, flags: ['kbps'], bands }

const encoded: readonly Buffer[] = [
  ...Object.keys(GROUP_TYPES).flatMap((type) =>
    on(
      { type: 'GROUP_MOD', command: 'add', group_id: 1, group_type: type as 'all', buckets: buckets.slice(-1) },
      OF10, OF11, OF13, OF15,
    ),
  ),
  ...on(
    {
      ...({ type: 'GROUP_MOD', command: 'modify', group_id: 1, group_type: 'select', buckets } as const),
      ...{ selection_method: 'hash', selection_fields: [{ field: 'nw_src', mask: 0xffffff00 }, { field: 'nw_proto' }] },
    },
    OF10, OF15,
  ),
  ...on(
    { type: 'GROUP_MOD', command: 'remove_bucket', group_id: 1, group_type: 'all', command_bucket_id: 3, buckets: [] },
    OF10, OF15,
  ),
  ...on(
    {
      type: 'GROUP_DESC_STATS_REPLY',
      entries: [1, 2].map((group_id) => ({ group_id, group_type: 'select', buckets })),
    },
    OF10, OF11, OF14, OF15,
  ),
  ...on(
    {
      type: 'GROUP_STATS_REPLY',
      entries: [1, 2].map((group_id) => ({ group_id, ref_count: 1, ...counters, ...duration, buckets: [counters] })),
    },
    OF10, OF12, OF13,
  ),
  ...on(
    {
      type: 'GROUP_FEATURES_STATS_REPLY',
      entries: [{ types: 15, capabilities: 3, max_groups: [1, 2, 3, 4], actions: [1, 0xfff, 0xffffffff, 0] }],
    },
    OF10, OF11, OF12, OF15,
  ),
  ...on(
    { type: 'METER_MOD', command: 'add', meter_id: METERS.SLOWPATH, flags: ['kbps', 'burst', 0x100], bands },
    OF13, OF15,
  ),
  ...on(
    { type: 'METER_CONFIG_STATS_REPLY', entries: [1, 2].map((meter_id) => ({ meter_id, flags: ['pktps'], bands })) },
    OF13,
  ),
  ...on(
    {
      type: 'METER_STATS_REPLY',
      entries: [
        { meter_id: 1, flow_count: 2, packet_in_count: 3n, byte_in_count: 4n, ...duration, bands: [counters] },
      ],
    },
    OF13, OF14,
  ),
  ...on(
    {
      type: 'METER_FEATURES_STATS_REPLY',
      entries: [{ max_meter: 1, band_types: 6, capabilities: 15, max_bands: 4, max_color: 0 }],
    },
    OF13,
  ),
  ...on(
    {
      type: 'TABLE_STATS_REPLY',
      entries: [0, 1, 2, 3].map((table_id) => ({
        ...{ table_id, name: table_id < 2 ? 'a' : '', wildcards: 0xff, match: 0xffff, max_entries: 5, config: 1 },
        ...tableCounters,
        ...{ instructions: 0x3e, write_actions: 0xfff, apply_actions: 3, write_setfields: 0xffn },
      })),
    },
    OF10, OF11, OF12, OF13,
  ),
  ...on(
    { type: 'TABLE_FEATURES_STATS_REPLY', entries: [features(0, 'a'), features(1, ''), features(2, '')] },
    OF13, OF14, OF15,
  ),
  ...on({ type: 'TABLE_DESC_REPLY', entries: [description, description] }, OF14, OF15),
  ...on({ type: 'TABLE_STATUS', reason: 'vacancy_up', desc: description }, OF14),
  ...on({ type: 'TABLE_MOD', ...description }, OF11, OF13, OF14),
  ...Object.keys(BUNDLE_CONTROLS).flatMap((control) =>
    on(
      { type: 'BUNDLE_CONTROL', bundle_id: 1, control: control as 'open_request', flags: ['atomic'] },
      OF13, OF14,
    ),
  ),
  ...on({ type: 'BUNDLE_ADD_MESSAGE', bundle_id: 1, flags: ['ordered'], message: deletion }, OF13, OF15),
  ...on({ type: 'REQUESTFORWARD', message: meterMod }, OF13, OF14),
  ...on(
    { type: 'TLV_TABLE_MOD', command: 'add', mappings },
    OF10, OF13,
  ),
  ...on(
    { type: 'TLV_TABLE_REPLY', max_option_space: 256, max_fields: 64, mappings },
    OF10,
  ),
  ...on({ type: 'CT_FLUSH_ZONE', zone_id: 7 }, OF10),
  ...on(
    {
      ...({ type: 'CT_FLUSH', ip_proto: 6, zone_id: 7 } as const),
      ...{ orig: { src: v4(1), dst: v4(2), src_port: 80 }, reply: { src: v4(2) } },
    },
    OF10, OF15,
  ),
  ...on({ type: 'CT_FLUSH', ip_proto: 58, orig: { src: 1n << 100n, icmp_id: 1, icmp_type: 2, icmp_code: 3 } }, OF13),
  ...on({ type: 'IPFIX_BRIDGE_STATS_REPLY', entries: [ipfix] }, OF10, OF13),
  ...on({ type: 'IPFIX_FLOW_STATS_REPLY', entries: [ipfix, ipfix] }, OF10, OF13),
  ...on({ type: 'GROUP_STATS_REQUEST', group_id: PORTS.ANY }, OF10, OF13),
]

const HEADER = 8
const SEEMLY = [0, 1, 2, 3, 4, 8, 16, 0x80, 0xfe, 0xff]

const someByte = fc.oneof(fc.constantFrom(...SEEMLY), fc.integer({ min: 0, max: 255 }))

/** The message with some bytes changed, taken away or put at its end. */
const broken = fc
  .tuple(
    fc.constantFrom(...encoded),
    fc.array(fc.tuple(fc.nat(), someByte), { maxLength: 3 }),
    fc.integer({ min: -2, max: 2 }),
  )
  .map(([message, changes, more]) => {
    const kept = message.subarray(0, Math.max(HEADER, message.length + Math.min(0, more) * 8))
    const bytes = Buffer.concat([kept, Buffer.alloc(Math.max(0, more) * 8)])
    const body = bytes.length - HEADER
    for (const [at, byte] of changes) if (body > 0) bytes[HEADER + (at % body)] = byte
    bytes.writeUInt16BE(bytes.length, 2)
    return bytes
  })

const FIRST_MARK = 0xabc00000

/** Stands behind each message in the file, and in what is printed. */
function mark(i: number): Buffer {
  const reply = Buffer.from('0113000800000000', 'hex')
  reply.writeUInt32BE(FIRST_MARK + i, 4)
  return reply
}

/** What ovs-ofctl prints of each message. */
function printed(messages: readonly Buffer[]): Promise<string[]> {
  return withDirectory(async (directory) => {
    const file = join(directory, 'messages')
    writeFileSync(file, Buffer.concat(messages.flatMap((message, i) => [message, mark(i)])))
    const { stdout } = await ofctl(['ofp-parse', file])
    return stdout.split(/OFPT_BARRIER_REPLY \(xid=0xabc[0-9a-f]+\):\n/).slice(0, -1)
  })
}

describe('openflow-ts beside ovs-ofctl: messages as text', function () {
  before(function () {
    if (!hasOfctl()) this.skip()
  })
  this.timeout(0)

  it('messages of groups, meters, tables, bundles and extensions are printed alike', async () => {
    assert.deepEqual(encoded.map((bytes) => formatBytes(bytes)), await printed(encoded))
  })

  it('so are broken ones', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(broken, { minLength: 100, maxLength: 100 }), async (messages) => {
        assert.deepEqual(messages.map((bytes) => formatBytes(bytes)), await printed(messages))
      }),
      { numRuns: 10, endOnFailure: false },
    )
  })
})
