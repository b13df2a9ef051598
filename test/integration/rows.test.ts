import assert from 'node:assert/strict'
import { operations, Replica, Session } from 'ovsdb-client'
import { OpenVSwitch } from '../../schemas/vswitch.gen.js'
import type { WantedPort } from '../../src/compile/wanted.js'
import { diffRows, ForeignBridgeError, removeBridge, type RowDiff } from '../../src/hosts/diff-rows.js'
import { MONITORED, ReplicaRows } from '../../src/hosts/replica-rows.js'
import type { WantedBridge } from '../../src/hosts/wanted-bridge.js'
import { TestServer } from './ovsdb-support.js'

const BRIDGE: WantedBridge = {
  host: 'h1',
  datapathType: 'system',
  datapathId: '4865020000000001',
  controller: 'tcp:192.0.2.9:6653',
}

function podPort(name: string, ofport: number): WantedPort {
  const external_ids = {
    'heddle-pod': `red/web/${name}`,
    'iface-id': `red.web.${name}`,
    'attached-mac': '02:48:0a:01:00:02',
  }
  return { name, type: '', options: {}, ofport_request: ofport, external_ids }
}

const TUNNEL: WantedPort = {
  name: 'heddle-vxlan',
  type: 'vxlan',
  options: { remote_ip: 'flow', key: 'flow' },
  ofport_request: 1,
  external_ids: { 'heddle-tunnel': 'vxlan' },
}

/** Both ends of the patch to the bridge of the host's uplink. */
function patch(bridge: string | null): WantedPort[] {
  const common = { type: 'patch', external_ids: { 'heddle-patch': 'direct' } } as const
  return [
    { ...common, name: 'heddle-direct', options: { peer: 'heddle-uplink' }, ofport_request: 3 },
    { ...common, name: 'heddle-uplink', bridge, options: { peer: 'heddle-direct' }, ofport_request: null },
  ]
}

const ports = (...list: WantedPort[]) => new Map(list.map((port) => [port.name, port]))

describe('rows of a real ovsdb-server', function () {
  this.timeout(30_000)
  const { select, update, mutate } = operations(OpenVSwitch)
  let server: TestServer
  let session: Session
  let rows: ReplicaRows

  beforeEach(async () => {
    server = await TestServer.start()
    session = await Session.connect(server.target)
    rows = new ReplicaRows(await Replica.open(session, OpenVSwitch, { tables: MONITORED }))
  })

  afterEach(async () => {
    await session.close()
    await server.stop()
  })

  /** Diffs, applies, and diffs again: then nothing may be left to do. */
  async function bring(
    wanted: ReadonlyMap<string, WantedPort>,
    bridge = BRIDGE,
    names?: Iterable<string>,
  ): Promise<RowDiff> {
    const diff = diffRows(bridge, wanted, names, rows)
    if (diff.operations.length > 0) await session.transact(OpenVSwitch, diff.operations)
    const again = diffRows(bridge, wanted, names, rows)
    assert.deepEqual(again.operations, [])
    assert.deepEqual(again.conflicts, diff.conflicts)
    return diff
  }

  /** As an operator; what it changes is in the replica afterwards: a reply comes after the updates before it. */
  const vsctl = async (...args: string[]): Promise<string> => {
    const printed = await server.vsctl(...args)
    await session.transact(OpenVSwitch, [select('Open_vSwitch', [], ['ovs_version'])])
    return printed
  }
  const portsOf = async (bridge: string) =>
    (await vsctl('list-ports', bridge))
      .split('\n')
      .filter((name) => name !== '')
      .sort()

  it('become bridge, controller and ports in one transaction, and nothing the second time', async () => {
    await bring(ports(podPort('a', 16), TUNNEL))
    assert.deepEqual(await portsOf('br-int'), ['a', 'heddle-vxlan'])
    assert.equal((await vsctl('get-controller', 'br-int')).trim(), 'tcp:192.0.2.9:6653')
    assert.equal((await vsctl('get-fail-mode', 'br-int')).trim(), 'secure')
    assert.equal((await vsctl('get', 'interface', 'a', 'ofport_request')).trim(), '16')
    assert.equal((await vsctl('get', 'interface', 'heddle-vxlan', 'options')).trim(), '{key=flow, remote_ip=flow}')
  })

  it('lose the ports that are not wanted any more, and keep those of others', async () => {
    await bring(ports(podPort('a', 16), podPort('b', 17)))
    await vsctl('add-port', 'br-int', 'foreign')
    await vsctl('add-br', 'br-ex')
    await vsctl('add-port', 'br-ex', 'elsewhere')
    await bring(ports(podPort('b', 17)))
    assert.deepEqual(await portsOf('br-int'), ['b', 'foreign'])
    assert.deepEqual(await portsOf('br-ex'), ['elsewhere'])
    const [{ rows: left }] = await session.transact(OpenVSwitch, [select('Interface', [['name', '==', 'a']], ['name'])])
    assert.deepEqual(left, [])
  })

  it('are looked at one by one where names are given', async () => {
    await bring(ports(podPort('a', 16)))
    await bring(ports(podPort('b', 17)), BRIDGE, ['b'])
    assert.deepEqual(await portsOf('br-int'), ['a', 'b'], 'a is not asked about')
    await bring(ports(podPort('b', 17)), BRIDGE, ['a'])
    assert.deepEqual(await portsOf('br-int'), ['b'])
  })

  it('are not taken from others: a name that is in use is a conflict, on whatever bridge', async () => {
    await bring(ports())
    await vsctl('add-port', 'br-int', 'here')
    await vsctl('add-br', 'br-ex')
    await vsctl('add-port', 'br-ex', 'there')
    await vsctl('set', 'interface', 'there', 'external_ids:heddle-pod=red/web/there')
    const { conflicts } = await bring(ports(podPort('a', 16), podPort('here', 17), podPort('there', 18)))
    assert.deepEqual([...conflicts.keys()].sort(), ['here', 'there'])
    assert.match(conflicts.get('here') ?? '', /not Heddle's/)
    assert.deepEqual(await portsOf('br-int'), ['a', 'here'])
    assert.deepEqual(await portsOf('br-ex'), ['there'])
  })

  it("refuse somebody else's br-int, and leave it as it is", async () => {
    await vsctl('add-br', 'br-int')
    assert.throws(() => diffRows(BRIDGE, ports(podPort('a', 16)), undefined, rows), ForeignBridgeError)
    assert.deepEqual(removeBridge(rows), [])
  })

  it('are set right after somebody has changed them, with foreign keys kept', async () => {
    const wanted = ports(podPort('a', 16), TUNNEL)
    await bring(wanted)
    const where = [['name', '==', 'br-int']] as const
    await session.transact(OpenVSwitch, [
      update('Bridge', where, { fail_mode: 'standalone' }),
      mutate('Bridge', where, [
        ['other_config', 'delete', ['datapath-id']],
        ['other_config', 'insert', { mine: 'kept' }],
      ]),
      update('Interface', [['name', '==', 'a']], { ofport_request: 99 }),
      update('Interface', [['name', '==', 'heddle-vxlan']], { options: { remote_ip: '192.0.2.7', other: 'x' } }),
      mutate(
        'Interface',
        [['name', '==', 'a']],
        [
          ['external_ids', 'insert', { theirs: 'kept' }],
          ['external_ids', 'delete', ['iface-id']],
        ],
      ),
      update('Controller', [], { target: 'tcp:203.0.113.1:6653' }),
    ])
    await bring(wanted)
    assert.equal(
      (await vsctl('get', 'bridge', 'br-int', 'other_config')).trim(),
      '{datapath-id="4865020000000001", disable-in-band="true", mine=kept}',
    )
    assert.match(await vsctl('get', 'interface', 'a', 'external_ids'), /iface-id=red\.web\.a, theirs=kept/)
    assert.equal((await vsctl('get', 'interface', 'heddle-vxlan', 'options')).trim(), '{key=flow, remote_ip=flow}')
    await vsctl('set-controller', 'br-int', 'tcp:203.0.113.1:6653', 'tcp:203.0.113.2:6653')
    await bring(wanted)
    assert.equal((await vsctl('get-controller', 'br-int')).trim(), 'tcp:192.0.2.9:6653')
    await vsctl('del-controller', 'br-int')
    await bring(wanted)
    assert.equal((await vsctl('get-controller', 'br-int')).trim(), 'tcp:192.0.2.9:6653')
  })

  it('follow another host name, datapath type and controller', async () => {
    await bring(ports(podPort('a', 16)))
    await bring(ports(podPort('a', 16)), {
      host: 'h2',
      datapathType: 'netdev',
      datapathId: '4865020000000002',
      controller: 'tcp:192.0.2.8:1',
    })
    assert.equal((await vsctl('get', 'bridge', 'br-int', 'datapath_type')).trim(), 'netdev')
    assert.equal((await vsctl('get', 'bridge', 'br-int', 'external_ids')).trim(), '{heddle-host=h2}')
    assert.deepEqual(await portsOf('br-int'), ['a'])
  })

  it("join the host's own bridge by a patch, which is kept, moved and taken away, and nothing else of that bridge", async () => {
    for (const bridge of ['br-phy', 'br-other']) await vsctl('add-br', bridge, '--', 'add-port', bridge, `up-${bridge}`)
    await bring(ports(podPort('a', 16), ...patch('br-phy')))
    assert.deepEqual(await portsOf('br-int'), ['a', 'heddle-direct'])
    assert.deepEqual(await portsOf('br-phy'), ['heddle-uplink', 'up-br-phy'])
    await vsctl('set', 'interface', 'heddle-uplink', 'options:peer=elsewhere', 'ofport_request=7')
    await bring(ports(podPort('a', 16), ...patch('br-phy')))
    assert.equal((await vsctl('get', 'interface', 'heddle-uplink', 'options')).trim(), '{peer=heddle-direct}')
    await bring(ports(podPort('a', 16), ...patch('br-other')))
    assert.deepEqual(await portsOf('br-phy'), ['up-br-phy'])
    assert.deepEqual(await portsOf('br-other'), ['heddle-uplink', 'up-br-other'])
    await bring(ports(podPort('a', 16)))
    assert.deepEqual(await portsOf('br-int'), ['a'])
    assert.deepEqual(await portsOf('br-other'), ['up-br-other'])
  })

  it('say why a patch has no place', async () => {
    await vsctl('add-br', 'br-phy', '--', 'set', 'bridge', 'br-phy', 'datapath_type=netdev')
    const why = async (bridge: string | null) => (await bring(ports(...patch(bridge)))).conflicts.get('heddle-uplink')
    assert.equal(await why(null), 'networks without encapsulation need the uplink of the host, which has none')
    assert.equal(await why('br-none'), 'the host has no bridge br-none')
    assert.match((await why('br-phy')) ?? '', /br-phy has datapath_type netdev, br-int system/)
    await vsctl('set', 'bridge', 'br-phy', 'datapath_type=system')
    assert.equal(await why('br-phy'), undefined)
    await vsctl('del-br', 'br-phy', '--', 'add-br', 'br-phy', '--', 'add-port', 'br-phy', 'heddle-uplink')
    assert.match((await why('br-phy')) ?? '', /not Heddle's/)
  })

  it('go with the bridge, and nothing else does', async () => {
    await vsctl('add-br', 'br-ex')
    await bring(ports(podPort('a', 16), TUNNEL, ...patch('br-ex')))
    assert.deepEqual(await portsOf('br-ex'), ['heddle-uplink'])
    await session.transact(OpenVSwitch, removeBridge(rows))
    assert.deepEqual((await vsctl('list-br')).trim().split('\n'), ['br-ex'])
    assert.deepEqual(await portsOf('br-ex'), [])
    assert.deepEqual(removeBridge(rows), [])
  })
})
