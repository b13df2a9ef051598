/** Groups, meters and packet-outs: the bytes and the words of refusal that ovs-ofctl has for a text, and ours. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  encodeMessage,
  OF10,
  OF11,
  OF12,
  OF13,
  OF14,
  OF15,
  OpenFlowError,
  type OfVersion,
  parseGroupMod,
  parseMeterMod,
  parsePacketOut,
  protocolsOfVersion,
} from 'openflow-ts'
import { CapturedIo } from '../../tools/heddle-ofctl/io.js'
import { runOfctl } from '../../tools/heddle-ofctl/run.js'
import { hasOfctl, ofctl, refusalOf, sentFor } from './openflow-support.js'
import '../support/property-seed.js'

const number = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('1', '2', '7', '0x10') },
  fc.constantFrom('0', '65535', '65536', '4294967040', '4294967041', '-1', 'abc', ''),
)
const value = (name: string): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom(':', '='), number).map(([sign, text]) => name + sign + text)
const action = fc.constantFrom(
  ...['output:1', 'actions=output:2', 'drop', 'group:4', 'set_field:1.2.3.4->ip_src', 'resubmit(,3)', 'strip_vlan'],
  ...['actions=push_vlan:0x8100,set_field:4100->vlan_vid', 'goto_table:3', 'foo', 'dec_ttl', 'set_queue:3'],
)
const watchPort = fc.constantFrom('1', 'LOCAL', 'ANY', 'CONTROLLER', '65280', 'x').map((port) => `watch_port:${port}`)
const bucket = fc
  .tuple(
    fc.array(fc.oneof(value('weight'), value('bucket_id'), value('watch_group'), watchPort), { maxLength: 2 }),
    fc.array(action, { minLength: 1, maxLength: 3 }),
  )
  .map(([parts, actions]) => `bucket=${[...parts, ...actions].join(',')}`)
const field = fc.constantFrom(
  ...['ip_src', 'ip_src=255.255.255.0', 'nw_proto', 'tcp_src=0xff', 'reg0=5', 'eth_dst=ff:ff:00:00:00:00', 'vlan_vid'],
  ...['nw_proto=3', 'foo', 'ip_dst=0.0.0.0', 'xreg1', 'in_port', 'metadata', 'ipv6_src=ffff::', 'reg1=1/3'],
)
const maybe = (part: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof(part, fc.constant(''))
const joined = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(',', ' '), ...parts)
    .map(([separator, ...texts]) => texts.filter((text) => text !== '').join(separator))

const groupText = joined(
  value('group_id').map((text) => text.replace(':', '=')),
  fc.constantFrom('all', 'select', 'select', 'ff', 'indirect', 'foo').map((type) => `type=${type}`),
  maybe(fc.constantFrom('hash', 'dp_hash', 'foo').map((method) => `selection_method=${method}`)),
  maybe(fc.array(field, { minLength: 1, maxLength: 3 }).map((fields) => `fields(${fields.join(',')})`)),
  maybe(fc.constantFrom('command_bucket_id=first', 'selection_method_param=7', 'bar=1')),
  maybe(bucket),
  maybe(bucket),
)

const band = joined(
  fc.constantFrom('drop', 'drop', 'dscp_remark', 'foo').map((type) => `type=${type}`),
  maybe(value('rate').map((text) => text.replace(':', '='))),
  maybe(fc.constantFrom('burst_size=8', 'prec_level=2', 'foo=1')),
)
const meterText = joined(
  fc.constantFrom('1', '7', '0', 'controller', 'slowpath', 'all', 'x', '4294901761').map((meter) => `meter=${meter}`),
  maybe(fc.constantFrom('kbps', 'pktps', 'pktps,burst', 'kbps stats', 'foo')),
  maybe(fc.array(band, { maxLength: 2 }).map((bands) => `bands=${bands.join(',')}`)),
)

const PACKET = 'ffffffffffff00000000000108060001'
const packetOutText = joined(
  maybe(fc.constantFrom('1', 'LOCAL', 'CONTROLLER', 'ANY', 'FLOOD', '65280', 'x').map((port) => `in_port=${port}`)),
  maybe(fc.constantFrom('metadata=7', 'reg1=3/7', 'tun_id=5', 'xreg1=0x100000000', 'nw_src=1.2.3.4', 'tcp', 'foo=1')),
  maybe(fc.constantFrom('in_port_oxm=7', 'tun_src=1.2.3.4', 'packet_type(1,0x800)', 'packet_type=3')),
  fc.constantFrom(PACKET, PACKET, `${PACKET}00`, 'ff', `${PACKET}zz`).map((packet) => `packet=${packet}`),
  maybe(action.map((text) => `actions=${text.replace('actions=', '')}`)),
)

/** What ovs-ofctl says where the version is not one for the text; else what tells that it sees none such. */
const unusable = (real: string): string => (real.startsWith('none of the usable') ? real : 'no usable version')

/** Our bytes of a message, or why there are none. */
function ours(make: () => string): string {
  try {
    return make()
  } catch (error) {
    if (error instanceof OpenFlowError) return error.message
    throw error
  }
}

describe('openflow-ts beside ovs-ofctl: groups, meters and packet-outs as text', function () {
  before(function () {
    if (!hasOfctl()) this.skip()
  })
  this.timeout(0)

  it('parse-group says the same', async () => {
    const formats = fc.constantFrom('OpenFlow10', 'OpenFlow11', 'OpenFlow14', 'OpenFlow15')
    await fc.assert(
      fc.asyncProperty(groupText, formats, async (text, version) => {
        const argv = ['-O', version, 'parse-group', '--', text]
        const real = await ofctl(argv)
        const io = new CapturedIo()
        await runOfctl(argv, io)
        assert.equal(io.stdout, real.stdout)
        assert.equal(io.stderr.replace(/^heddle-ofctl: /, ''), refusalOf(real))
      }),
      { numRuns: 60 },
    )
  })

  const versions = (...some: OfVersion[]): fc.Arbitrary<OfVersion> => fc.constantFrom(...some)

  it('group-mods have the same bytes', async () => {
    const commands = fc.constantFrom(
      ...([['add', 'add-group'], ['modify', 'mod-group'], ['delete', 'del-groups']] as const),
      ...([['insert_bucket', 'insert-buckets'], ['remove_bucket', 'remove-buckets']] as const),
    )
    const all = versions(OF10, OF11, OF12, OF13, OF14, OF15)
    await fc.assert(
      fc.asyncProperty(commands, groupText, all, async ([own, command], text, version) => {
        const real = await sentFor(version, command, text)
        const mine = ours(() => {
          const { mod, usable } = parseGroupMod(own, text)
          if ((usable & protocolsOfVersion(version)) === 0) return unusable(real)
          return encodeMessage({ type: 'GROUP_MOD', ...mod }, version, 0).toString('hex')
        })
        assert.equal(mine, real)
      }),
      { numRuns: 60 },
    )
  })

  it('meter-mods have the same bytes', async () => {
    const commands = fc.constantFrom(...([['add', 'add-meter'], ['modify', 'mod-meter']] as const))
    await fc.assert(
      fc.asyncProperty(commands, meterText, versions(OF13, OF14, OF15), async ([own, command], text, version) => {
        const mine = ours(() =>
          encodeMessage({ type: 'METER_MOD', ...parseMeterMod(own, text) }, version, 0).toString('hex'),
        )
        assert.equal(mine, await sentFor(version, command, text))
      }),
      { numRuns: 40 },
    )
  })

  it('packet-outs have the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(packetOutText, versions(OF11, OF12, OF13, OF14, OF15), async (text, version) => {
        const real = await sentFor(version, 'packet-out', text)
        const mine = ours(() => {
          const { packet, usable } = parsePacketOut(text)
          if ((usable & protocolsOfVersion(version)) === 0) return unusable(real)
          return encodeMessage({ type: 'PACKET_OUT', ...packet }, version, 0).toString('hex')
        })
        assert.equal(mine, real)
      }),
      { numRuns: 60 },
    )
  })
})
