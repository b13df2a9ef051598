import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  BundleError,
  Connection,
  type Flow,
  flowKey,
  flowMod,
  Listener,
  match,
  type MessageOf,
  OF13,
  OF14,
  OF15,
  PeerError,
  PORTS,
  sameFlow,
} from 'openflow-ts'
import { type DummyOvs, startDummyOvs } from '../support/dummy-ovs.js'

const flowsOf = (count: number): Flow[] =>
  Array.from({ length: count }, (_, i) => ({
    table_id: i % 5,
    priority: 100 + (i % 7),
    cookie: BigInt(i),
    match: match({ eth_type: 0x0800, nw_dst: i, reg0: [i & 0xff, 0xff] }),
    actions: i % 2 === 0 ? [{ type: 'output', port: 1 }] : [{ type: 'goto_table', table_id: 5 }],
  }))

const byKey = (a: Flow, b: Flow): number => (flowKey(a) < flowKey(b) ? -1 : 1)

describe('openflow-ts against ovs-vswitchd', function () {
  this.timeout(60_000)
  let ovs: DummyOvs

  before(async () => {
    ovs = await startDummyOvs()
    const protocols = 'protocols=[OpenFlow13,OpenFlow14,OpenFlow15]'
    await ovs.vsctl('add-br', 'br0', '--', 'set', 'bridge', 'br0', protocols, 'fail_mode=secure')
    await ovs.vsctl('add-port', 'br0', 'p1', '--', 'set', 'interface', 'p1', 'ofport_request=1')
  })

  after(() => ovs.stop())

  for (const version of [OF13, OF14, OF15] as const) {
    describe(`version 0x0${version}`, () => {
      let connection: Connection

      beforeEach(async () => {
        connection = await Connection.connect(`unix:${ovs.mgmt('br0')}`, { versions: [version] })
        connection.send({ type: 'FLOW_MOD', command: 'delete', table_id: 255, priority: 0, match: [] })
        await connection.barrier()
      })

      afterEach(() => connection.close())

      it('a bundle of many flows is there after the commit, each as it was sent', async () => {
        const flows = flowsOf(3000)
        await connection.bundle(flows.map((flow) => flowMod('add', flow)))
        const actual = (await connection.dumpFlows()).sort(byKey)
        assert.equal(actual.length, flows.length)
        for (const [i, flow] of [...flows].sort(byKey).entries()) assert.ok(sameFlow(flow, actual[i]!), flowKey(flow))
        assert.equal((await connection.dumpFlows({ table_id: 2 })).length, 600)
        assert.equal(connection.sent.FLOW_MOD, 3001)
        assert.ok((connection.received.FLOW_STATS_REPLY ?? 0) > 2)
      })

      it('a bundle of which one message is refused changes nothing', async () => {
        await connection.bundle(flowsOf(3).map((flow) => flowMod('add', flow)))
        const before = (await connection.dumpFlows()).map(flowKey).sort()
        const refused: [Flow, string][] = [
          [{ ...flowsOf(1)[0]!, actions: [{ type: 'group', group_id: 99 }] }, 'OFPBAC_BAD_OUT_GROUP'],
          [{ ...flowsOf(1)[0]!, table_id: 255 }, 'OFPFMFC_BAD_TABLE_ID'],
        ]
        for (const [bad, name] of refused) {
          const mods = [...flowsOf(20).map((flow) => flowMod('add', flow)), flowMod('add', bad)]
          await assert.rejects(connection.bundle(mods), (error) => {
            assert.ok(error instanceof BundleError)
            const [first] = error.failures
            assert.equal(first?.index, 20)
            assert.ok(first.error instanceof PeerError && first.error.error === name)
            return true
          })
          assert.deepEqual((await connection.dumpFlows()).map(flowKey).sort(), before)
        }
      })

      it('errors of what is only sent come before the barrier', async () => {
        const errors: string[] = []
        connection.on('peer_error', ({ error }) => errors.push(error))
        connection.send(flowMod('add', { ...flowsOf(1)[0]!, actions: [{ type: 'group', group_id: 99 }] }))
        await connection.barrier()
        assert.deepEqual(errors, ['OFPBAC_BAD_OUT_GROUP'])
      })

      it('groups, meters and roles', async () => {
        connection.send({
          type: 'GROUP_MOD', command: 'add', group_id: 5, group_type: 'select',
          buckets: [{ bucket_id: 0, weight: 7, actions: [{ type: 'output', port: 1 }] }],
        })
        connection.send({
          type: 'METER_MOD', command: 'add', meter_id: 3, flags: ['pktps', 'burst'],
          bands: [{ type: 'drop', rate: 10, burst_size: 2 }],
        })
        await connection.barrier()
        const [group] = await connection.multipart('GROUP_DESC_STATS', {})
        assert.equal(group?.group_type, 'select')
        assert.equal(group.buckets[0]?.weight, 7)
        const [meter] = await connection.multipart('METER_CONFIG_STATS', { meter_id: 3 })
        const bands = [{ type: 'drop', rate: 10, burst_size: 2 }]
        assert.deepEqual(meter, { meter_id: 3, flags: ['pktps', 'burst'], bands })
        connection.send({ type: 'GROUP_MOD', command: 'delete', group_id: 5, group_type: 'select', buckets: [] })
        connection.send({ type: 'METER_MOD', command: 'delete', meter_id: 3 })
        const role = await connection.request({ type: 'ROLE_REQUEST', role: 'nochange' })
        assert.ok(role.type === 'ROLE_REPLY' && role.role === 'equal')
      })
    })
  }

  it('a switch that connects to us sends its events', async () => {
    const listener = await Listener.listen('ptcp:0:127.0.0.1')
    try {
      const arrived = once(listener, 'connection') as Promise<[Connection]>
      await ovs.vsctl('set-controller', 'br0', listener.address)
      const [connection] = await arrived
      const bridge = await ovs.vsctl('get', 'bridge', 'br0', 'datapath_id')
      const { datapath_id } = await connection.features()
      assert.equal(`"${datapath_id.toString(16).padStart(16, '0')}"`, bridge.trim())

      const status = once(connection, 'port_status') as Promise<[MessageOf<'PORT_STATUS'>]>
      await ovs.vsctl('add-port', 'br0', 'p9', '--', 'set', 'interface', 'p9', 'ofport_request=9')
      assert.equal((await status)[0].desc.name, 'p9')

      const removed = once(connection, 'flow_removed') as Promise<[MessageOf<'FLOW_REMOVED'>]>
      const which = { table_id: 9, priority: 4, cookie: 77n, match: match({ in_port: 9 }) }
      const flow: Flow = { ...which, actions: [], flags: ['send_flow_rem'] }
      connection.send(flowMod('add', flow))
      connection.send(flowMod('delete_strict', flow))
      const [gone] = await removed
      assert.equal(gone.cookie, 77n)
      assert.equal(gone.reason, 'delete')
      assert.equal(flowKey(gone), flowKey(flow))

      const packet = once(connection, 'packet_in') as Promise<[MessageOf<'PACKET_IN'>]>
      const data = Buffer.alloc(60, 0xab)
      const actions = [{ type: 'output', port: PORTS.CONTROLLER, max_len: 0xffff }] as const
      connection.send({ type: 'PACKET_OUT', in_port: 9, actions, data })
      const [came] = await packet
      assert.deepEqual(Buffer.from(came.data), data)
      assert.equal(came.match.find(({ field }) => field === 'in_port')?.value, 9)
      await connection.close()
    } finally {
      await listener.close()
    }
  })
})
